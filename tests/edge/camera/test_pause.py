"""Waiting in slices."""

import threading

import pytest

from edge.camera.pause import SLICE_S, pause
from sensors.clock import HandClock


@pytest.mark.parametrize("seconds", [0.0, -3.0, 0.2, 0.5, 7.3])
def test_it_waits_as_long_as_told_and_beats_in_every_slice(seconds: float) -> None:
    clock, beats = HandClock(50.0), []
    pause(seconds, clock, threading.Event(), lambda: beats.append(clock.monotonic()))
    assert clock.monotonic() == pytest.approx(50.0 + max(0.0, seconds))
    assert len(beats) >= max(0.0, seconds) / SLICE_S


def test_it_ends_when_told_to_stop_even_in_the_midst_of_for_ever() -> None:
    clock, stop = HandClock(), threading.Event()
    pause(float("inf"), clock, stop, lambda: stop.set() if clock.monotonic() >= 100 else None)
    assert 100 <= clock.monotonic() <= 100 + SLICE_S
