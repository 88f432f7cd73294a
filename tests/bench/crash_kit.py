"""Who is killed with `kill -9`, and when: at any moment, while newborn, in the midst of a commit, while draining."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hil.virtual.processes import Program
from hil.virtual.site import VirtualSite

STEP_S = 0.005
SHORT_S, LONG_S = (0.05, 0.5), (1.5, 3.0)
"""How long a victim stays away; the long ones let something gather that must drain."""


def boottime_ms() -> int:
    """Milliseconds since boot, as the device's readings are stamped."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def child_broker(parent: int | None) -> int | None:
    """The pid of the mosquitto that a program runs as its child; None while there is none."""
    with suppress(OSError):
        for tasks in Path(f"/proc/{parent}/task").iterdir():
            for child in (tasks / "children").read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == "mosquitto":
                    return int(child)
    return None


@dataclass
class Victim:
    """One program that may die, and the store whose write-ahead log shows that it works."""

    program: Program
    store: Path
    started_ms: list[int] = field(default_factory=list)
    back_at: float | None = None

    @property
    def name(self) -> str:
        return self.program.name

    def kill(self, away_s: float) -> bool:
        """Kill it; False if it was not there."""
        if self.back_at is not None or not self.program.alive:
            return False
        self.program.kill()
        self.back_at = time.monotonic() + away_s
        return True

    def revive(self) -> None:
        """Start it again."""
        self.back_at = None
        self.started_ms.append(boottime_ms())
        self.program.start()


class ChildBroker(Victim):
    """A mosquitto that its gateway starts again by itself."""

    @property
    def name(self) -> str:
        return "broker"

    def kill(self, away_s: float) -> bool:
        pid = child_broker(self.program.pid)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True


def victims(site: VirtualSite) -> dict[str, Victim]:
    """Everything on the way that is ours to keep alive."""
    stores = {"sense": site.spool("sense"), "watch": site.spool("watch")}
    found = {
        name: Victim(site.programs[name], stores.get(name, site.archive))
        for name in ("sense", "watch", "broker", "gateway")
        if name in site.programs
    }
    found.setdefault("broker", ChildBroker(site.programs["gateway"], site.archive))
    return found


class Killing:
    """Kills and revives; everything random comes from one seed."""

    WEIGHTS = {"broker": 4, "gateway": 3, "sense": 3, "watch": 2}  # noqa: RUF012 - never changed

    def __init__(self, site: VirtualSite, random: Random) -> None:
        self.site = site
        self.victims = victims(site)
        self.kills = dict.fromkeys(self.victims, 0)
        self.fell = 0
        """Programs that ended without being killed."""
        self._random = random
        self._youngest: Victim | None = None

    @property
    def total(self) -> int:
        return sum(self.kills.values())

    def run(self, kills: int, until: float) -> None:
        """So many kills, or until the time (monotonic seconds) is over; then everything is alive again."""
        moments = (self._any, self._newborn, self._commit, self._draining)
        while self.total < kills and time.monotonic() < until:
            moment: Callable[[], Victim | None] = self._random.choices(moments, (3, 2, 3, 2))[0]
            victim = moment()
            if victim is not None and victim.kill(self._away_s()):
                self.kills[victim.name] += 1
        for victim in self.victims.values():
            if victim.back_at is not None:
                victim.revive()

    def _away_s(self) -> float:
        return self._random.uniform(*(LONG_S if self._random.random() < 0.25 else SHORT_S))

    def _pick(self) -> Victim:
        names = list(self.victims)
        return self.victims[self._random.choices(names, [self.WEIGHTS[name] for name in names])[0]]

    def _any(self) -> Victim:
        self._pass(self._random.uniform(0.3, 1.0))
        return self._pick()

    def _newborn(self) -> Victim | None:
        """The one that was started last, some moments after."""
        self._pass(self._random.uniform(0.2, 1.5))
        return self._youngest

    def _commit(self) -> Victim:
        """As soon as its store is seen to be written."""
        self._pass(self._random.uniform(0.1, 0.5))
        victim = self._pick()
        before = _written(victim.store)
        self._pass(1.0, lambda: _written(victim.store) != before)
        return victim

    def _draining(self) -> Victim:
        """As soon as the device is seen to forget what was acknowledged."""
        self._pass(self._random.uniform(0.1, 0.3))
        depths = [_depth(self.site.spool("sense"))]

        def drains() -> bool:
            depths.append(_depth(self.site.spool("sense")))
            return depths[-1] < depths[-2] - 1

        self._pass(1.0, drains)
        return self._pick()

    def _pass(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let time pass and revive who is due."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not enough():
            for victim in self._due():
                self.fell += victim.back_at is None
                victim.revive()
                self._youngest = victim
            time.sleep(STEP_S)

    def _due(self) -> Iterator[Victim]:
        now = time.monotonic()
        for victim in self.victims.values():
            fallen = victim.back_at is None and not victim.program.alive and not isinstance(victim, ChildBroker)
            if fallen or (victim.back_at is not None and victim.back_at <= now):
                yield victim


def _written(store: Path) -> tuple[int, int]:
    """What changes whenever a store is written."""
    with suppress(OSError):
        seen = store.with_name(f"{store.name}-wal").stat()
        return seen.st_size, seen.st_mtime_ns
    return 0, 0


def _depth(spool: Path) -> int:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM message").fetchone()[0])
    return 0
