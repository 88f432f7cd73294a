"""The rig of the bus benchmark: eight instruments on one paced line, and what physics allows at best."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.runtime.clock import SystemClock
from hil.virtual.lines import PacedLine
from sensors.catalogue import Catalogue
from sensors.modbus.line import Line
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave
from sensors.modbus.tty import Tty
from sensors.plan import plan
from sensors.profile import Profile
from sensors.station import Station

FRAMING = Framing(9600)
Models = tuple[tuple[str, int], ...]
"""Instruments on one line: profile and address."""
# Eight instruments as they stand together on a pond and a barn, each of another make or at another address.
MODELS: Models = (
    ("yosemitech-y532", 1),
    ("yosemitech-y504", 3),
    ("keller-series-30", 5),
    ("yosemitech-y4000", 7),
    ("renke-rs-ws", 9),
    ("xy-md02", 11),
    ("senseair-s8", 13),
    ("eastron-sdm120", 15),
)
TEN: Models = (*MODELS, ("yosemitech-y511", 17), ("comwintop-cwt-soil-thc-s", 19))
REQUEST_BYTES = 8
FRAME_BYTES = 5


@dataclass(frozen=True)
class Want:
    """One block that a full cycle must read: whose, where, and how many registers."""

    profile: Profile
    address: int
    start: int
    count: int
    function: int
    turnaround_s: float


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile)
    return found


def wants(skip: Sequence[int] = ()) -> list[Want]:
    """Every block of a cycle over all instruments but those at the addresses in `skip`."""
    found = []
    for name, address in MODELS:
        model = profile(name)
        for read in plan(model.routine, model.reads, model.ground):
            block = read.block
            rest = model.timing.turnaround_ms / 1000
            found.append(Want(model, address, block.start, block.count, block.table.read_function, rest))
    return [want for want in found if want.address not in skip]


def channel_by_channel() -> list[Want]:
    """The same values, each asked for by itself."""
    found = []
    for name, address in MODELS:
        model = profile(name)
        rest = model.timing.turnaround_ms / 1000
        for channel in model.routine:
            block = channel.block
            found.append(Want(model, address, block.start, block.count, block.table.read_function, rest))
    return found


def physical_minimum(cycle: Sequence[Want], framing: Framing = FRAMING) -> float:
    """Seconds that the wire alone takes: every character, the two silences of 3.5 characters of each exchange (the
    slave's before it may take the request for whole, the master's before it may speak again), stated turn-around."""
    total = 0.0
    for want in cycle:
        characters = REQUEST_BYTES + FRAME_BYTES + 2 * want.count
        total += characters * framing.character_s + 2 * framing.gap_s + want.turnaround_s
    return total


@contextmanager
def rig(folder: Path, dead: Sequence[int] = (), models: Models = MODELS) -> Iterator[Path]:
    """The line with everything on it but the dead; the path of its port."""
    path = folder / "line"
    line = PacedLine(path, FRAMING, [Slave(profile(name), address) for name, address in models if address not in dead])
    try:
        yield path
    finally:
        line.close()
        if os.path.lexists(path):
            path.unlink()


def stations(port: Path, models: Models = MODELS) -> tuple[Line, list[Station]]:
    """Our own side: one line, and a station for each instrument, dead or alive."""
    clock = SystemClock()
    line = Line(Tty(str(port), FRAMING), clock)
    master = Master(line)
    made = [Station(f"i{address}", profile(name), master, clock, address=address) for name, address in models]
    return line, made


def timed(clock: Callable[[], float], cycles: int, cycle: Callable[[], None]) -> list[float]:
    """Seconds of each of so many cycles."""
    found = []
    for _ in range(cycles):
        began = clock()
        cycle()
        found.append(clock() - began)
    return found
