"""A value has come to rest when the last ones lie close together for long enough."""

from commission_kit import profile
from hypothesis import given
from hypothesis import strategies as st

from edge.commission.steady import Rest, Steady, tolerance
from sensors.channel import Channel


def channel(model: str, name: str) -> Channel:
    found = profile(model).channel(name)
    assert found is not None
    return found


PH = channel("yosemitech-y532", "ph")
"""Its span of 10 makes a tolerance of 0.02."""


def rests(*values: float, hold_s: float = 5.0) -> list[bool]:
    steady = Steady(PH, hold_s)
    return [steady.reached(steady.feed(at, value)) for at, value in enumerate(values)]


def test_the_same_value_rests_after_the_time_that_is_wanted() -> None:
    assert rests(*[7.0] * 7) == [False] * 5 + [True] * 2


def test_a_jump_begins_anew() -> None:
    assert rests(*[7.0] * 4, *[7.5] * 7) == [False] * 9 + [True] * 2


def test_a_slow_drift_never_rests() -> None:
    assert not any(rests(*[7.0 + 0.01 * nth for nth in range(60)]))


def test_noise_within_the_tolerance_rests_and_the_mean_is_told() -> None:
    steady, rest = Steady(PH, 5.0), Rest(0, 0, 0, 0)
    for at in range(20):
        rest = steady.feed(at, 7.0 + 0.01 * (at % 2))
    assert steady.reached(rest)
    assert abs(rest.mean - 7.005) < 0.002
    assert abs(rest.spread - 0.01) < 1e-9


def test_only_the_last_values_count() -> None:
    steady, rest = Steady(PH, 5.0), Rest(0, 0, 0, 0)
    for at in range(1000):
        rest = steady.feed(at, 7.0)
    assert rest.seconds <= 6
    assert rest.count <= 7


def test_a_missing_value_begins_anew() -> None:
    steady = Steady(PH, 5.0)
    for at in range(6):
        rest = steady.feed(at, 7.0)
    assert steady.reached(rest)
    steady.forget()
    assert not steady.reached(steady.feed(7, 7.0))


def test_two_values_are_never_enough() -> None:
    steady = Steady(PH, 1.0)
    steady.feed(0, 7.0)
    assert not steady.reached(steady.feed(100, 7.0))


def test_the_tolerance_is_never_finer_than_the_instrument() -> None:
    temperature = channel("xy-md02", "temperature")
    assert tolerance(temperature, 20.0) >= 0.1
    assert tolerance(PH, 7.0) == 0.02
    boundless = PH.model_copy(update={"range": None})
    assert tolerance(boundless, 7.0) == 0.035
    assert tolerance(boundless, 0.0) > 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.floats(0.1, 60))
def test_what_is_called_rest_lies_within_the_tolerance(values: list[float], hold_s: float) -> None:
    steady = Steady(PH, hold_s)
    for at, value in enumerate(values):
        rest = steady.feed(at, value)
        assert rest.spread <= tolerance(PH, value)
        assert abs(rest.mean - value) <= tolerance(PH, value) + 1e-9
        assert rest.count >= 1
