"""What the tests of the field bus share: documented frames, and a simulated line put together."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sensors.block import Table
from sensors.catalogue import Catalogue
from sensors.channel import Channel
from sensors.clock import HandClock
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.slave import Slave
from sensors.place import Kind, Label, Order
from sensors.profile import Profile
from sensors.workshop import Workshop


@dataclass(frozen=True)
class Documented:
    """One documented exchange, as its source prints it; bytes that it does not print are empty.

    `kind` is read, write, command, exception, negative (the printed frames are wrong) or junk. `holds` gives what the
    answer says, by names of the profile: a channel's value, an identity's number or text, a setting's numbers. `writes`
    gives the numbers that the request puts into a setting.
    """

    id: str
    profile: str
    kind: str
    request: bytes
    response: bytes
    holds: Mapping[str, float | str | Sequence[float]]
    writes: Mapping[str, Sequence[float]]
    source: str
    request_crc_ok: bool | None
    response_crc_ok: bool | None

    @property
    def channels(self) -> dict[str, float]:
        """What the answer says of channels."""
        model = profile(self.profile) if self.profile else None
        return {
            name: value
            for name, value in self.holds.items()
            if model and model.channel(name) and isinstance(value, int | float)
        }


def documented(*kinds: str) -> list[Documented]:
    lines = (Path(__file__).parent / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Documented(**row | {"request": bytes.fromhex(row["request"]), "response": bytes.fromhex(row["response"])})
        for row in rows
        if row["kind"] in kinds
    ]


@cache
def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile), found
    return found


def channel(
    name: str = "level", at: int = 0, kind: Kind = Kind.U16, table: Table = Table.HOLDING, **more: object
) -> Channel:
    values: dict[str, object] = {"quantity": Label(zh="量", en="quantity"), "unit": "1"}
    values |= {"order": Order.ABCD if kind.width > 1 else None}
    return Channel.model_validate({"name": name, "register": at, "type": kind, "table": table} | values | more)


@dataclass
class Bench:
    """Simulated instruments on a line in memory; everything that a test may want to turn."""

    clock: HandClock
    loop: Loop
    line: Line
    master: Master


def bench(*slaves: Slave, at: float = 1000.0, echo: bool = False, **more: object) -> Bench:
    clock = HandClock(at, wall_ms=1_700_000_000_000)
    loop = Loop(slaves, clock, echo=echo, **more)  # type: ignore[arg-type]
    line = Line(loop, clock)
    return Bench(clock, loop, line, Master(line))


def workshop(stand: Bench, slave: Slave) -> Workshop:
    return Workshop(slave.profile, stand.master, stand.clock, slave.address)


def requests(loop: Loop) -> Sequence[bytes]:
    return [data for _, data in loop.sent]
