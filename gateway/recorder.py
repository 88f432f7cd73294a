"""The service that keeps the records up to date, and leaves the machine to others while it does."""

import logging
import sqlite3
import threading
from collections.abc import Callable

from gateway.archive.records import RecordStore
from sensors.clock import Clock

log = logging.getLogger(__name__)

IDLE_S = 1.0
SHARE = 1 / 3
"""So much of its time it works while much is stale; ingest needs the rest of the core."""


class Recorder:
    """A service: computes what is stale, a little at a time."""

    name = "recorder"

    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._trouble = ""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop."""
        pause_s = 0.0
        while not stop.wait(pause_s):
            began = self._clock.monotonic()
            busy = self.turn()
            beat()
            pause_s = (self._clock.monotonic() - began) * (1 / SHARE - 1) if busy else IDLE_S

    def turn(self) -> bool:
        """One commit; False when nothing is due, or nothing can be done. A fault of the archive is waited out."""
        try:
            computed = self._store.turn(self._clock.now().wall_ms)
        except sqlite3.Error as fault:
            self._say(f"{type(fault).__name__}: {fault}")
            return False
        self._say("")
        return computed > 0

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.error("records can't be computed, waiting until they can: %s", trouble)
        if self._trouble and not trouble:
            log.info("records are computed again")
        self._trouble = trouble
