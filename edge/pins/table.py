"""`[[pins]]` in the site file: what stands on a pin, and which keys go with which kind."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from edge.names import Name
from sensors.duration import Duration, seconds
from sensors.fault import Fault
from sensors.pins.counter import WRAPS_AT, Meter
from sensors.pins.kinds import CONTACTS, COUNTERS, INPUTS, OUTPUTS, Kind
from sensors.pins.wiring import Input, Level, Output, Pull
from sensors.strict import Strict

EVERY = "60s"
LIMIT = "3min"


class Pin(Strict):
    """One pin; of the keys only some go with a kind (see `_GOES_WITH`).

    `gpio` is the processor's number (BCM), not the header's: 0 and 1 belong to add-on boards. `active` is the level
    that means 1 or on; a level counts once it held for `bounce`. `shows` is what a lamp tells; `alarms` the kinds that
    a siren sounds for, `limit` for how long at most; a relay is `normal` while the program runs and `safe` otherwise.
    """

    name: Name
    kind: Kind
    gpio: Annotated[int, Field(ge=2, le=27)]
    active: Level | None = None
    pull: Pull | None = None
    bounce: Duration | None = None
    every: Duration = seconds(EVERY)
    alarm: bool = True
    per_pulse: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    unit: Annotated[str, Field(min_length=1)] | None = None
    wraps_at: Annotated[int, Field(ge=1000, le=2**53)] = WRAPS_AT
    shows: Literal["running", "connected", "trouble"] = "running"
    alarms: Annotated[tuple[Literal["door", "float", "leak", "mains"], ...], Field(min_length=1)] = ()
    limit: Duration = seconds(LIMIT)
    normal: Literal["on", "off"] = "on"
    safe: Literal["on", "off"] = "off"

    @property
    def input(self) -> Input:
        """How it is wired, of a contact or counter."""
        usual = INPUTS[self.kind]
        return Input(self.gpio, self.active or usual.active, self.pull or usual.pull)

    @property
    def output(self) -> Output:
        """How it is wired, of a lamp, siren or relay."""
        return Output(self.gpio, self.active or Level.HIGH, self.kind is Kind.RELAY and self.safe == "on")

    @property
    def held(self) -> float:
        """How long a level must hold to count, in seconds."""
        return self.bounce or INPUTS[self.kind].bounce

    @property
    def meter(self) -> Meter:
        """What a counter's pulse stands for."""
        return Meter(self.per_pulse, self.unit or COUNTERS[self.kind].unit, self.wraps_at)


_GOES_WITH: dict[str, tuple[Kind, ...]] = {
    "pull": tuple(INPUTS),
    "bounce": tuple(INPUTS),
    "every": tuple(INPUTS),
    "alarm": tuple(CONTACTS),
    "per_pulse": tuple(COUNTERS),
    "unit": tuple(COUNTERS),
    "wraps_at": tuple(COUNTERS),
    "shows": (Kind.LED,),
    "alarms": (Kind.SIREN,),
    "limit": (Kind.SIREN,),
    "normal": (Kind.RELAY,),
    "safe": (Kind.RELAY,),
}
_NEEDS: dict[Kind, tuple[str, ...]] = {
    Kind.RAIN: ("per_pulse",),
    Kind.PULSE: ("per_pulse", "unit"),
    Kind.LED: ("shows",),
    Kind.SIREN: ("alarms",),
    Kind.RELAY: ("normal", "safe"),
}
_PULLED_UP = (2, 3)
"""These two have resistors on the board itself, for I2C."""


def pin_faults(pins: list[tuple[str, Mapping[str, object]]], where: str) -> Iterator[Fault]:
    """Faults between the keys of each table, and between tables, on raw data; faults of form are told elsewhere."""
    known = [(at, row) for at, row in pins if row.get("kind") in tuple(Kind)]
    watched = [row["kind"] for _, row in known if row.get("alarm") is not False]
    for at, row in known:
        kind = Kind(str(row["kind"]))
        yield from _keys_of(kind, row, at, where)
        if kind in INPUTS and row.get("gpio") in _PULLED_UP and row.get("pull", "up") in ("down", "none"):
            text = (
                "GPIO2、GPIO3 板上带上拉电阻，请用 up 或换引脚",
                "GPIO2 and 3 are pulled up on the board: use up, or another",
            )
            yield Fault(where, f"{at}.pull", repr(row["pull"]), *text)
        alarms = row.get("alarms") if kind is Kind.SIREN and len(known) == len(pins) else None
        for nth, name in enumerate(alarms if isinstance(alarms, list) else []):
            if name in tuple(CONTACTS) and name not in watched:
                text = f"本站没有会报警的 {name}", f"no pin of kind {name} on this site raises alarms"
                yield Fault(where, f"{at}.alarms[{nth}]", repr(name), *text)


def _keys_of(kind: Kind, row: Mapping[str, object], at: str, where: str) -> Iterator[Fault]:
    for key in row:
        if key in _GOES_WITH and kind not in _GOES_WITH[key]:
            kinds = ", ".join(_GOES_WITH[key])
            yield Fault(
                where, f"{at}.{key}", repr(row[key]), f"只用于 {kinds}，请删除", f"goes with {kinds}: remove it"
            )
    for key in _NEEDS.get(kind, ()):
        if key not in row:
            yield Fault(where, f"{at}.{key}", "missing", f"{kind} 必须填写此项", f"required for a {kind}")


def is_output(pin: Pin) -> bool:
    """Is it switched, not read?"""
    return pin.kind in OUTPUTS
