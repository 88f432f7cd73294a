"""A hand-cranked clock stands still until it is turned, and tells the same moment in all its ways."""

from sensors.clock import Clock, HandClock
from sensors.reading import ClockState, Stamp


def test_it_stands_still_until_it_is_turned() -> None:
    clock: Clock = HandClock(monotonic=5.0, wall_ms=1_000_000, boot="b1")
    assert clock.monotonic() == clock.monotonic() == 5.0
    assert clock.now() == Stamp(1_000_000, 5000, "b1", ClockState.SYNCHRONISED)
    clock.sleep(1.25)
    assert clock.monotonic() == 6.25
    assert clock.now() == Stamp(1_001_250, 6250, "b1", ClockState.SYNCHRONISED)


def test_it_never_runs_backwards() -> None:
    clock = HandClock(3.0)
    clock.sleep(-1.0)
    assert clock.monotonic() == 3.0


def test_a_step_leaves_monotonic_time_alone() -> None:
    clock = HandClock(monotonic=5.0, wall_ms=1_000_000, boot="b1")
    clock.set(7000, ClockState.UNSET)
    clock.sleep(1)
    assert clock.now() == Stamp(8000, 6000, "b1", ClockState.UNSET)
    clock.set(2_000_000, ClockState.SYNCHRONISED, 3)
    assert clock.now() == Stamp(2_000_000, 6000, "b1", ClockState.SYNCHRONISED, 3)
