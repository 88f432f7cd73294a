"""Registers -> value and back: type, byte order, sentinels, scale, span."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sensors.channel import Channel, Kind, Order
from sensors.reading import GOOD, Flag, Quality, Reason

_FORMATS = {
    Kind.BIT: ">H",
    Kind.U16: ">H",
    Kind.S16: ">h",
    Kind.U32: ">I",
    Kind.S32: ">i",
    Kind.F32: ">f",
    Kind.U64: ">Q",
    Kind.S64: ">q",
    Kind.F64: ">d",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value in the channel's unit, or none, and how good it is by itself."""

    value: float | None
    quality: Quality


def decode(channel: Channel, registers: Sequence[int]) -> Decoded:
    """The value in exactly the registers of `channel`, in the order of the wire.

    Sentinels are compared with the raw bits, before any scaling.
    """
    data = _reordered(struct.pack(f">{len(registers)}H", *registers), channel.order)
    bits = int.from_bytes(data)
    if bits in channel.sentinels:
        return Decoded(None, Quality(Flag.MISSING, (Reason.SENTINEL,)))
    raw = struct.unpack(_FORMATS[channel.type], data)[0]
    if not math.isfinite(raw):
        return Decoded(None, Quality(Flag.MISSING, (Reason.NOT_FINITE,)))
    value = float(_exact(raw, channel.type) * Decimal(repr(channel.scale)) + Decimal(repr(channel.offset)))
    return Decoded(value, _judged(channel, value, doubtful=bits in channel.doubtful))


def encode(channel: Channel, value: float) -> tuple[int, ...]:
    """The registers that hold `value`, given in the channel's unit; the nearest there is for integers.

    NaN and infinities pass into floats as they are. Raises OverflowError where the type cannot hold the value.
    """
    raw: float = value
    if math.isfinite(value):
        raw = float((Decimal(repr(float(value))) - Decimal(repr(channel.offset))) / Decimal(repr(channel.scale)))
    try:
        data = struct.pack(_FORMATS[channel.type], raw if channel.type.is_float else round(raw))
    except (struct.error, OverflowError, ValueError) as error:
        raise OverflowError(f"{channel.name}: {value} does not fit into {channel.type}") from error
    return struct.unpack(f">{channel.type.width}H", _reordered(data, channel.order))


def _judged(channel: Channel, value: float, *, doubtful: bool) -> Quality:
    """QARTOD's gross range test: outside of what the instrument can measure fails, outside of the usual is suspect."""
    if channel.range is not None and not channel.range[0] <= value <= channel.range[1]:
        return Quality(Flag.BAD, (Reason.RANGE,))
    if channel.usual is not None and not channel.usual[0] <= value <= channel.usual[1]:
        return Quality(Flag.SUSPECT, (Reason.RANGE,))
    return Quality(Flag.SUSPECT, (Reason.SENTINEL,)) if doubtful else GOOD


def _reordered(data: bytes, order: Order | None) -> bytes:
    """Between the order of the wire and most significant byte first; each order is its own inverse."""
    if order is Order.DCBA:
        return data[::-1]
    words = [data[at : at + 2] for at in range(0, len(data), 2)]
    if order is Order.CDAB:
        return b"".join(reversed(words))
    if order is Order.BADC:
        return b"".join(word[::-1] for word in words)
    return data


def _exact(raw: float, kind: Kind) -> Decimal:
    """The number as its sender meant it: a 32-bit float is the shortest decimal that gives the same 32 bits."""
    if kind is not Kind.F32:
        return Decimal(repr(raw))
    for digits in range(6, 9):
        text = f"{raw:.{digits}g}"
        if abs(float(text)) < 3.4028236e38 and struct.unpack(">f", struct.pack(">f", float(text)))[0] == raw:
            return Decimal(text)
    return Decimal(f"{raw:.9g}")
