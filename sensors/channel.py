"""One measured quantity of a model: where its registers stand and how they become a number with a unit."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from sensors.block import Block, Table
from sensors.strict import Strict

Word = Annotated[int, Field(ge=0, le=0xFFFF)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Kind(StrEnum):
    """What the registers hold: unsigned, signed (two's complement), IEEE 754 float, or one bit."""

    BIT = "bit"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    F32 = "f32"
    U64 = "u64"
    S64 = "s64"
    F64 = "f64"

    @property
    def width(self) -> int:
        """Addresses that one value takes."""
        return 1 if self is Kind.BIT else int(self.value[1:]) // 16

    @property
    def is_float(self) -> bool:
        """True for IEEE 754 values."""
        return self in {Kind.F32, Kind.F64}


class Order(StrEnum):
    """The order of bytes on the wire, by the letters that manuals use: A is the most significant byte."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


class Label(Strict):
    """A name for people, in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Channel(Strict):
    """One quantity of an instrument: `value = raw x scale + offset` in `unit` (UCUM).

    `register` is the protocol address, as on the wire. `sentinels` are raw bit patterns (after `order`) that mean
    "no value"; `doubtful` ones may mean that but may as well be true, so the value travels as SUSPECT. Outside of
    `range`, the instrument's span, a value is BAD; outside of `usual` it is SUSPECT. `optional` channels are absent in
    some units or firmware; `diagnostic` ones are read only when a site names them. `code` is the factor code of
    HJ 212-2017 appendix B, given only where the standard's unit is the channel's.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    quantity: Label
    unit: str = Field(min_length=1)
    code: str = Field(default="", pattern=r"^[A-Za-z0-9]*$")
    table: Table
    register_: Word = Field(alias="register")
    type: Kind
    order: Order | None = None
    scale: Finite = 1.0
    offset: Finite = 0.0
    sentinels: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    range: tuple[Finite, Finite] | None = None
    usual: tuple[Finite, Finite] | None = None
    optional: bool = False
    diagnostic: bool = False
    note: str = ""

    @property
    def block(self) -> Block:
        """The addresses that hold the value."""
        return Block(self.table, self.register_, self.type.width)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.type.width > 1 and self.order is None:
            raise ValueError(
                f"{self.type} 占多个寄存器，必须写明 order / {self.type} spans registers: order is required"
            )
        if self.table.of_bits != (self.type is Kind.BIT):
            raise ValueError("线圈和离散输入只能用 bit，寄存器不能用 bit / type bit goes with coil and discrete only")
        if self.scale == 0:
            raise ValueError("scale 不能为 0 / scale must not be 0")
        if self.block.end > 0x10000:
            raise ValueError("寄存器超出 65535 / the value reaches past address 65535")
        for name, span in (("range", self.range), ("usual", self.usual)):
            if span is not None and span[0] >= span[1]:
                raise ValueError(f"{name} 应为 [小, 大] / {name} must be [low, high]")
        return self
