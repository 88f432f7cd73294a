"""What the fourteen statements share: a bus on a hand-cranked clock, and a device whose programs really run."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edge.health import read_status, status_file
from edge.keeper import Keeper
from edge.sampling import BusService
from edge.schedule import Schedule
from edge.spool.store import Spool
from edge.wire.columns import unpack
from edge.wire.messages import Batch, Health
from gateway.authority import Authority
from hil.count import rows
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.asks import Asks
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.slave import Slave
from sensors.profile import Profile
from sensors.quality.judge import Judge
from sensors.reading import ClockState, Reading, Stamp
from sensors.station import Station

AIR = {"relative_humidity": 65.8, "temperature": -10.1}
AT = Stamp(1_795_000_000_000, 1000, "boot-1", ClockState.SYNCHRONISED, 1)


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile)
    return found


class SteppedClock(HandClock):
    """A hand-cranked clock whose wall clock may be set, as people and time servers do."""

    def __init__(self) -> None:
        super().__init__(monotonic=1000.0, wall_ms=1_795_000_000_000)
        self.step_ms = 0

    def now(self) -> Stamp:
        true = super().now()
        return replace(true, wall_ms=true.wall_ms + self.step_ms)


class Bus:
    """Slaves on one paced line in memory, each a station by its slave's address, polled into a spool."""

    def __init__(self, folder: Path, slaves: Sequence[Slave], every_s: float, absent: Sequence[int] = ()) -> None:
        self.clock = SteppedClock()
        self.spool = Spool(folder / "spool.db", self.clock)
        here = [slave for slave in slaves if slave.address not in absent]
        self.loop = Loop(here, self.clock)
        self.master = Master(Line(self.loop, self.clock))
        self.every = {f"i{slave.address}": every_s for slave in slaves}
        self.schedule = Schedule(self.every, self.clock.monotonic())
        self.keeper = Keeper(self.spool, self.clock, 0.0, lambda: True)
        self.service = self.made(self.master, slaves)

    def made(self, asks: Asks, slaves: Sequence[Slave]) -> BusService:
        """The service with another master."""
        stations = [
            Station(f"i{slave.address}", slave.profile, asks, self.clock, address=slave.address) for slave in slaves
        ]
        return BusService("b1", asks, stations, self.every, Judge({}), self.keeper.take, self.clock)

    def work(self, seconds: float) -> None:
        """Let simulated time pass as the service's thread would spend it."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.service.turn(self.schedule)
            self.keeper.turn()
            self.clock.sleep(max(0.001, self.schedule.next_at() - self.clock.monotonic()))

    def readings(self) -> list[Reading]:
        """All that was kept, in the order of their numbers."""
        return spooled(self.spool)


def spooled(spool: Spool) -> list[Reading]:
    bodies = [spool.body(one) for one in spool.waiting(10**6)]
    return [reading for body in bodies if isinstance(body, Batch) for reading in unpack(body)]


def counted(readings: Sequence[Reading]) -> Mapping[str, int]:
    """Values by instrument; what is missing doesn't count."""
    found: dict[str, int] = {}
    for reading in readings:
        found[reading.instrument] = found.get(reading.instrument, 0) + (reading.value is not None)
    return found


SITE = """\
[site]
id = "farm-1"
state = "state"
runtime = "/nowhere"

[gateway]
host = "127.0.0.1"
port = {gateway}
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"

[[buses]]
name = "{bus}"
port = "{port}"

[[buses.instruments]]
name = "{name}"
profile = "renke-rs-ws"
every = "1s"
"""


def site_file(folder: Path, port: Path, gateway: int = 1, bus: str = "b1", name: str = "air") -> Path:
    """A device's files: one instrument at its documented address 1, and certificates of an authority in `folder`."""
    if not (folder / "certificates").exists():
        Authority(folder / "ca", datetime.now(UTC)).ensure_client(folder / "certificates", "site", "farm-1")
    path = folder / "site.toml"
    path.write_text(SITE.format(gateway=gateway, port=port, bus=bus, name=name))
    return path


@contextmanager
def sense(site: Path, *before: str) -> Iterator["subprocess.Popen[str]"]:
    """The program `sense`, really running, with readings in its spool; `before` are words in front of its command."""
    status_file(site.parent / "state", "sense").unlink(missing_ok=True)
    before_it = kept(site)
    command = [*before, *(() if before else (sys.executable, "-m", "hil.cli")), "edge", "sense", "--config", str(site)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        try:
            end = time.monotonic() + 60
            while (status(site) is None or measured(site) <= before_it) and time.monotonic() < end:
                assert child.poll() is None, child.communicate()[1]
                time.sleep(0.05)
            yield child
        finally:
            if child.poll() is None:
                child.terminate()
                child.communicate(timeout=30)


def kept(site: Path) -> int:
    """The highest number that the spool of `sense` gave; 0 where there is none, or none that can be read."""
    return _number(site, "SELECT seq FROM sqlite_sequence WHERE name = 'message'")


def measured(site: Path) -> int:
    """The number of the newest readings in the spool of `sense`, done or growing."""
    return _number(site, "SELECT max(seq) FROM message WHERE kind = 'batch'")


def _number(site: Path, query: str) -> int:
    with suppress(sqlite3.DatabaseError):
        found = rows(site.parent / "state" / "sense.db", query)
        return int(str(found[0][0] or 0)) if found else 0
    return 0


def status(site: Path) -> Health | None:
    """How `sense` says that it is; None before it first did."""
    return read_status(status_file(site.parent / "state", "sense"))
