"""How close a full cycle over eight instruments at 9600 baud comes to what the wire allows.

Goal: at most 1.10 x the physical minimum (characters, gaps, stated turn-around). Beside it, in the same run and on the
same line: minimalmodbus and pymodbus, each asked register by register, as most scripts do, and block by block; and our
own cycle with one of the eight dead, and with one of ten, which must leave the others at least 95 % of their rate.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import minimalmodbus
from pymodbus.client import ModbusSerialClient
from pymodbus.pdu import ModbusPDU

from sensors.reading import Reason
from tests.bench.bus_rig import (
    FRAMING,
    MODELS,
    TEN,
    Models,
    Want,
    channel_by_channel,
    physical_minimum,
    rig,
    stations,
    timed,
    wants,
)
from tests.bench.outcome import Outcome

TROUBLE = {Reason.NO_REPLY, Reason.PORT, Reason.CRC, Reason.REFUSED, Reason.PENDING}
CYCLES = 12
DEAD = 9
DEAD_S = 90.0


def run(arguments: list[str]) -> Outcome:
    """Measure everything on one machine, one after the other; `--quick` for a short form."""
    cycles = 3 if "--quick" in arguments else CYCLES
    dead_s = 10.0 if "--quick" in arguments else DEAD_S
    cycle, singles = wants(), channel_by_channel()
    best = physical_minimum(cycle)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with rig(folder) as port:
            ours = _ours(port, cycles) / best
            peers = {
                f"{name}_{way}_ratio": peer(port, turns, asked) / best
                for name, peer in (("minimalmodbus", _minimalmodbus), ("pymodbus", _pymodbus))
                for way, turns, asked in (("blocks", cycles, cycle), ("registers", max(1, cycles // 4), singles))
            }
        kept = {f"rate_kept_with_1_of_{len(some)}_dead": _kept(folder, some, dead_s) for some in (MODELS, TEN)}
    figures = {"minimum_ms": best * 1000, "ours_ratio": ours, **peers, **kept, "exchanges": len(cycle)}
    return Outcome(figures, held=ours <= 1.10 and min(kept.values()) >= 0.95)


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


def _minimalmodbus(port: Path, cycles: int, cycle: list[Want]) -> float:
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


def _pymodbus(port: Path, cycles: int, cycle: list[Want]) -> float:
    """pymodbus's synchronous client as it comes, but for the rate and a time-out as long as the other's."""
    client = ModbusSerialClient(str(port), baudrate=FRAMING.baudrate, timeout=1.0)
    assert client.connect()
    read: dict[int, Callable[..., ModbusPDU]] = {
        1: client.read_coils,
        2: client.read_discrete_inputs,
        3: client.read_holding_registers,
        4: client.read_input_registers,
    }

    def once() -> None:
        for want in cycle:
            answer = read[want.function](want.start, count=want.count, device_id=want.address)
            assert not answer.isError(), answer

    found = statistics.median(timed(time.monotonic, cycles, once))
    client.close()
    return found


def _kept(folder: Path, models: Models, seconds: float) -> float:
    """What share of their rate the living keep with one of `models` dead."""
    with rig(folder, [DEAD], models) as port:
        return _share_kept(port, models, seconds)


def _share_kept(port: Path, models: Models, seconds: float) -> float:
    """Cycles in some seconds with one dead, against the time that the living need alone.

    The first silence is part of it: the dead instrument is asked as often as its back-off says.
    """
    line, made = stations(port, models)
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
