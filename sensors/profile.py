"""A model of instrument: how it is wired, how it may be read, and what its registers mean."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sensors.block import Block
from sensors.channel import Channel, Finite, Label
from sensors.fault import Fault
from sensors.strict import Strict, check, read_toml

Seconds = Annotated[Finite, Field(ge=0)]


class Illegal(StrEnum):
    """What the model does when asked for what it does not have."""

    EXCEPTION = "exception"
    SILENCE = "silence"


class Transport(Strict):
    """Factory settings of the serial side; a site file may say otherwise."""

    baudrate: int = Field(ge=300, le=1_000_000)
    data_bits: Literal[8] = 8  # RTU knows no other
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    address: int = Field(ge=1, le=254)


class Timing(Strict):
    """How long the model takes; `warm_up_s` until it answers rightly, `stabilisation_s` until values have settled."""

    poll_min_s: Seconds = 1.0
    warm_up_s: Seconds = 0.0
    stabilisation_s: Seconds = 0.0
    response_timeout_ms: int = Field(default=300, ge=1, le=60_000)
    turnaround_ms: int = Field(default=0, ge=0, le=60_000)


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

    def channel(self, name: str) -> Channel | None:
        """The channel called `name`."""
        return next((channel for channel in self.channels if channel.name == name), None)

    @property
    def routine(self) -> tuple[Channel, ...]:
        """What is read unless a site names its channels."""
        return tuple(channel for channel in self.channels if not channel.diagnostic)

    @property
    def ground(self) -> tuple[Block, ...]:
        """Addresses that every unit of the model is known to hold."""
        return tuple(channel.block for channel in self.channels if not channel.optional)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        names = [channel.name for channel in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"通道重名：{twice} / channel names used twice: {twice}")
        for channel in self.channels:
            _within(channel, self.reads, self.ground)
        return self


def _within(channel: Channel, bounds: Bounds, ground: Sequence[Block]) -> None:
    """Raise if no read that the model allows can fetch the channel."""
    block = channel.block
    start, end = bounds.around(block.start, block.end)
    if end - start > bounds.max_registers:
        raise ValueError(
            f"通道 {channel.name} 需要读 {end - start} 个寄存器，超过 max_registers = {bounds.max_registers} / "
            f"channel {channel.name} needs a read of {end - start}, more than max_registers = {bounds.max_registers}"
        )
    held = {
        address for span in (*ground, block) if span.table is block.table for address in range(span.start, span.end)
    }
    if not bounds.may_cross_hole and not held.issuperset(range(start, end)):
        raise ValueError(
            f"通道 {channel.name} 按 align = {bounds.align} 对齐后会读到空洞 / "
            f"channel {channel.name}, widened to align = {bounds.align}, would read a hole"
        )


def parse(text: str, where: str, profile_id: str) -> Profile | tuple[Fault, ...]:
    """The profile in TOML `text` from file `where`, or every fault in it."""
    data = read_toml(text, where)
    if isinstance(data, Fault):
        return (data,)
    return check(Profile, data | {"id": profile_id}, where)
