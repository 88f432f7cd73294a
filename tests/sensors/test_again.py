"""A far end that could not be reached is tried again later each time, and at once after it was reached."""

from sensors.clock import HandClock
from sensors.modbus.again import Again


def test_rests_longer_each_time_and_a_minute_at_most() -> None:
    clock = HandClock(1000.0)
    again = Again(clock.monotonic)
    assert not again.resting
    rests = []
    for _ in range(9):
        again.failed("no route")
        began = clock.monotonic()
        while again.resting:
            clock.sleep(0.5)
        rests.append(clock.monotonic() - began)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert again.trouble == "no route"


def test_forgets_once_reached() -> None:
    clock = HandClock(1000.0)
    again = Again(clock.monotonic)
    for _ in range(5):
        again.failed("refused")
    again.reached()
    assert not again.resting
    assert again.trouble == ""
    again.failed("refused")
    clock.sleep(1)
    assert not again.resting
