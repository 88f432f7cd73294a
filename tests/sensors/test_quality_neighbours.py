"""Gross range, rate of change and spike, value by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.quality.checks import GrossRange, Method, Rate, Spike
from sensors.quality.neighbours import RateOfChange, SpikeTest, beyond, gross_range, spike_size
from sensors.reading import Flag

G, U, S, B, M = Flag.GOOD, Flag.UNKNOWN, Flag.SUSPECT, Flag.BAD, Flag.MISSING
NUMBERS = st.floats(-1e6, 1e6)
SERIES = st.lists(st.tuples(st.integers(1, 10_000), st.none() | NUMBERS), max_size=40)


def spikes(check: Spike, *values: float | None, step_ms: int = 1000) -> list[Flag | None]:
    test = SpikeTest(check)
    return [test.feed(step_ms * at, value) for at, value in enumerate(values)]


def rates(check: Rate, *samples: tuple[int, float | None]) -> list[Flag]:
    test = RateOfChange(check)
    return [test.feed(*sample) for sample in samples]


@pytest.mark.parametrize(
    ("value", "flag"),
    [(-0.1, B), (0.0, S), (0.9, S), (1.0, G), (4.0, G), (4.1, S), (5.0, S), (5.1, B), (None, M), (float("inf"), B)],
)
def test_the_ends_of_a_span_are_inside(value: float | None, flag: Flag) -> None:
    assert gross_range(GrossRange(fail=(0.0, 5.0), suspect=(1.0, 4.0)), value) is flag


def test_either_span_alone_will_do() -> None:
    assert [gross_range(GrossRange(fail=(0.0, 5.0)), value) for value in (-9.0, 4.5)] == [B, G]
    assert [gross_range(GrossRange(suspect=(1.0, 4.0)), value) for value in (-9.0, 4.0)] == [S, G]


@pytest.mark.parametrize(
    ("suspect", "fail", "flags"),
    [(1.0, 2.0, [G, G, S, S, B]), (None, 2.0, [G, G, G, G, B]), (1.0, None, [G, G, S, S, S])],
)
def test_a_threshold_itself_is_not_beyond(suspect: float | None, fail: float | None, flags: list[Flag]) -> None:
    assert [beyond(size, suspect, fail) for size in (0.0, 1.0, 1.5, 2.0, 2.5)] == flags


def test_a_spike_is_known_one_value_later() -> None:
    check = Spike(suspect=2.0, fail=5.0)
    assert spikes(check, 3.0, 3.0, 9.0, 3.0, 3.0) == [None, U, S, B, S]


def test_by_differential_the_neighbours_go_free() -> None:
    check = Spike(suspect=2.0, fail=5.0, method=Method.DIFFERENTIAL)
    assert spikes(check, 3.0, 3.0, 9.0, 3.0, 3.0) == [None, U, G, B, G]
    assert spikes(check, 3.0, 3.0, 9.0, 9.0, 3.0) == [None, U, G, G, G]


def test_a_missing_neighbour_leaves_a_value_unjudged() -> None:
    assert spikes(Spike(suspect=2.0), 3.0, 9.0, None, 9.0, 3.0) == [None, U, U, M, U]


def test_neighbours_too_far_apart_are_none() -> None:
    check = Spike(suspect=2.0, within="1s")
    assert spikes(check, 3.0, 9.0, 3.0, step_ms=1000) == [None, U, S]
    assert spikes(check, 3.0, 9.0, 3.0, step_ms=1001) == [None, U, U]
    test = SpikeTest(check)
    assert [test.feed(at, value) for at, value in ((0, 3.0), (500, 9.0), (1600, 3.0))] == [None, U, U]


@given(before=NUMBERS, value=NUMBERS, after=NUMBERS)
def test_a_spike_looks_the_same_from_both_sides_and_upside_down(before: float, value: float, after: float) -> None:
    for method in Method:
        size = spike_size(method, before, value, after)
        assert size >= 0
        assert size == spike_size(method, after, value, before) == spike_size(method, -before, -value, -after)


@given(low=NUMBERS, rise=st.floats(0, 1e3), more=st.floats(0, 1e3))
def test_a_slope_is_no_spike_by_differential(low: float, rise: float, more: float) -> None:
    assert spike_size(Method.DIFFERENTIAL, low, low + rise, low + rise + more) == 0


def test_a_rate_is_a_change_over_its_own_time() -> None:
    check = Rate(suspect=1.0, fail=3.0, per="1min")
    samples = [(0, 10.0), (60_000, 11.0), (90_000, 12.0), (100_000, 10.0), (1_000_000, 20.0)]
    assert rates(check, *samples) == [G, G, S, B, G]


def test_fractions_of_a_second_count() -> None:
    """Whole seconds, as in ioos_qc, would make this interval 1 s and the rate 1.5 per second."""
    assert rates(Rate(suspect=1.2, per="1s"), (0, 0.0), (1500, 1.5), (1900, 2.5)) == [G, G, S]


def test_after_a_hole_a_value_passes() -> None:
    assert rates(Rate(suspect=0.05, per="1s"), (0, 7.0), (60_000, None), (120_000, 20.0)) == [G, M, G]


def test_without_time_between_there_is_no_rate() -> None:
    assert rates(Rate(suspect=1.0, per="1s"), (5, 1.0), (5, 9.0), (6, 9.0)) == [G, U, G]


@given(series=SERIES, shift=st.integers(0, 10**12), suspect=st.floats(0.1, 1e5))
def test_only_differences_of_time_matter(series: list[tuple[int, float | None]], shift: int, suspect: float) -> None:
    times = [sum(step for step, _ in series[: at + 1]) for at in range(len(series))]
    samples = [(at, value) for at, (_, value) in zip(times, series, strict=True)]
    later = [(at + shift, value) for at, value in samples]
    assert rates(Rate(suspect=suspect, per="1min"), *samples) == rates(Rate(suspect=suspect, per="1min"), *later)
    spike, other = (SpikeTest(Spike(suspect=suspect, within="5s")) for _ in range(2))
    assert [spike.feed(*sample) for sample in samples] == [other.feed(*sample) for sample in later]


@given(series=SERIES)
def test_a_missing_value_is_missing_and_nothing_else_is(series: list[tuple[int, float | None]]) -> None:
    check = Rate(suspect=1.0, per="1s")
    flags = rates(check, *series)
    assert [flag is M for flag in flags] == [value is None for _, value in series]
    found = spikes(Spike(suspect=1.0), *(value for _, value in series))
    assert [flag is M for flag in found[1:]] == [value is None for _, value in series[:-1]]
