"""One deadline over many waits."""

import pytest

from edge.camera.deadline import Deadline, handlers
from sensors.clock import HandClock


def test_time_runs_out_once_and_can_be_set_anew() -> None:
    clock = HandClock()
    deadline = Deadline(clock, 5.0)
    clock.sleep(4)
    assert deadline.left() == pytest.approx(1)
    clock.sleep(1)
    with pytest.raises(TimeoutError):
        deadline.left()
    deadline.set_anew()
    assert deadline.left() == pytest.approx(5)


def test_both_kinds_of_http_keep_it() -> None:
    kept = {name for one in handlers(Deadline(HandClock(), 1.0)) for name in dir(one)}
    assert {"http_open", "https_open"} <= kept
