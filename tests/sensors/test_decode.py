"""Registers become the number that the manual means, and back; what is no value never becomes one."""

import math
import struct

import pytest
from bus_kit import channel, profile
from hypothesis import given
from hypothesis import strategies as st

from sensors.channel import Channel
from sensors.decode import decode, encode
from sensors.place import Kind, Order
from sensors.reading import GOOD, Flag, Quality, Reason

MISSING_SENTINEL = Quality(Flag.MISSING, (Reason.SENTINEL,))
NOT_FINITE = Quality(Flag.MISSING, (Reason.NOT_FINITE,))


def one(kind: Kind, **more: object) -> Channel:
    return channel(kind=kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "order", "registers", "value"),
    [
        (Kind.U16, None, [0xFFFF], 65535),
        (Kind.U16, Order.DCBA, [0x1E00], 30),  # Y4000 manual 1.6, brush interval
        (Kind.S16, None, [0xFF9B], -101),
        (Kind.U32, Order.ABCD, [0x0001, 0x0002], 65538),
        (Kind.U32, Order.CDAB, [0x0002, 0x0001], 65538),
        (Kind.S32, Order.ABCD, [0xFFFF, 0xFFFE], -2),
        (Kind.F32, Order.ABCD, [0xC2F6, 0xE666], -123.45),  # Vaisala's test registers, in the four orders
        (Kind.F32, Order.CDAB, [0xE666, 0xC2F6], -123.45),
        (Kind.F32, Order.BADC, [0xF6C2, 0x66E6], -123.45),
        (Kind.F32, Order.DCBA, [0x66E6, 0xF6C2], -123.45),
        (Kind.U64, Order.ABCD, [0, 0, 1, 0], 65536),
        (Kind.U64, Order.CDAB, [0, 1, 0, 0], 65536),
        (Kind.S64, Order.DCBA, [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF], -2),
        (Kind.F64, Order.ABCD, [0x3FE0, 0, 0, 0], 0.5),
    ],
)
def test_types_and_orders(kind: Kind, order: Order | None, registers: list[int], value: float) -> None:
    described = one(kind, order=order)
    assert decode(described, registers).value == value
    assert encode(described, value) == tuple(registers)


@pytest.mark.parametrize(
    ("raw", "scale", "offset", "shown"),
    [
        (658, 0.1, 0, "65.8"),
        (0xFF9B, 0.1, 0, "-10.1"),
        (3, 0.1, 0, "0.3"),
        (2731, 0.1, -273.15, "-0.05"),
        (5, 100, 0, "500.0"),
        (1, 1e-5, 0, "1e-05"),
        (7, -0.01, 1.0, "0.93"),
    ],
)
def test_scaled_values_print_cleanly(raw: int, scale: float, offset: float, shown: str) -> None:
    assert repr(decode(one(Kind.S16, scale=scale, offset=offset), [raw]).value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(65.8, "65.8"), (7.6, "7.6"), (1e-7, "1e-07"), (16777217.0, "16777216.0")]
)
def test_a_float_reads_as_the_shortest_number_that_it_can_be(value: float, shown: str) -> None:
    registers = struct.unpack(">2H", struct.pack(">f", value))
    assert repr(decode(one(Kind.F32), registers).value) == shown


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_no_float_is_changed_by_being_shown_shortly(value: float) -> None:
    decoded = decode(one(Kind.F32), struct.unpack(">2H", struct.pack(">f", value))).value
    assert decoded is not None
    assert struct.pack(">f", decoded + 0.0) == struct.pack(">f", value + 0.0)


@given(
    st.sampled_from(list(Order)),
    st.sampled_from([Kind.U16, Kind.S16, Kind.U32, Kind.S32, Kind.F32, Kind.S64]),
    st.data(),
)
def test_what_was_encoded_decodes_to_the_same(order: Order, kind: Kind, data: st.DataObject) -> None:
    described = one(kind, order=order, scale=data.draw(st.sampled_from([1.0, 0.1, 100.0, -0.25])))
    registers = tuple(data.draw(st.lists(st.integers(0, 0xFFFF), min_size=kind.width, max_size=kind.width)))
    decoded = decode(described, registers)
    if decoded.value is not None and abs(decoded.value) < 2**50:
        again = decode(described, encode(described, decoded.value))
        assert again.value == pytest.approx(decoded.value, rel=1e-6, abs=1e-44)


@pytest.mark.parametrize(
    "bits",
    [0x7FC00000, 0xFFC00000, 0x7FA00000, 0x7F800000, 0xFF800000],
    ids=["nan", "-nan", "signalling", "inf", "-inf"],
)
@pytest.mark.parametrize("order", list(Order))
def test_what_is_not_a_number_is_missing(bits: int, order: Order) -> None:
    described = one(Kind.F32, order=order)
    wire = decode_order(bits.to_bytes(4), order)
    assert decode(described, wire) == decode(described, wire)
    assert decode(described, wire).value is None
    assert decode(described, wire).quality == NOT_FINITE


def decode_order(data: bytes, order: Order) -> tuple[int, ...]:
    """Most significant byte first -> the wire, by the letters of the order's name."""
    return struct.unpack(">2H", bytes(data["ABCD".index(letter)] for letter in order.value))


def test_a_sentinel_is_compared_with_the_raw_bits_before_scaling() -> None:
    described = one(Kind.S16, scale=0.1, sentinels=(0x7FFF, 0x8000))
    assert decode(described, [0x7FFF]).quality == MISSING_SENTINEL
    assert decode(described, [0x8000]).value is None
    assert decode(described, [0x7FFE]).value == 3276.6


def test_a_sentinel_stands_in_the_profile_as_the_manual_prints_it() -> None:
    described = one(Kind.F32, order=Order.DCBA, sentinels=(0x7FFFFFFF,))
    assert decode(described, [0xFFFF, 0xFF7F]).quality == MISSING_SENTINEL


def test_a_doubtful_pattern_keeps_its_value_and_is_suspect() -> None:
    described = one(Kind.F32, doubtful=(0,))
    decoded = decode(described, [0, 0])
    assert decoded.value == 0.0
    assert decoded.quality == Quality(Flag.SUSPECT, (Reason.SENTINEL,))
    assert decode(described, [0, 1]).quality == GOOD


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (-1, Flag.BAD),
        (0, Flag.SUSPECT),
        (10, Flag.GOOD),
        (20, Flag.GOOD),
        (21, Flag.SUSPECT),
        (99, Flag.SUSPECT),
        (100, Flag.BAD),
    ],
)
def test_outside_of_its_span_a_value_is_kept_and_marked(value: int, flag: Flag) -> None:
    described = one(Kind.S16, range=(0, 99), usual=(10, 20))
    decoded = decode(described, encode(described, value))
    assert (decoded.value, decoded.quality.flag) == (value, flag)
    assert decoded.quality.reasons == (() if flag is Flag.GOOD else (Reason.RANGE,))


def test_the_s8_s_documented_reading_above_its_usual_span_is_suspect() -> None:
    (co2,) = profile("senseair-s8").routine
    assert decode(co2, [8899]).quality == Quality(Flag.SUSPECT, (Reason.RANGE,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.U16, -1),
        (Kind.U16, 65536),
        (Kind.S16, 32768),
        (Kind.F32, 1e39),
        (Kind.S32, math.inf),
        (Kind.S16, math.nan),
    ],
)
def test_what_does_not_fit_is_refused_by_name(kind: Kind, value: float) -> None:
    with pytest.raises(OverflowError, match="level"):
        encode(one(kind), value)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_float_can_be_made_not_finite_for_the_simulator(value: float) -> None:
    assert decode(one(Kind.F32), encode(one(Kind.F32), value)).quality == NOT_FINITE
