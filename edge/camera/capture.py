"""The capture loop: opens the camera, keeps the newest frame, and comes back after every trouble."""

import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path

from edge.camera.address import Address, Kind
from edge.camera.folder import FolderSource
from edge.camera.newest import Newest, Shot
from edge.camera.pause import pause
from edge.camera.source import Cause, Feed, Source, Trouble
from edge.camera.veil import Veil
from edge.camera.video import VideoSource
from edge.camera.web import WebSource
from edge.runtime.backoff import Backoff
from sensors.clock import Clock

log = logging.getLogger(__name__)

UNREADABLE_IN_A_ROW = 5
"""So many pictures in a row that can't be decoded are the connection's fault, not a picture's."""


def source_of(address: Address, clock: Clock, period_s: float, loop: bool) -> Source:
    """The camera at an address; whether a path is a folder or a film, the disk tells."""
    if address.kind is Kind.WEB:
        return WebSource(address, clock, period_s)
    if address.kind is Kind.PATH and Path(address.url).is_dir():
        return FolderSource(Path(address.url), period_s, loop)
    return VideoSource(address, clock, loop)


class CaptureService:
    """Fills the holder as long as the camera gives frames, and tries for ever to get it back when it doesn't."""

    def __init__(
        self,
        camera: str,
        source: Source,
        newest: Newest,
        clock: Clock,
        backoff: Backoff | None = None,
        veil: Veil | None = None,
    ) -> None:
        """`backoff` by default: 1 s to 20 s, so that with 10 s for opening a camera that came back is seen in 30.

        `veil` blackens a frame before anybody has it.
        """
        self.name = f"capture-{camera}"
        self._camera = camera
        self._source = source
        self._newest = newest
        self._clock = clock
        self._backoff = backoff or Backoff(first=1.0, longest=20.0)
        self._veil = veil or Veil()
        self.trouble: Trouble | None = None
        self.last_trouble: Trouble | None = None
        self.reconnects = 0

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Until told to stop; a film or folder that is over leaves the loop waiting."""
        failures = 0
        while not stop.is_set():
            before = self._newest.captured
            trouble = self._session(stop, beat)
            beat()
            if trouble is None:
                return
            self._fell_into(trouble)
            if trouble.cause is Cause.ENDED:
                pause(float("inf"), self._clock, stop, beat)
                return
            failures = 1 if self._newest.captured > before else failures + 1
            pause(self._backoff.wait(failures, random.random()), self._clock, stop, beat)
            self.reconnects += 1

    def _session(self, stop: threading.Event, beat: Callable[[], None]) -> Trouble | None:
        """From opening to trouble; None when told to stop."""
        feed = self._source.open()
        if isinstance(feed, Trouble):
            return feed
        try:
            return self._drained(feed, stop, beat)
        finally:
            feed.close()

    def _drained(self, feed: Feed, stop: threading.Event, beat: Callable[[], None]) -> Trouble | None:
        unreadable = 0
        while not stop.is_set():
            began = self._clock.monotonic()
            frame = feed.read()
            beat()
            if not isinstance(frame, Trouble):
                unreadable = 0
                self._newest.put(Shot(self._veil.over(frame), self._clock.now()))
                self._recovered()
            elif frame.cause is Cause.UNREADABLE and (unreadable := unreadable + 1) < UNREADABLE_IN_A_ROW:
                self._fell_into(frame)
            else:
                return frame
            pause(began + feed.period_s - self._clock.monotonic(), self._clock, stop, beat)
        return None

    def _fell_into(self, trouble: Trouble) -> None:
        if self.trouble is None or self.trouble.cause is not trouble.cause:
            log.warning("camera %s: %s", self._camera, trouble.detail)
        self.trouble = self.last_trouble = trouble

    def _recovered(self) -> None:
        if self.trouble is not None:
            log.info("camera %s sees again: %s", self._camera, self._source.shown)
        self.trouble = None
