"""The capture loop: newest frames, one log line per change, and coming back from every trouble."""

import logging
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge.camera.address import parsed
from edge.camera.capture import UNREADABLE_IN_A_ROW, CaptureService, source_of
from edge.camera.folder import FolderSource
from edge.camera.newest import Newest
from edge.camera.source import Cause, Feed, Trouble
from edge.camera.video import VideoSource
from edge.camera.web import WebSource
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from hil.virtual.camera import VirtualCamera
from models.detection import Frame
from models.pictures import jpeg
from sensors.clock import HandClock

FRAME = np.zeros((2, 2, 3), np.uint8)
GONE = Trouble(Cause.UNREACHABLE, "away")
SILENT = Trouble(Cause.SILENT, "silent")
BLURRED = Trouble(Cause.UNREADABLE, "blurred")
ENDED = Trouble(Cause.ENDED, "over")


class Script:
    """A source whose sessions are written down: trouble at opening, or what its reads give; then the film is over."""

    shown = "script"

    def __init__(self, *sessions: Trouble | Sequence[Frame | Trouble]) -> None:
        self._sessions = list(sessions)
        self.opened, self.closed = 0, 0

    def open(self) -> Feed | Trouble:
        self.opened += 1
        session = self._sessions.pop(0) if self._sessions else [ENDED]
        return session if isinstance(session, Trouble) else Session(self, list(session))


class Session:
    period_s = 0.0

    def __init__(self, script: Script, reads: list[Frame | Trouble]) -> None:
        self._script, self._reads = script, reads

    def read(self) -> Frame | Trouble:
        return self._reads.pop(0)

    def close(self) -> None:
        self._script.closed += 1


def played(script: Script, clock: HandClock | None = None, until: Trouble = ENDED) -> CaptureService:
    """Run the script in this thread, stopping at the trouble that ends it."""
    stop = threading.Event()
    service = CaptureService("field", script, Newest(), clock or HandClock())
    service.run(stop, lambda: stop.set() if service.trouble is until else None)
    return service


def test_every_trouble_is_followed_by_another_try() -> None:
    script = Script(GONE, [FRAME, FRAME, SILENT], GONE, GONE, [FRAME, ENDED])
    service = played(script)
    assert (script.opened, script.closed, service.reconnects) == (5, 2, 4)
    assert service._newest.captured == 3
    assert service.trouble is ENDED


def test_waits_double_up_to_twenty_seconds_and_a_frame_resets_them() -> None:
    clock = HandClock()
    played(Script(*[GONE] * 12, [ENDED]), clock)
    longest = sum(min(20, 2**n) for n in range(12))
    assert longest / 2 <= clock.monotonic() <= longest
    clock = HandClock()
    played(Script(*[[FRAME, SILENT]] * 12, [ENDED]), clock)
    assert 6 <= clock.monotonic() <= 12


def test_one_line_in_the_log_for_each_change(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    played(Script(GONE, GONE, GONE, [FRAME, FRAME, SILENT], SILENT, [FRAME, ENDED]))
    assert [record.getMessage() for record in caplog.records] == [
        "camera field: away",
        "camera field sees again: script",
        "camera field: silent",
        "camera field sees again: script",
        "camera field: over",
    ]


def test_one_broken_picture_does_not_break_the_connection() -> None:
    script = Script([FRAME, BLURRED, FRAME, BLURRED, BLURRED, FRAME, ENDED])
    service = played(script)
    assert (script.opened, service.reconnects, service._newest.captured) == (1, 0, 3)
    assert service.last_trouble is ENDED


def test_nothing_but_broken_pictures_does() -> None:
    script = Script([BLURRED] * UNREADABLE_IN_A_ROW, [ENDED])
    assert played(script).reconnects == 1


def test_it_beats_while_it_waits_and_while_it_works() -> None:
    stop, beats = threading.Event(), []
    service = CaptureService("field", Script(*[GONE] * 8), Newest(), clock := HandClock())

    def beat() -> None:
        beats.append(clock.monotonic())
        if service.trouble is ENDED:
            stop.set()

    service.run(stop, beat)
    assert max(later - sooner for sooner, later in pairwise(beats)) <= 0.5001


def test_a_folder_is_played_at_its_pace(folder: Path) -> None:
    clock, stop = HandClock(), threading.Event()
    service = CaptureService("field", FolderSource(folder, 2.5, loop=False), Newest(), clock)
    service.run(stop, lambda: stop.set() if service.trouble else None)
    assert service._newest.captured == 4
    assert clock.monotonic() == pytest.approx(4 * 2.5, abs=0.6)


def test_told_to_stop_it_closes_what_it_opened() -> None:
    stop = threading.Event()
    script = Script([FRAME] * 3)
    service = CaptureService("field", script, Newest(), HandClock())
    service.run(stop, lambda: stop.set() if service._newest.captured == 2 else None)
    assert (script.opened, script.closed) == (1, 1)


def test_addresses_find_their_source(folder: Path) -> None:
    def kind(url: str) -> type:
        return type(source_of(parsed(url), HandClock(), 1.0, loop=False))

    assert kind(str(folder)) is FolderSource
    assert kind("film.mp4") is kind("rtsp://cam/1") is kind("usb:0") is VideoSource
    assert kind("http://cam/stream") is WebSource


def test_a_web_camera_that_dies_comes_back(
    run: Callable[..., None], until: Callable[[Callable[[], object]], None]
) -> None:
    picture = jpeg(np.full((64, 96, 3), 90, np.uint8))
    camera = VirtualCamera(lambda t: picture, "127.0.0.1", 0, fps=25.0)
    clock, newest = SystemClock(), Newest()
    source = source_of(parsed(camera.url), clock, 1.0, loop=False)
    service = CaptureService("field", source, newest, clock, Backoff(first=0.1, longest=0.5))
    run(service)
    until(lambda: newest.captured >= 2)
    camera.close()
    until(lambda: service.trouble is not None and service.trouble.cause is Cause.UNREACHABLE)
    before = newest.captured
    with VirtualCamera(lambda t: picture, "127.0.0.1", camera.port, fps=25.0):
        until(lambda: newest.captured > before and service.trouble is None)
    assert service.reconnects >= 1
    assert service.last_trouble is not None
