"""Flat line and attenuated signal: each beside its definition taken literally over the whole past."""

import math
import tracemalloc
from itertools import accumulate, pairwise
from statistics import pstdev

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.quality.checks import MAX_VALUES, MOST_ASKED, Attenuated, FlatLine, Measure
from sensors.quality.stretches import AttenuatedTest, FlatLineTest, FlatRun, liveliness
from sensors.reading import Flag

G, U, S, B, M = Flag.GOOD, Flag.UNKNOWN, Flag.SUSPECT, Flag.BAD, Flag.MISSING
GRID = st.integers(-6, 6).map(lambda step: step * 0.125)
"""Eighths, so that sums and differences are exact and ties are ties."""
SERIES = st.lists(st.tuples(st.integers(5, 5000), st.none() | GRID), max_size=60).map(
    lambda rows: list(zip(accumulate(step for step, _ in rows), (value for _, value in rows), strict=True))
)
Samples = list[tuple[int, float | None]]


def flat_by_definition(samples: Samples, at: int, after_ms: float, tolerance: float) -> bool:
    """Some value that long ago, everything since within the tolerance, and no hole longer than that between."""
    past = [(t, value) for t, value in samples[: at + 1] if value is not None]
    for start in range(len(past)):
        t, values = [t for t, _ in past[start:]], [value for _, value in past[start:]]
        holes = [later - earlier for earlier, later in pairwise(t)]
        if t[-1] - t[0] >= after_ms and max(values) - min(values) < tolerance and max(holes, default=0) <= after_ms:
            return True
    return False


def fed(test: FlatLineTest | AttenuatedTest, samples: Samples) -> list[Flag]:
    return [test.feed(t, value) for t, value in samples]


def minutes(*values: float | None) -> Samples:
    return [(60_000 * at, value) for at, value in enumerate(values)]


@given(samples=SERIES, suspect=st.integers(1, 9), more=st.integers(0, 9), tolerance=st.sampled_from([0.1, 0.25, 0.6]))
@settings(max_examples=300)
def test_flat_line_is_its_definition(samples: Samples, suspect: int, more: int, tolerance: float) -> None:
    fail = suspect + more
    check = FlatLine(suspect_after=f"{suspect}s", fail_after=f"{fail}s", tolerance=tolerance)
    expected = [
        M if value is None
        else B if flat_by_definition(samples, at, 1000 * fail, tolerance)
        else S if flat_by_definition(samples, at, 1000 * suspect, tolerance)
        else G
        for at, (_, value) in enumerate(samples)
    ]  # fmt: skip
    assert fed(FlatLineTest(check), samples) == expected


def test_a_value_must_really_have_stood_still_for_so_long() -> None:
    """ioos_qc rounds 150 s down to two intervals of a minute; here it takes the third."""
    check = FlatLine(suspect_after="150s", tolerance=0.1)
    assert fed(FlatLineTest(check), minutes(5, 5, 5, 5, 5)) == [G, G, G, S, S]


def test_the_first_value_after_a_long_silence_is_not_flat() -> None:
    """ioos_qc flags it, because a window with one value in it has no range."""
    check = FlatLine(suspect_after="3min", fail_after="5min", tolerance=0.5)
    assert fed(FlatLineTest(check), minutes(None, None, None, None, 5, 6, 6, 7)) == [M, M, M, M, G, G, G, G]
    assert fed(FlatLineTest(check), minutes(5, None, None, None, 5)) == [G, M, M, M, G]
    assert fed(FlatLineTest(check), minutes(5, None, None, 5)) == [G, M, M, S]


def test_one_threshold_will_do() -> None:
    assert fed(FlatLineTest(FlatLine(fail_after="1min", tolerance=0.1)), minutes(5, 5, 5)) == [G, B, B]
    assert fed(FlatLineTest(FlatLine(suspect_after="1min", tolerance=0.1)), minutes(5, 5, 5)) == [G, S, S]


def test_a_range_of_just_the_tolerance_is_not_flat() -> None:
    check = FlatLine(suspect_after="1min", tolerance=0.25)
    assert fed(FlatLineTest(check), minutes(1.0, 1.25, 1.0, 1.125)) == [G, G, G, S]


@given(values=st.lists(GRID, min_size=1, max_size=60), tolerance=st.sampled_from([0.1, 0.25, 0.6]))
def test_a_run_is_the_longest_that_fits(values: list[float], tolerance: float) -> None:
    run = FlatRun(tolerance)
    for at, value in enumerate(values):
        fits = [start for start in range(at + 1) if _spread(values[start : at + 1]) < tolerance]
        assert run.feed(at, value) == min(fits)


def _spread(values: list[float]) -> float:
    return max(values) - min(values)


def test_a_value_that_never_changes_is_remembered_for_ever() -> None:
    run = FlatRun(1.0)
    assert {run.feed(at, 5.0) for at in range(2 * MAX_VALUES)} == {0}


def test_a_run_of_too_many_different_values_passes_for_shorter() -> None:
    run, tiny = FlatRun(1.0), 2.0**-20
    begun = [run.feed(at, -at * tiny) for at in range(MAX_VALUES + 3)]
    assert begun[: MAX_VALUES + 1] == [0] * MAX_VALUES + [1]
    assert begun[-1] == 3


@given(
    samples=SERIES,
    window=st.integers(1, 20),
    least=st.integers(1, 8),
    fail=st.integers(1, 40),
    more=st.integers(0, 40),
    measure=st.sampled_from(Measure),
)
def test_attenuated_signal_is_its_definition(
    samples: Samples, window: int, least: int, fail: int, more: int, measure: Measure
) -> None:
    low, high = fail * 0.0137, (fail + more) * 0.0137
    check = Attenuated(suspect_below=high, fail_below=low, window=f"{window}s", at_least=least, measure=measure)
    expected = []
    for at, (now, value) in enumerate(samples):
        seen = [x for t, x in samples[: at + 1] if x is not None and t > now - 1000 * window]
        size = (pstdev(seen) if measure is Measure.STD else _spread(seen)) if seen else math.nan
        flag = U if len(seen) < least else B if size < low else S if size < high else G
        expected.append(M if value is None else flag)
    assert fed(AttenuatedTest(check), samples) == expected


def test_one_threshold_of_attenuation_will_do() -> None:
    quiet = minutes(5, 5, 5)
    assert fed(AttenuatedTest(Attenuated(fail_below=1.0, window="5min", at_least=2)), quiet) == [U, B, B]
    assert fed(AttenuatedTest(Attenuated(suspect_below=1.0, window="5min", at_least=2)), quiet) == [U, S, S]


def test_liveliness_of_equal_values_is_nothing() -> None:
    assert liveliness(Measure.RANGE, [0.1, 0.1, 0.1]) == 0
    assert liveliness(Measure.STD, [0.1, 0.1, 0.1]) < 1e-15
    assert liveliness(Measure.STD, [1.0, 2.0, 1.0, 2.0]) == 0.5


def test_of_too_many_values_enough_are_kept() -> None:
    """Ten times as many as are remembered: the signal still counts as lively, and `at_least` can be met."""
    check = Attenuated(fail_below=0.4, window="41s", at_least=MOST_ASKED)
    test = AttenuatedTest(check)
    flags = [test.feed(at, float(at % 7 > 2)) for at in range(23_500)]
    first = flags.index(G)
    assert set(flags[:first]) == {U}
    assert set(flags[first:]) == {G}
    assert 22_000 < first < 23_000
    assert 10 * len(test._kept) < len(flags)


def test_memory_is_bounded_whatever_comes() -> None:
    """Falling for ever by little, and no run ends: the worst for a flat line. Of attenuation, see above."""
    flat = FlatLineTest(FlatLine(fail_after="999h", tolerance=1e9))
    sizes = []
    tracemalloc.start()
    for at in range(4 * MAX_VALUES):
        flat.feed(at, -at * 0.001)
        if at % MAX_VALUES == MAX_VALUES - 1:
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(sizes[1:]) < 1.1 * sizes[0]


@given(samples=SERIES, shift=st.integers(0, 10**12))
def test_a_shift_in_time_changes_nothing(samples: Samples, shift: int) -> None:
    later = [(t + shift, value) for t, value in samples]
    flat = FlatLine(suspect_after="4s", fail_after="9s", tolerance=0.3)
    quiet = Attenuated(suspect_below=0.4, fail_below=0.2, window="9s", at_least=3)
    assert fed(FlatLineTest(flat), samples) == fed(FlatLineTest(flat), later)
    assert fed(AttenuatedTest(quiet), samples) == fed(AttenuatedTest(quiet), later)
