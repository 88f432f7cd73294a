"""Registers -> value and back: type, byte order, sentinels, scale, span."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sensors.channel import Channel
from sensors.place import Half, Kind, Order, Place
from sensors.reading import GOOD, Flag, Quality, Reason

_FLOATS = {Kind.F32: ">f", Kind.F64: ">d"}
_STRAIGHT = (None, Order.ABCD, Order.CDAB)
"""The orders that leave a single register as it is."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value in the channel's unit, or none, and how good it is by itself."""

    value: float | None
    quality: Quality


def decode(channel: Channel, registers: Sequence[int]) -> Decoded:
    """The value in exactly the registers of `channel`, in the order of the wire.

    Sentinels are compared with the raw bits, before any scaling.
    """
    return judged(channel, raw_bits(channel, registers))


def judged(channel: Channel, bits: int) -> Decoded:
    """The value that the raw `bits` of `channel` mean, and how good it is by itself."""
    if bits in channel.sentinels:
        return Decoded(None, Quality(Flag.MISSING, (Reason.SENTINEL,)))
    value = _scaled(channel, bits)
    if value is None:
        return Decoded(None, Quality(Flag.MISSING, (Reason.NOT_FINITE,)))
    return Decoded(value, _quality(channel, value, doubtful=bits in channel.doubtful))


def raw_bits(place: Place, registers: Sequence[int]) -> int:
    """The value's bits as one whole number, after order, half and mask."""
    if len(registers) == 1 and place.half is None and place.order in _STRAIGHT:
        bits = registers[0]
    else:
        data = _reordered(_packed(registers), place.order)
        if place.half is not None:
            data = data[:1] if place.half is Half.HIGH else data[1:]
        bits = int.from_bytes(data)
    return bits if place.mask is None else (bits & place.mask) >> _shift(place.mask)


def number(place: Place, registers: Sequence[int]) -> float | None:
    """The scaled number in the registers of `place`, whatever its sentinels; None for what is not finite."""
    return _scaled(place, raw_bits(place, registers))


def _scaled(place: Place, bits: int) -> float | None:
    raw: float = bits
    if place.type.is_float:
        raw = struct.unpack(_FLOATS[place.type], bits.to_bytes(place.type.bits // 8))[0]
    elif place.type.is_signed:
        raw = bits - (bits >> place.type.bits - 1 << place.type.bits)
    elif place.negative_from is not None and bits >= place.negative_from:
        raw = place.negative_from - bits
    if not math.isfinite(raw):
        return None
    as_it_stands = place.scale == 1 and place.offset == 0
    if as_it_stands and place.type is not Kind.F32:
        return float(raw)
    exact = _exact(raw, place.type)
    return float(exact if as_it_stands else exact * _decimal(place.scale) + _decimal(place.offset))


def numbers(place: Place, registers: Sequence[int]) -> tuple[float, ...]:
    """All the numbers of the type of `place` in `registers`, one behind the other; NaN for what is not finite."""
    width = place.type.width
    found = (number(place, registers[at : at + width]) for at in range(0, len(registers), width))
    return tuple(math.nan if value is None else value for value in found)


def text(place: Place, registers: Sequence[int]) -> str:
    """The printable ASCII characters in the registers of `place`, without blanks at the ends."""
    data = _packed(registers)
    if place.order in {Order.BADC, Order.DCBA}:
        data = _reordered(data, Order.BADC)
    if place.half is Half.LOW:
        data = data[1:]
    return "".join(chr(byte) for byte in data if 0x20 <= byte < 0x7F).strip()


def encode(place: Place, value: float, held: Sequence[int] = ()) -> tuple[int, ...]:
    """The registers that hold `value`, given in the channel's unit; the nearest there is for integers.

    `held` are the registers as they are now, for a value that fills only part of one. NaN and infinities pass into
    floats as they are. Raises OverflowError where the type cannot hold the value.
    """
    raw: float = value
    if math.isfinite(value):
        raw = float((Decimal(repr(float(value))) - Decimal(repr(place.offset))) / Decimal(repr(place.scale)))
    try:
        bits = _bits(place, raw)
    except (struct.error, OverflowError, ValueError) as error:
        raise OverflowError(f"{getattr(place, 'name', place.block)}: {value} does not fit into {place.type}") from error
    if place.is_part:
        bits = _merged(place, bits, held)
    return _words(_reordered(bits.to_bytes(2 * place.type.width), place.order))


def encode_text(place: Place, characters: str) -> tuple[int, ...]:
    """The registers that hold `characters`, cut or filled up with zeros; raises UnicodeEncodeError outside of ASCII."""
    size = 2 * place.block.count
    reserved = b"\0" if place.half is Half.LOW else b""
    data = (reserved + characters.encode("ascii"))[:size].ljust(size, b"\0")
    return _words(_reordered(data, Order.BADC) if place.order in {Order.BADC, Order.DCBA} else data)


def _bits(place: Place, raw: float) -> int:
    """The bits of the raw number; raises one of three errors where there are none."""
    if place.type.is_float:
        return int.from_bytes(struct.pack(_FLOATS[place.type], raw))
    whole = round(raw)
    if place.negative_from is not None and whole < 0:
        whole = place.negative_from - whole
    room = place.type.bits if place.mask is None else (place.mask >> _shift(place.mask)).bit_length()
    low = -(1 << room - 1) if place.type.is_signed else 0
    if not low <= whole < low + (1 << room):
        raise OverflowError
    return whole % (1 << room)


def _merged(place: Place, bits: int, held: Sequence[int]) -> int:
    """The whole register with `bits` put into their part of it, most significant byte first."""
    width = place.type.width
    around = int.from_bytes(_reordered(_packed(held or (0,) * width), place.order))
    mask = place.mask
    if mask is not None:
        bits <<= _shift(mask)
    if place.half is not None:
        lift = 8 if place.half is Half.HIGH else 0
        bits, mask = bits << lift, (0xFF if mask is None else mask) << lift
    return around & ~(mask or 0) | bits


def _shift(mask: int) -> int:
    """How far the field stands above bit 0."""
    return (mask & -mask).bit_length() - 1


def _packed(registers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(registers)}H", *registers)


def _words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(data) // 2}H", data)


def _quality(channel: Channel, value: float, *, doubtful: bool) -> Quality:
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


@lru_cache(maxsize=256)
def _decimal(number: float) -> Decimal:
    """The number as it was written; of the few scales and offsets that there are."""
    return Decimal(repr(number))


def _exact(raw: float, kind: Kind) -> Decimal:
    """The number as its sender meant it: a 32-bit float is the shortest decimal that gives the same 32 bits."""
    if kind is not Kind.F32:
        return Decimal(repr(raw))
    for digits in range(6, 9):
        text = f"{raw:.{digits}g}"
        if abs(float(text)) < 3.4028236e38 and struct.unpack(">f", struct.pack(">f", float(text)))[0] == raw:
            return Decimal(text)
    return Decimal(f"{raw:.9g}")
