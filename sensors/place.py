"""Where one value stands in an instrument, and how its bits are to be read: table, register, type, order, scale."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from sensors.block import Block, Table
from sensors.strict import Problem, Problems, Strict

Word = Annotated[int, Field(ge=0, le=0xFFFF)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Kind(StrEnum):
    """What stands there: one bit, unsigned, signed (two's complement), IEEE 754 float, or text (ASCII)."""

    BIT = "bit"
    U8 = "u8"
    S8 = "s8"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    F32 = "f32"
    U64 = "u64"
    S64 = "s64"
    F64 = "f64"
    TEXT = "text"

    @cached_property
    def bits(self) -> int:
        """Bits that one number takes; of text, those of one register."""
        return _BITS[self]

    @cached_property
    def width(self) -> int:
        """Addresses that one number takes."""
        return max(1, self.bits // 16)

    @cached_property
    def is_float(self) -> bool:
        """True for IEEE 754 values."""
        return self in {Kind.F32, Kind.F64}

    @cached_property
    def is_signed(self) -> bool:
        """True for two's complement."""
        return self.value.startswith("s")


_BITS = {kind: {Kind.BIT: 1, Kind.TEXT: 16}.get(kind) or int(kind.value[1:]) for kind in Kind}


class Order(StrEnum):
    """The order of bytes on the wire, by the letters that manuals use: A is the most significant byte."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


class Half(StrEnum):
    """Which byte of a register an 8-bit value is, or with which a text begins; `order` is applied first."""

    HIGH = "high"
    LOW = "low"


class Label(Strict):
    """A name for people, in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Place(Strict):
    """A value `raw x scale + offset` at a place.

    `register` is the protocol address, as on the wire. `mask` cuts a bit field out of an unsigned value and shifts it
    down to bit 0. From `negative_from` on, raw numbers are negative: `-(raw - negative_from)` (sign and magnitude, as
    0x8000 or 10000). `sentinels` are raw bit patterns, after order, half and mask, that mean "no value"; `doubtful`
    ones may mean that but may as well be true. Text fills `registers`, two characters in each, from the low byte of the
    first one on where its `half` is low.
    """

    table: Table
    register_: Word = Field(alias="register")
    type: Kind
    registers: int | None = Field(default=None, ge=1, le=64)
    order: Order | None = None
    half: Half | None = None
    mask: int | None = Field(default=None, ge=1)
    negative_from: int | None = Field(default=None, ge=1)
    scale: Finite = 1.0
    offset: Finite = 0.0
    sentinels: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    note: str = ""

    @property
    def block(self) -> Block:
        """The addresses that hold the value."""
        return Block(self.table, self.register_, self.registers or self.type.width)

    @property
    def is_part(self) -> bool:
        """True where other bits of the same register mean something else."""
        return self.half is not None or self.mask is not None

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the place."""
        kind = self.type
        if kind.width > 1 and self.order is None:
            yield Problem(
                "order", "missing", f"{kind} 占多个寄存器，必须写明 order", f"{kind} spans registers: order is required"
            )
        if self.table.of_bits != (kind is Kind.BIT):
            yield Problem(
                "type",
                repr(kind.value),
                "线圈和离散输入只能用 bit，寄存器不能用 bit",
                "type bit goes with coil and discrete only",
            )
        if self.scale == 0:
            yield Problem("scale", "0", "scale 不能为 0", "scale must not be 0")
        if self.block.end > 0x10000:
            yield Problem("register", str(self.register_), "寄存器超出 65535", "the value reaches past address 65535")
        if (kind is Kind.TEXT) != (self.registers is not None):
            yield Problem(
                "registers",
                repr(self.registers),
                "text 类型（且仅 text）要写 registers",
                "goes with type text, and text needs it",
            )
        begins_low = kind is Kind.TEXT and self.half is Half.LOW
        if (kind in {Kind.U8, Kind.S8}) != (self.half is not None) and not begins_low:
            yield Problem(
                "half", repr(self.half), "u8、s8（且仅它们）要写 half", "goes with u8 and s8, and they need it"
            )
        unsigned = kind.value.startswith("u")
        if self.mask is not None and not (unsigned and self.mask < 1 << kind.bits):
            yield Problem("mask", hex(self.mask), f"不适用于 {kind}", f"does not fit {kind}")
        if self.negative_from is not None and not unsigned:
            yield Problem("negative_from", str(self.negative_from), "只适用于无符号数", "goes with unsigned types only")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        found = tuple(self.problems())
        if found:
            raise Problems(found)
        return self


def span_problem(key: str, span: tuple[float, float] | None) -> Iterator[Problem]:
    """A problem at `key` unless `span` is [low, high]."""
    if span is not None and span[0] >= span[1]:
        yield Problem(key, str(list(span)), f"{key} 应为 [小, 大]", f"{key} must be [low, high]")
