"""Readings on their way to the disk: those of all buses together, one commit an interval, in batches as long as wished.

A batch that is to grow lies on the disk from its first reading on: each commit writes it anew under the number that it
has, and the sender leaves it alone until it is done. So nothing that was kept is lost, however long a batch is.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.spool.message import Held
from edge.spool.store import Spool
from edge.wire.columns import pack
from edge.wire.messages import Batch
from sensors.clock import Clock
from sensors.reading import Reading

KEEP_EVERY_S = 0.25
"""So long a reading waits in memory at the most."""
OFFLINE_S = 60.0
"""How long batches are while nobody would take them: the backlog is then small, and quickly sent."""
MOST_READINGS = 5000
LONGEST_WAIT_S = 1.0
"""So soon it hears that it is to stop, where nothing comes."""


@dataclass(slots=True)
class _Group:
    """Readings, and what they say of earlier ones."""

    readings: list[Reading] = field(default_factory=list)
    corrections: list[Reading] = field(default_factory=list)

    def add(self, readings: Sequence[Reading], corrections: Sequence[Reading]) -> None:
        self.readings += readings
        self.corrections += corrections

    def packed(self) -> list[Batch]:
        return pack(self.readings, self.corrections)


@dataclass(slots=True)
class _Growing:
    """A batch that is not done: where it lies, what is in it, and since when."""

    held: Held
    group: _Group
    since: float


class Keeper:
    """A service: the way of every reading into the spool. `take` may be called from any thread."""

    name = "keeper"

    def __init__(self, spool: Spool, clock: Clock, batch_s: float, connected: Callable[[], bool]) -> None:
        """`batch_s` is how long a batch grows while there is a connection; 0: each commit is a message at once."""
        self._spool = spool
        self._clock = clock
        self._batch_s = batch_s
        self._connected = connected
        self._lock = threading.Lock()
        self._fresh = _Group()
        self._growing: _Growing | None = None
        self._came = threading.Event()

    def take(self, readings: Sequence[Reading], corrections: Sequence[Reading] = ()) -> None:
        """Take readings in; they are on the disk an interval later."""
        with self._lock:
            self._fresh.add(readings, corrections)
        self._came.set()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Keep what comes until told to stop."""
        while not stop.is_set():
            if self._came.wait(LONGEST_WAIT_S if self._growing is None else KEEP_EVERY_S):
                stop.wait(KEEP_EVERY_S)
            self._came.clear()
            self.turn()
            beat()

    def finish(self) -> None:
        """Keep what is left, once nobody reads any more."""
        self.turn()
        self._done()

    def turn(self) -> None:
        """One commit of all that came since the last."""
        with self._lock:
            fresh, self._fresh = self._fresh, _Group()
        long = self._batch_s if self._connected() else max(self._batch_s, OFFLINE_S)
        if fresh.readings:
            self._keep(fresh, long)
        if self._growing is not None and self._clock.monotonic() - self._growing.since >= long:
            self._done()

    def _keep(self, fresh: _Group, long: float) -> None:
        if self._growing is not None and not self._grow(self._growing, fresh):
            self._done()
        if self._growing is None:
            self._begin(fresh, long)

    def _grow(self, growing: _Growing, fresh: _Group) -> bool:
        """Write the batch anew with what came; False where it must stay as it lies."""
        whole = _Group([*growing.group.readings, *fresh.readings], [*growing.group.corrections, *fresh.corrections])
        batches = whole.packed()
        if len(batches) > 1 or len(whole.readings) > MOST_READINGS or not self._spool.grow(growing.held, batches[0]):
            return False
        growing.group = whole
        return True

    def _begin(self, fresh: _Group, long: float) -> None:
        batches = fresh.packed()
        if long <= 0 or len(batches) > 1:
            self._spool.put(batches)
        elif (held := self._spool.hold(batches[0])) is not None:
            self._growing = _Growing(held, fresh, self._clock.monotonic())

    def _done(self) -> None:
        """Let the sender have the batch."""
        if self._growing is not None:
            self._spool.release(self._growing.held)
            self._growing = None
