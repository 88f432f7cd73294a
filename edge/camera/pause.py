"""Waiting that notices the end: in slices, each of which tells the supervisor that the loop is alive."""

import threading
from collections.abc import Callable

from sensors.clock import Clock

SLICE_S = 0.5


def pause(seconds: float, clock: Clock, stop: threading.Event, beat: Callable[[], None]) -> None:
    """Wait so long, or until `stop` is set."""
    until = clock.monotonic() + seconds
    while not stop.is_set() and (left := until - clock.monotonic()) > 0:
        clock.sleep(min(SLICE_S, left))
        beat()
