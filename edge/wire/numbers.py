"""Channels' values as the fewest octets that give back the very same numbers. Pure.

Most instruments send decimals: 7.42 is 742 behind a point moved by two places, and neighbours differ little. What is
no short decimal stays IEEE 754, of 32 bits where these hold it.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate, pairwise

from edge.wire.octets import Reader, signed

MAX_PLACES = 7
_WIDTHS = "bhiq"
_EXACT = 2**53
_SIZES = {"f": 4, "d": 8}


class Form(IntEnum):
    """How one channel's values are written: decimals of an f64 or of an f32, or the bits of one."""

    DECIMAL = 0
    DECIMAL_F32 = 1
    F32 = 2
    F64 = 3


@dataclass(frozen=True, slots=True)
class _Decimals:
    """Whole numbers with a point: the first, and steps from each to the next, all in the same width."""

    form: Form
    places: int
    wholes: Sequence[int]

    @property
    def steps(self) -> list[int]:
        return [after - before for before, after in pairwise(self.wholes)]

    @property
    def width(self) -> int:
        widest = max(map(abs, self.steps), default=0)
        return next(width for width in range(4) if widest < 1 << (8 << width) - 1)

    @property
    def code(self) -> int:
        return self.form | self.places << 2 | self.width << 5

    def octets(self) -> bytes:
        if not self.wholes:
            return b""
        return signed(self.wholes[0]) + struct.pack(f"<{len(self.wholes) - 1}{_WIDTHS[self.width]}", *self.steps)


def write(columns: Sequence[Sequence[float]]) -> bytes:
    """A code for each column, the decimals' octets, then all 32-bit and all 64-bit floats, like octets together."""
    codes, decimals = bytearray(), []
    floats: dict[str, list[float]] = {"f": [], "d": []}
    for values in columns:
        found, letter = _decimals(values), "f" if all(_as_f32(value) == value for value in values) else "d"
        # Of a float's octets the one with the exponent deflates to nearly nothing.
        if found is not None and len(octets := found.octets()) < max(1, len(values) * (_SIZES[letter] - 1) + 1):
            codes.append(found.code)
            decimals.append(octets)
        else:
            codes.append(Form.F32 if letter == "f" else Form.F64)
            floats[letter] += values
    return bytes(codes) + b"".join(decimals) + b"".join(_planes(values, letter) for letter, values in floats.items())


def read(reader: Reader, counts: Sequence[int]) -> list[list[float]]:
    """One list for each of `counts`, of so many values; ValueError for octets that `write` didn't make."""
    codes = reader.take(len(counts))
    columns = [_read_decimals(reader, code, count) for code, count in zip(codes, counts, strict=True)]
    for letter, form in (("f", Form.F32), ("d", Form.F64)):
        mine = [at for at, code in enumerate(codes) if code & 3 == form]
        values = _rows(reader, sum(counts[at] for at in mine), letter)
        ends = [*accumulate((counts[at] for at in mine), initial=0)]
        for at, (begin, end) in zip(mine, pairwise(ends), strict=True):
            columns[at] = values[begin:end]
    return columns


def _read_decimals(reader: Reader, code: int, count: int) -> list[float]:
    """Values of decimals; none for other forms, whose values come later."""
    form, scale, width = Form(code & 3), 10 ** (code >> 2 & 7), code >> 5
    if width >= len(_WIDTHS):
        raise ValueError(f"values of code {code}")
    if form in {Form.F32, Form.F64} or not count:
        return []
    first = reader.signed()
    steps = struct.unpack(f"<{count - 1}{_WIDTHS[width]}", reader.take((count - 1) << width))
    values = [whole / scale for whole in accumulate(steps, initial=first)]
    return values if form is Form.DECIMAL else [_as_f32(value) for value in values]


def _decimals(values: Sequence[float]) -> _Decimals | None:
    """The shortest decimals that give back the values; None where there are none."""
    for form, exactly in ((Form.DECIMAL, float), (Form.DECIMAL_F32, _as_f32)):
        for places in range(MAX_PLACES + 1):
            wholes = _wholes(values, 10**places, exactly)
            if wholes is not None:
                return _Decimals(form, places, wholes)
    return None


def _wholes(values: Sequence[float], scale: int, exactly: Callable[[float], float]) -> list[int] | None:
    """Whole numbers that give back the values when divided by `scale`; None where there are none."""
    wholes = []
    for value in values:
        moved = value * scale
        if not abs(moved) < _EXACT:  # infinities and what is no number, too
            return None
        whole = round(moved)
        if exactly(whole / scale) != value:
            return None
        wholes.append(whole)
    return wholes


def _as_f32(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.nan


def _planes(values: Sequence[float], letter: str) -> bytes:
    """All first octets, then all second ones, and so on."""
    data = struct.pack(f"<{len(values)}{letter}", *values)
    return b"".join(data[place :: _SIZES[letter]] for place in range(_SIZES[letter]))


def _rows(reader: Reader, count: int, letter: str) -> list[float]:
    data = reader.take(count * _SIZES[letter])
    return list(struct.unpack(f"<{count}{letter}", b"".join(data[row::count] for row in range(count))))
