"""What waits for a platform on a broker, and how it gets there: in order, deleted only once the broker has it."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from edge.link.link import Link, Outgoing
from edge.spool.window import Window
from gateway.archive.schema import opened, unpacked
from sensors.clock import Clock

log = logging.getLogger(__name__)

TURN_S = 0.1
WINDOW = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message in the outbox."""

    number: int
    message: Outgoing


class Outbox:
    """One platform's rows of the archive's outbox, through a connection of its own."""

    def __init__(self, path: Path, platform: str) -> None:
        """Open the archive; sqlite3.Error or OSError where that can't be done."""
        self._db = opened(path)
        self._platform = platform

    def waiting(self, limit: int, besides: Collection[int] = ()) -> list[Waiting]:
        """The oldest messages, without those named in `besides`."""
        marks = ",".join("?" * len(besides))
        rows = self._db.execute(
            "SELECT id, topic, payload, retain, media_type FROM outbox"  # noqa: S608
            f" WHERE platform = ? AND id NOT IN ({marks}) ORDER BY id LIMIT ?",
            (self._platform, *besides, limit),
        ).fetchall()
        return [Waiting(row[0], Outgoing(row[1], unpacked(row[2]), bool(row[3]), row[4])) for row in rows]

    def delete(self, numbers: Iterable[int]) -> None:
        """Forget messages that the platform's broker has, in one commit."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("DELETE FROM outbox WHERE id = ?", [(number,) for number in numbers])
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class Forwarder:
    """A service: publishes what waits, deletes what the platform's broker took into its care."""

    def __init__(self, outbox: Outbox, link: Link, clock: Clock, name: str, window: Window | None = None) -> None:
        self.name = name
        self._outbox = outbox
        self._link = link
        self._clock = clock
        self._window = window or Window(WINDOW)
        self._numbers: dict[int, int] = {}
        self._done: set[int] = set()
        self._trouble = ""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        while not stop.is_set():
            self.turn(TURN_S)
            beat()
        self._link.close()

    def turn(self, timeout_s: float) -> None:
        """Forget what was confirmed, then send what there is room for. A fault of the archive is waited out."""
        self._link.pump(timeout_s)
        confirmed = {self._numbers.pop(ticket) for ticket in self._link.confirmed() if ticket in self._numbers}
        self._done |= confirmed
        trouble = ""
        try:
            self._forget()
            self._send()
        except sqlite3.Error as fault:
            trouble = f"{type(fault).__name__}: {fault}"
        if trouble and trouble != self._trouble:
            log.error("outbox %s can't be used, waiting until it can: %s", self.name, trouble)
        self._trouble = trouble

    def _forget(self) -> None:
        if self._done:
            self._outbox.delete(self._done)
            self._window.acknowledged((number, number) for number in self._done)
            self._done = set()

    def _send(self) -> None:
        if self._window.epoch != self._link.epoch:
            self._numbers.clear()  # tickets of an earlier connection confirm nothing on this one
        room = self._window.room(self._clock.monotonic(), self._link.epoch)
        if room <= 0 or not self._link.connected:
            return
        for waiting in self._outbox.waiting(room, tuple(self._window.under_way)):
            ticket = self._link.publish(waiting.message)
            if ticket is None:
                return
            self._numbers[ticket] = waiting.number
            self._window.sent(waiting.number, self._clock.monotonic())
