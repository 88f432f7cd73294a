"""A county that is away for seven days, then a broker that is away for 72 hours, for one site at real volume.

40 channels every 10 s, health every minute, alarms with pictures; the days are simulated, everything else is real: the
spool on disk, the sender's process, mosquitto with TLS, gateway and county. Goal: memory flat, disk within its bound,
all delivered in order of rank, and the 72 hours (1,036,800 readings) from the device to the county in 60 s.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from edge.spool.message import RANKS
from edge.wire.topics import Kind
from hil.audit import Audit, audit
from hil.count import account, rows, spools
from hil.virtual.site import VirtualSite, Wishes, standing
from tests.bench.crash_kit import child_broker
from tests.bench.memory_kit import Watched, cpu_s
from tests.bench.outcome import Outcome

FLAT_MB, PEAK_MB = 16.0, 200.0
"""A program that holds so much more in the later half of an outage than in the earlier is not flat; and while all
drains, none may ever hold more than this."""
AWAY = ("county_away", "broker_away")
PROGRAMS = ("device", "gateway", "broker", "county")
GOAL_S, GOAL_READINGS = 60.0, 1_036_800
PATIENCE_S = 3600.0
PIECES = 20
FILE_BOUND_MB = 2_000.0


class Device:
    """The hurried device as a process."""

    def __init__(self, site: VirtualSite, batch_s: int) -> None:
        command = [sys.executable, "-m", "tests.bench.outage_device", str(site.site_file), str(batch_s)]
        self._log = (site.folder / "sense.log").open("ab")
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, bufsize=1
        )
        self.pid = self._child.pid

    def fill(self, hours: float, way: str) -> int:
        """Measure so many hours, `gently` or `at-once`; how many readings that made."""
        self._pipe(self._child.stdin).write(f"{hours} {way}\n")
        words = self._pipe(self._child.stdout).readline().split()
        assert words[:1] == ["filled"], "the device ended, see sense.log"
        return int(words[1])

    def stop(self) -> None:
        self._child.terminate()
        self._child.communicate(timeout=30)
        self._log.close()

    @staticmethod
    def _pipe(pipe: "IO[str] | None") -> "IO[str]":
        assert pipe is not None
        return pipe


class Outage:
    """The course of both outages on one site."""

    def __init__(self, site: VirtualSite, device: Device) -> None:
        self.site, self.device = site, device
        self.figures: dict[str, float | int | str] = {}
        self.readings = 0
        self.spool_mb = 0.0
        self.seen: dict[str, Watched] = {}

    def county_away(self, days: float) -> None:
        """The county is away while the device measures and sends; then it comes back."""
        self.site.programs["county"].stop()
        self._measure("county_away", days * 24, "gently")
        seconds = self._phase("county_away").until(lambda: _archived(self.site) >= self.readings, PATIENCE_S)
        self._say("county_away", sent_s=seconds, archive_mb=_mb(self.site.archive))
        began = time.monotonic()
        self.site.programs["county"].start()
        self._phase("county_back").until(lambda: _told(self.site) >= self.readings, PATIENCE_S)
        self._say("county_back", drain_s=time.monotonic() - began)

    def broker_away(self, hours: float) -> None:
        """Nothing reaches the sites' broker while the device measures; then everything drains.

        The time to drain counts from the first message after the device found its way back, which its back-off decides.
        """
        self.site.relay.cut()
        before = self.readings
        self._measure("broker_away", hours, "at-once")
        gathered, mark, end = self.readings - before, _last(self.site), spools(self.site)[-1].last
        self.spool_mb = _mb(self.site.spool("sense"))
        self._say("broker_away", spool_mb=self.spool_mb, waiting=_waiting(self.site))
        self.site.relay.mend()
        began, busy = time.monotonic(), {name: cpu_s(pid()) for name, pid in self._pids().items()}
        first = self._phase("drain").until(lambda: _last(self.site) > mark, PATIENCE_S, 0.05)
        gone = self._phase("drain").until(lambda: _archived(self.site) >= self.readings, PATIENCE_S)
        self._phase("drain").until(lambda: _told(self.site) >= self.readings, PATIENCE_S)
        whole = time.monotonic() - began
        cpu = {f"{name}_cpu_s": cpu_s(pid()) - busy[name] for name, pid in self._pids().items()}
        self._say("drain", readings=gathered, reconnected_s=first, archived_s=gone, county_s=whole - first, **cpu)
        self.figures |= {
            "drain_readings": gathered,
            "reconnected_s": first,
            "drain_archived_s": gone,
            "drain_s": whole - first,
            "out_of_rank": _out_of_rank(self.site, mark, end),
        }

    def _measure(self, phase: str, hours: float, way: str) -> None:
        """Fill in pieces, so that memory is looked at over the whole time."""
        began = time.monotonic()
        for _ in range(PIECES):
            self.readings += self.device.fill(hours / PIECES, way)
            self._phase(phase).look()
        self._say(phase, hours=hours, readings=self.readings, measured_s=time.monotonic() - began)

    def _phase(self, name: str) -> Watched:
        return self.seen.setdefault(name, Watched(self._pids()))

    def _pids(self) -> dict[str, Callable[[], int | None]]:
        programs = self.site.programs
        return {
            "device": lambda: self.device.pid,
            "gateway": lambda: programs["gateway"].pid,
            "broker": lambda: child_broker(programs["gateway"].pid),
            "county": lambda: programs["county"].pid,
        }

    def _say(self, phase: str, **figures: float) -> None:
        told = " ".join(f"{name}={value:.6g}" for name, value in figures.items())
        memory = " ".join(
            f"{name}={self._phase(phase).peak(name):.0f}({self._phase(phase).growth(name):+.0f})MB"
            for name in self._pids()
        )
        print(f"{phase}: {told}  rss {memory}", flush=True)


def run(arguments: list[str]) -> Outcome:
    """Both outages, then the books closed."""
    wanted = _parsed(arguments)
    wishes = Wishes(watch=False, bare=True)
    with tempfile.TemporaryDirectory(prefix="luxi-outage-") as folder, standing(Path(folder), wishes) as site:
        device = Device(site, wanted.batch)
        outage = Outage(site, device)
        try:
            if wanted.days:
                outage.county_away(wanted.days)
            outage.broker_away(wanted.broker_hours)
        finally:
            device.stop()
        _rested(site)
        figures = _figures(outage, audit(site))
    return Outcome(figures, held=_held(figures))


def _figures(outage: Outage, books: Audit) -> dict[str, float | int | str]:
    away = [outage.seen[phase] for phase in AWAY if phase in outage.seen]
    return {
        **outage.figures,
        "messages": books.given,
        "measured": outage.readings,
        "readings": books.readings,
        "lost": len(books.nowhere),
        "uneven": len(books.uneven),
        "doubled": books.doubled,
        "repeated": books.repeated,
        "dead_letters": books.dead,
        "dropped": books.dropped,
        "growth_mb": max(watched.growth(name) for watched in away for name in PROGRAMS),
        **{f"{name}_peak_mb": max(watched.peak(name) for watched in outage.seen.values()) for name in PROGRAMS},
        "spool_mb": outage.spool_mb,
    }


def _held(figures: Mapping[str, float | int | str]) -> bool:
    nought = ("out_of_rank", "lost", "uneven", "doubled", "dead_letters", "dropped")
    share = max(1.0, float(figures["drain_readings"]) / GOAL_READINGS)
    return (
        all(figures[name] == 0 for name in nought)
        and figures["readings"] == figures["measured"] != 0
        and float(figures["growth_mb"]) <= FLAT_MB
        and max(float(figures[f"{name}_peak_mb"]) for name in PROGRAMS) <= PEAK_MB
        and float(figures["spool_mb"]) <= FILE_BOUND_MB
        and float(figures["drain_s"]) <= GOAL_S * share
    )


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak outage", description=__doc__)
    parser.add_argument("--days", type=float, default=7.0, help="so long the county is away; 0 for not at all")
    parser.add_argument("--broker-hours", type=float, default=72.0, help="so long the sites' broker is away")
    parser.add_argument("--batch", type=int, default=60, metavar="SECONDS", help="readings of so long in one message")
    return parser.parse_args(arguments)


def _rested(site: VirtualSite) -> None:
    """Wait until the county has all that the archive has; the last health of the device may still be under way."""
    end = time.monotonic() + 60
    while (found := account(site)).archived - found.county and time.monotonic() < end:
        time.sleep(0.5)


def _number(path: Path, query: str) -> int:
    found = rows(path, query)
    return int(str(found[0][0] or 0)) if found else 0


def _waiting(site: VirtualSite) -> int:
    return _number(site.spool("sense"), "SELECT count(*) FROM message")


def _archived(site: VirtualSite) -> int:
    """How many readings the archive has."""
    return _number(site.archive, "SELECT max(rowid) FROM reading")


def _told(site: VirtualSite) -> int:
    """How many readings the county has."""
    return _number(site.ledger, "SELECT sum(readings) FROM message")


def _last(site: VirtualSite) -> int:
    return _number(site.archive, "SELECT max(id) FROM message")


def _out_of_rank(site: VirtualSite, mark: int, end: int) -> int:
    """How many of the messages archived after `mark`, numbered up to `end`, came behind one of a lower rank."""
    worst = wrong = 0
    for (kind,) in rows(site.archive, f"SELECT kind FROM message WHERE id > {mark} AND seq <= {end} ORDER BY id"):
        rank = RANKS[Kind(str(kind))]
        wrong += rank < worst
        worst = max(worst, rank)
    return wrong


def _mb(path: Path) -> float:
    """A database and its log on the disk."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6
