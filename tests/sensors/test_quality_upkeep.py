"""Windows of maintenance: which readings they cover."""

import pytest

from sensors.quality.upkeep import KINDS, Upkeep
from sensors.reading import GOOD, ClockState, Reading, Reason, Stamp


def taken(wall_ms: int, clock: ClockState = ClockState.SYNCHRONISED, instrument: str = "pond-1") -> Reading:
    return Reading(instrument, "ph", "[pH]", "w01001", 7.0, GOOD, Stamp(wall_ms, 0, "boot", clock))


def test_the_beginning_is_inside_and_the_end_is_not() -> None:
    work = Upkeep(Reason.MAINTENANCE, 1000, 2000)
    assert [work.covers(taken(at)) for at in (999, 1000, 1999, 2000)] == [False, True, True, False]


def test_without_an_end_it_goes_on() -> None:
    assert Upkeep(Reason.STOPPED, 1000).covers(taken(10**15))


def test_one_instrument_or_all() -> None:
    other = taken(5, instrument="pond-2")
    assert Upkeep(Reason.MAINTENANCE, 0).covers(other)
    assert Upkeep(Reason.MAINTENANCE, 0, instrument="pond-2").covers(other)
    assert not Upkeep(Reason.MAINTENANCE, 0, instrument="pond-1").covers(other)


@pytest.mark.parametrize(
    ("clock", "covered"), [(ClockState.UNSET, False), (ClockState.RESTORED, True), (ClockState.SYNCHRONISED, True)]
)
def test_a_clock_that_was_never_set_says_nothing(clock: ClockState, covered: bool) -> None:
    assert Upkeep(Reason.MAINTENANCE, 0).covers(taken(5, clock)) is covered


@pytest.mark.parametrize("kind", sorted(set(Reason) - set(KINDS)))
def test_other_reasons_are_no_upkeep(kind: Reason) -> None:
    with pytest.raises(ValueError, match=f"upkeep of kind .*{kind}.*; expected one of"):
        Upkeep(kind, 0)


@pytest.mark.parametrize("until", [5, 4])
def test_an_end_before_the_beginning_is_refused(until: int) -> None:
    with pytest.raises(ValueError, match=f"ends at {until}, not after its beginning at 5"):
        Upkeep(Reason.MAINTENANCE, 5, until)
