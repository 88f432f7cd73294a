"""How close a full cycle over eight instruments at 9600 baud comes to what the wire allows.

Goal: at most 1.10 x the physical minimum (characters, gaps, stated turn-around). Beside it, in the same run and on the
same line: minimalmodbus asked register by register, as most scripts do, and block by block; and our own cycle with one
of the eight dead, which must leave the other seven at least 95 % of their rate.
"""

import statistics
import tempfile
import time
from pathlib import Path

import minimalmodbus

from sensors.reading import Reason
from tests.bench.bus_rig import FRAMING, Want, channel_by_channel, physical_minimum, rig, stations, timed, wants
from tests.bench.outcome import Outcome

TROUBLE = {Reason.NO_REPLY, Reason.PORT, Reason.CRC, Reason.REFUSED, Reason.PENDING}
CYCLES = 12
DEAD = 9
DEAD_S = 90.0


def run(arguments: list[str]) -> Outcome:
    """Measure everything on one machine, one after the other; `--quick` for a short form."""
    cycles = 3 if "--quick" in arguments else CYCLES
    dead_s = 10.0 if "--quick" in arguments else DEAD_S
    cycle = wants()
    best = physical_minimum(cycle)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with rig(folder) as port:
            ours = _ours(port, cycles)
            blocks = _peer(port, cycles, cycle)
            singles = _peer(port, max(1, cycles // 4), channel_by_channel())
        with rig(folder, [DEAD]) as port:
            kept = _share_kept(port, dead_s)
    figures = {
        "minimum_ms": best * 1000,
        "ours_ratio": ours / best,
        "minimalmodbus_blocks_ratio": blocks / best,
        "minimalmodbus_registers_ratio": singles / best,
        "rate_kept_with_1_of_8_dead": kept,
        "exchanges": len(cycle),
    }
    return Outcome(figures, held=ours / best <= 1.10 and kept >= 0.95)


def _ours(port: Path, cycles: int) -> float:
    line, made = stations(port)

    def cycle() -> None:
        for station in made:
            for reading in station.poll():
                assert not TROUBLE & set(reading.quality.reasons), reading

    cycle()
    found = statistics.median(timed(time.monotonic, cycles, cycle))
    line.close()
    return found


def _peer(port: Path, cycles: int, cycle: list[Want]) -> float:
    """minimalmodbus as it comes, one object per instrument on one port."""
    asked: dict[int, minimalmodbus.Instrument] = {}
    for want in cycle:
        if want.address not in asked:
            instrument = minimalmodbus.Instrument(str(port), want.address)
            instrument.serial.baudrate = FRAMING.baudrate
            instrument.serial.timeout = 1.0
            asked[want.address] = instrument

    def once() -> None:
        for want in cycle:
            asked[want.address].read_registers(want.start, want.count, want.function)

    found = statistics.median(timed(time.monotonic, cycles, once))
    next(iter(asked.values())).serial.close()
    return found


def _share_kept(port: Path, seconds: float) -> float:
    """What share of their rate the living keep: cycles in some seconds with one dead, against the time they need alone.

    The first silence is part of it: the dead instrument is asked as often as its back-off says.
    """
    line, made = stations(port)
    living = [station for station in made if station.address != DEAD]
    for station in living:
        station.poll()
    alone = statistics.median(timed(time.monotonic, 3, lambda: [station.poll() for station in living] and None))
    began, cycles = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for station in made:
            station.poll()
        cycles += 1
    spent = time.monotonic() - began
    line.close()
    return cycles * alone / spent
