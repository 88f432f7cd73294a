"""A device whose power is cut: the real spool and keeper on a file system that forgets.

A program of its own: `FILE BOOT SEED FIRST`. It opens the spool when a line comes, tells in a line of JSON what it
found there, and then puts, grows, sends and forgets until it is killed, with a line after each: what was kept, once
the spool said so; what was sent; what is about to be forgotten. Records are numbers from FIRST on, each in one message.
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from edge.keeper import Keeper
from edge.spool.bounds import Bounds
from edge.spool.message import Waiting
from edge.spool.store import Spool
from edge.wire.messages import Alarm, Batch, Body, Event, Evidence
from sensors.clock import HandClock
from sensors.reading import GOOD, Reading

BOUNDS = Bounds(max_bytes=1_500_000, disk_floor=0)
ALL = 1_000_000


def records(body: Body) -> list[int]:
    """The numbers of the records in a message; none in the alarm that tells of damage."""
    if isinstance(body, Batch):
        return [round(value) for series in body.series for value in series.values if value is not None]
    if isinstance(body, Alarm):
        return [] if body.kind == "spool-damaged" else [int(body.episode)]
    return [int(body.episode)] if isinstance(body, Evidence) else []


class Device:
    """What the device does, at random."""

    def __init__(self, path: Path, boot: str, seed: int, first: int) -> None:
        self._path = path
        self._clock = HandClock(wall_ms=1_790_000_000_000, boot=boot)
        self._random = Random(seed)
        self._delivers = self._random.choice((0.0, 0.2, 1.0, 3.0))
        self._next = first
        self._spool = Spool(path, self._clock, BOUNDS)
        self._keeper = Keeper(self._spool, self._clock, 10.0, lambda: True)
        self._growing: list[int] = []
        self._row = 0

    def found(self) -> None:
        """Tell what waits and what was dropped."""
        rows = [self._named(one) for one in self._spool.waiting(ALL)]
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as database:
            dropped = database.execute("SELECT stream, first, last FROM dropped").fetchall()
        self._tell(found=rows, dropped=dropped, rescued=self._spool.epoch > 0, trouble=self._spool.depth().trouble)

    def turn(self) -> None:
        """Do one thing."""
        self._clock.sleep(self._random.random())
        done = self._random.choices((self._put, self._keep, self._deliver), (3, 6, self._delivers))
        done[0]()

    def _put(self) -> None:
        made = [self._record() for _ in range(self._random.randint(1, 3))]
        if self._spool.put([self._body(number) for number in made]):
            last = self._spool.newest_row()
            named = zip(range(last - len(made) + 1, last + 1), made, strict=True)
            self._tell(kept=[(self._spool.stream, row, [number]) for row, number in named])

    def _keep(self) -> None:
        made = [self._record() for _ in range(self._random.randint(1, 30))]
        now = self._clock.now()
        self._keeper.take([Reading("i", f"c{n}", "m", "", float(value), GOOD, now) for n, value in enumerate(made)])
        before = self._spool.newest_row()
        self._keeper.turn()
        if (after := self._spool.newest_row()) != before:
            self._row, self._growing = after, []
        self._growing += made
        if not self._spool.depth().trouble:
            self._tell(kept=[(self._spool.stream, self._row, made)])

    def _deliver(self) -> None:
        there = self._spool.waiting(30)
        self._tell(sent=[self._named(one) for one in there])
        gone = [one for one in there if self._random.random() < 0.6]
        self._tell(forgotten=[one.name for one in gone])
        for one in gone:
            self._spool.delete({one.stream: [(one.seq, one.seq)]})

    def _record(self) -> int:
        self._next += 1
        return self._next

    def _body(self, number: int) -> Body:
        at = self._clock.now()
        if self._random.random() < 0.5:
            return Alarm("smoke", "field", str(number), Event.OPENED, at)
        picture = self._random.randbytes(self._random.randint(100, 30_000))
        return Evidence(str(number), "field", at, "image/jpeg", 4, 3, "0" * 64, picture)

    def _named(self, one: Waiting) -> tuple[str, int, list[int]]:
        return (*one.name, records(self._spool.body(one)))

    @staticmethod
    def _tell(**what: object) -> None:
        print(json.dumps(what), flush=True)


def main(path: Path, boot: str, seed: int, first: int) -> None:
    """Work until the power is cut."""
    sys.stdin.readline()
    device = Device(path, boot, seed, first)
    device.found()
    while True:
        device.turn()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
