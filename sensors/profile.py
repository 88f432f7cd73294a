"""A model of instrument: how it is wired, how it may be read, what its registers mean, and what may be done to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from sensors.block import Block
from sensors.channel import Channel
from sensors.fault import Fault
from sensors.place import Label
from sensors.references import references
from sensors.service import Calibration, Command, Identity, Seconds, SetAddress, SetBaud, Setting
from sensors.strict import Problem, Problems, Strict, check, read_toml


class Illegal(StrEnum):
    """What the model does when asked for what it does not have."""

    EXCEPTION = "exception"
    SILENCE = "silence"


class Transport(Strict):
    """Factory settings of the line; a site file may say otherwise. No `baudrate`: not documented, or set by hand."""

    over: tuple[Literal["rtu", "tcp"], ...] = Field(default=("rtu",), min_length=1)
    baudrate: int | None = Field(default=None, ge=300, le=1_000_000)
    data_bits: Literal[8] = 8  # RTU knows no other
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    address: int = Field(ge=1, le=254)


class Timing(Strict):
    """How long the model takes; `warm_up_s` until it answers rightly, `stabilisation_s` until values have settled.

    An instrument that answers "pending" is asked again after `pending_ms`, up to `pending_tries` times. One that
    `sleeps` may miss the first request after a rest, and is asked a second time.
    """

    poll_min_s: Seconds = 1.0
    warm_up_s: Seconds = 0.0
    stabilisation_s: Seconds = 0.0
    response_timeout_ms: int = Field(default=300, ge=1, le=60_000)
    turnaround_ms: int = Field(default=0, ge=0, le=60_000)
    pending_ms: int = Field(default=0, ge=0, le=60_000)
    pending_tries: int = Field(default=0, ge=0, le=100)
    sleeps: bool = False


class Bounds(Strict):
    """What one read of the model may span.

    `align`: first address and count are multiples of it. A hole is an address that no channel of the profile holds;
    `may_cross_hole` allows a read to span it.
    """

    max_registers: int = Field(ge=1, le=125)
    may_cross_hole: bool = False
    align: int = Field(default=1, ge=1, le=4)
    illegal: Illegal = Illegal.EXCEPTION

    def around(self, start: int, end: int) -> tuple[int, int]:
        """`start` and `end` widened to whole multiples of `align`."""
        return start - start % self.align, end + -end % self.align


class Profile(Strict):
    """A model of instrument; `id` is the name of its file, `measures` says in a few words what it is for."""

    id: str
    maker: str = Field(min_length=1)
    model: str = Field(min_length=1)
    measures: Label
    source: tuple[str, ...] = Field(min_length=1)
    confidence: str = Field(min_length=1)
    quirks: tuple[str, ...] = ()
    transport: Transport
    timing: Timing
    reads: Bounds
    channels: tuple[Channel, ...] = Field(min_length=1)
    identity: tuple[Identity, ...] = ()
    settings: tuple[Setting, ...] = ()
    commands: tuple[Command, ...] = ()
    set_address: SetAddress | None = None
    set_baud: SetBaud | None = None
    calibrations: tuple[Calibration, ...] = ()

    def channel(self, name: str) -> Channel | None:
        """The channel called `name`."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def setting(self, name: str) -> Setting | None:
        """The setting called `name`."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def command(self, name: str) -> Command | None:
        """The command called `name`."""
        return next((command for command in self.commands if command.name == name), None)

    @property
    def routine(self) -> tuple[Channel, ...]:
        """What is read unless a site names its channels."""
        return tuple(channel for channel in self.channels if not channel.diagnostic)

    @property
    def ground(self) -> tuple[Block, ...]:
        """Addresses that every unit of the model is known to hold, and that may be read along."""
        return tuple(channel.block for channel in self.channels if not channel.optional and not channel.side_effect)

    @property
    def barred(self) -> tuple[Block, ...]:
        """Addresses that may never be read along."""
        return tuple(channel.block for channel in self.channels if channel.side_effect)

    def judging(self, channels: Sequence[Channel]) -> tuple[Channel, ...]:
        """The status channels that decide the quality of any of `channels`."""
        names = {channel.name for channel in channels}
        return tuple(channel for channel in self.channels if names.intersection(channel.judges))

    @property
    def probe(self) -> Block:
        """What to ask to learn whether the model is there; it has no side effect."""
        harmless = [channel for channel in self.channels if not channel.side_effect and not channel.optional]
        if self.identity:
            return self.identity[0].block
        block = next((channel.block for channel in harmless if not channel.diagnostic), harmless[0].block)
        start, end = self.reads.around(block.start, block.end)
        return Block(block.table, start, end - start)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        found = [
            problem
            for nth, channel in enumerate(self.channels)
            for problem in _within(f"channels[{nth}]", channel, self.reads, self.ground)
        ]
        if not any(not channel.side_effect and not channel.optional for channel in self.channels):
            found.append(
                Problem(
                    "channels",
                    "optional",
                    "至少一个通道须是必有且无副作用的",
                    "one must always be there, without side effect",
                )
            )
        if found:
            raise Problems(found)
        return self


def _within(key: str, channel: Channel, bounds: Bounds, ground: Sequence[Block]) -> Iterator[Problem]:
    """The problem of a channel that no read which the model allows can fetch."""
    block = channel.block
    start, end = bounds.around(block.start, block.end)
    if end - start > bounds.max_registers:
        yield Problem(
            f"{key}.register",
            str(block.start),
            f"通道 {channel.name} 需要读 {end - start} 个寄存器，超过 max_registers = {bounds.max_registers}",
            f"channel {channel.name} needs a read of {end - start}, more than max_registers = {bounds.max_registers}",
        )
    held = {
        address for span in (*ground, block) if span.table is block.table for address in range(span.start, span.end)
    }
    if not bounds.may_cross_hole and not held.issuperset(range(start, end)):
        yield Problem(
            f"{key}.register",
            str(block.start),
            f"通道 {channel.name} 按 align = {bounds.align} 对齐后会读到空洞",
            f"channel {channel.name}, widened to align = {bounds.align}, would read a hole",
        )


def parse(text: str, where: str, profile_id: str) -> Profile | tuple[Fault, ...]:
    """The profile in TOML `text` from file `where`, or every fault in it."""
    data = read_toml(text, where)
    if isinstance(data, Fault):
        return (data,)
    return made(data, where, profile_id)


def made(data: Mapping[str, object], where: str, profile_id: str) -> Profile | tuple[Fault, ...]:
    """The profile in a table read from file `where`, or every fault in it: of form, and of names that lead nowhere."""
    found = check(Profile, {**data, "id": profile_id}, where)
    astray = tuple(references(data, where))
    if isinstance(found, tuple):
        return (*found, *astray)
    return astray or found


_GENERIC: Mapping[str, object] = {
    "maker": "-",
    "measures": {"zh": "现场描述的仪器", "en": "instrument described on site"},
    "source": ["the site file"],
    "confidence": "described on site",
    "transport": {"address": 1},
    "timing": {},
    "reads": {"max_registers": 16},
}


def generic(table: Mapping[str, object], where: str, key: str, name: str) -> Profile | tuple[Fault, ...]:
    """The profile that a technician describes in a site file, in the table at `key`: as a file of the library, but only
    the channels are needed, and of each only name, unit, table, register, type and, where the type asks for it, order.

    Faults come with their whole key path.
    """
    data = {**_GENERIC, "model": name, **table}
    channels = data.get("channels")
    if isinstance(channels, list):
        data["channels"] = [_named(row) for row in channels]
    found = made(data, where, name)
    if isinstance(found, Profile):
        return found
    return tuple(replace(fault, key=f"{key}.{fault.key}" if fault.key else key) for fault in found)


def _named(row: object) -> object:
    """A channel whose quantity is called by its name unless told otherwise."""
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        return row
    return {"quantity": {"zh": row["name"], "en": row["name"]}, **row}
