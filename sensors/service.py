"""What a technician may do to a model, as data: recognise it, change its settings, give it commands, calibrate it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sensors.block import Block
from sensors.place import Finite, Kind, Label, Name, Place, Word
from sensors.strict import Problem, Strict

Seconds = Annotated[Finite, Field(ge=0)]


def _hex(text: str) -> str:
    try:
        body = bytes.fromhex(text)
    except ValueError:
        body = b""
    if not 1 <= len(body) <= 253:
        raise ValueError("应为十六进制字节，如 03 25 00 00 00 / expected bytes in hex, as 03 25 00 00 00")
    return text


class Identity(Place):
    """Something that tells one unit or model from another: text (serial number) or a number (device id).

    `equals` lists the numbers, `contains` the part of the text, by which the model (or its maker) is recognised;
    without either it is shown only.
    """

    name: Name
    quantity: Label
    equals: tuple[int, ...] = ()
    contains: str = ""

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the entry."""
        yield from super().problems()
        if self.equals and self.type is Kind.TEXT:
            yield Problem("equals", str(list(self.equals)), "文本请用 contains", "text has contains")
        if self.contains and self.type is not Kind.TEXT:
            yield Problem("contains", repr(self.contains), "只适用于 text", "goes with type text only")


class Write(StrEnum):
    """How a setting is written: one register or coil (functions 05, 06), or several (15, 16)."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class Setting(Place):
    """Something that may be written: nothing else of an instrument ever is. `range` is what may be written.

    `count` numbers of its type stand one behind the other and are written together. A setting that is not `readable`
    cannot be read back.
    """

    name: Name
    quantity: Label
    unit: str = Field(default="1", min_length=1)
    range: tuple[Finite, Finite]
    write: Write
    count: int = Field(default=1, ge=1, le=60)
    readable: bool = True

    @property
    def block(self) -> Block:
        """The addresses that hold the setting."""
        return Block(self.table, self.register_, self.count * self.type.width)

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the setting."""
        yield from super().problems()
        if self.range[0] > self.range[1]:
            yield Problem("range", str(list(self.range)), "range 应为 [小, 大]", "range must be [low, high]")
        if self.is_part or self.type is Kind.TEXT:
            yield Problem(
                "type",
                repr(self.type.value),
                "设置项须占满整个寄存器且为数",
                "a setting is a number that fills whole registers",
            )
        if self.table.value not in {"holding", "coil"}:
            yield Problem(
                "table", repr(self.table.value), "只能写 holding 或 coil", "only holding and coil can be written"
            )
        if self.write is Write.SINGLE and self.block.count > 1:
            yield Problem("write", "'single'", "占多个寄存器，应为 multiple", "spans registers: expected multiple")


class Command(Strict):
    """A transaction outside of the standard's reads and writes.

    `send` is function and data in hex; address and CRC are put around it. `reply` is the whole length of the answer,
    address and CRC included. `when` says whether a station sends it by itself, after the instrument was first heard or
    was silent. Values have settled `settles_s` later. Commands are never sent while scanning.
    """

    name: Name
    quantity: Label
    send: Annotated[str, AfterValidator(_hex)]
    reply: int = Field(ge=4, le=256)
    when: Literal["asked", "start"] = "asked"
    settles_s: Seconds = 0.0
    note: str = ""

    @property
    def body(self) -> bytes:
        """Function and data."""
        return bytes.fromhex(self.send)


class Preset(Strict):
    """A setting and what must be written to it before another one takes."""

    setting: str
    value: Finite


class Change(Strict):
    """Which setting changes how an instrument is reached, and how to see that it did.

    `before` is written first. `restart`: it takes effect after a power cycle only. The reply to the write may come from
    the old address or the new one, or not at all: what counts is who answers afterwards.
    """

    setting: str
    before: tuple[Preset, ...] = ()
    restart: bool = False
    note: str = ""


class SetAddress(Change):
    """How the address is changed; at `ask_at` a single instrument on a line answers whatever its address is."""

    ask_at: int | None = Field(default=None, ge=1, le=255)


class Rate(Strict):
    """A baud rate and the number that stands for it, with the parity and stop bits that come with it if they do."""

    baudrate: int = Field(ge=300, le=1_000_000)
    value: Word
    parity: Literal["N", "E", "O"] | None = None
    stop_bits: Literal[1, 2] | None = None


class SetBaud(Change):
    """How the baud rate is changed."""

    rates: tuple[Rate, ...] = Field(min_length=1)


class Calibration(Strict):
    """One way to calibrate `channels`.

    offset: one setting, added to the value. linear: slope and intercept, in two settings or in one of two numbers.
    points: each of `points` (in the channel's unit) is written to the setting while the instrument stands in it.
    command: a command does it, after `presets`, under `conditions`. The outcome stands in the channel or setting
    `result` after `wait_s`.
    """

    name: Name
    quantity: Label
    kind: Literal["offset", "linear", "points", "command"]
    channels: tuple[str, ...] = Field(min_length=1)
    settings: tuple[str, ...] = ()
    points: tuple[Finite, ...] = ()
    presets: tuple[Preset, ...] = ()
    command: str = ""
    result: str = ""
    wait_s: Seconds = 0.0
    conditions: Label | None = None
    note: str = ""
