"""A value may be part of a register, signed in its own way, or text; what does not agree is told all at once."""

import pytest
from bus_kit import channel
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.channel import Channel, Meaning, Verdict
from sensors.decode import decode, encode, encode_text, number, numbers, raw_bits, text
from sensors.fault import Fault
from sensors.place import Half, Kind, Order, Place
from sensors.reading import Flag, Reason
from sensors.strict import check


def words(kind: Kind = Kind.TEXT, registers: int | None = 4, **more: object) -> Place:
    values = {"table": Table.HOLDING, "register": 0, "type": kind, "registers": registers}
    return Place.model_validate(values | more)


@pytest.mark.parametrize(
    ("half", "order", "value"),
    [
        (Half.HIGH, None, 0x12),
        (Half.LOW, None, 0x34),
        (Half.HIGH, Order.DCBA, 0x34),
        (Half.LOW, Order.BADC, 0x12),
    ],
)
def test_one_byte_of_a_register(half: Half, order: Order | None, value: int) -> None:
    part = channel(kind=Kind.U8, half=half, order=order)
    assert decode(part, [0x1234]).value == value
    assert part.is_part


def test_a_signed_byte() -> None:
    part = channel(kind=Kind.S8, half=Half.LOW, scale=0.5)
    assert decode(part, [0x12FE]).value == -1.0
    assert encode(part, -1.0, [0x1200]) == (0x12FE,)


@pytest.mark.parametrize(
    ("mask", "register", "value"), [(0x00F0, 0x0014, 1), (0x000F, 0x0014, 4), (0x8000, 0x8000, 1), (0x8000, 0x7FFF, 0)]
)
def test_a_bit_field_is_shifted_down(mask: int, register: int, value: int) -> None:
    assert decode(channel(mask=mask), [register]).value == value


def test_a_bit_field_of_two_registers_and_of_a_byte() -> None:
    assert decode(channel(kind=Kind.U32, order=Order.CDAB, mask=0x00FF0000), [0x5678, 0x1234]).value == 0x34
    assert decode(channel(kind=Kind.U8, half=Half.HIGH, mask=0x70), [0x5A00]).value == 5


@given(st.integers(0, 0xFFFF), st.integers(0, 15), st.sampled_from([None, Order.DCBA]))
def test_setting_a_field_leaves_the_bits_around_it(register: int, value: int, order: Order | None) -> None:
    field = channel(mask=0x0F00, order=order)
    (changed,) = encode(field, value, [register])
    assert decode(field, [changed]).value == value
    untouched = 0xF0FF if order is None else 0xFFF0
    assert changed & untouched == register & untouched


def test_a_field_too_narrow_for_its_value_is_refused() -> None:
    with pytest.raises(OverflowError, match="level"):
        encode(channel(mask=0x0F00), 16)


@pytest.mark.parametrize(
    ("raw", "value"), [(0, 0.0), (123, 12.3), (9999, 999.9), (10000, 0.0), (10001, -0.1), (10123, -12.3)]
)
def test_sign_and_magnitude_by_ten_thousand(raw: int, value: float) -> None:
    kincony = channel(negative_from=10000, scale=0.1)
    assert decode(kincony, [raw]).value == value
    if value:
        assert encode(kincony, value) == (raw,)


def test_sign_and_magnitude_by_the_top_bit() -> None:
    level = channel(negative_from=0x8000)
    assert [decode(level, [raw]).value for raw in (5, 0x8005)] == [5, -5]
    assert encode(level, -5) == (0x8005,)


def test_sentinels_of_a_field_are_those_of_the_field() -> None:
    decoded = decode(channel(mask=0x00F0, sentinels=(0xF,)), [0x12F4])
    assert (decoded.quality.flag, decoded.quality.reasons) == (Flag.MISSING, (Reason.SENTINEL,))


def test_text_loses_fillers_and_blanks() -> None:
    registers = [0x0059, 0x4C34, 0x3331, 0x3020]
    assert text(words(), registers) == "YL4310"
    assert text(words(order=Order.BADC), [0x4C59, 0x3334]) == "YL43"


def test_text_may_begin_in_the_middle_of_a_register() -> None:
    """Yosemitech's serial numbers do: what stands in the byte before them is reserved, and in the field 0x29."""
    place = words(half=Half.LOW)
    assert text(place, [0x2959, 0x4C32, 0x3900]) == "YL29"
    assert encode_text(place, "YL29")[:3] == (0x0059, 0x4C32, 0x3900)


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=8), st.sampled_from(Order))
def test_text_comes_back(characters: str, order: Order) -> None:
    place = words(order=order)
    assert text(place, encode_text(place, characters)) == characters


def test_several_numbers_one_behind_the_other() -> None:
    place = Place(table=Table.HOLDING, register=0, type=Kind.F32, order=Order.DCBA)
    found = numbers(place, [0x0000, 0x803F, 0x0000, 0x0000, 0xFFFF, 0xFFFF])
    assert found[:2] == (1.0, 0.0)
    assert found[2] != found[2], "not a number stays one"
    assert number(place, [0xFFFF, 0xFFFF]) is None


def test_raw_bits_are_before_any_scale() -> None:
    assert raw_bits(channel(kind=Kind.S16, scale=0.1), [0xFF9B]) == 0xFF9B


def test_width_and_block() -> None:
    assert words(registers=7).block == Block(Table.HOLDING, 0, 7)
    assert [kind.width for kind in (Kind.BIT, Kind.U8, Kind.U16, Kind.F32, Kind.F64, Kind.TEXT)] == [1, 1, 1, 2, 4, 1]


SOUND = {
    "name": "level", "quantity": {"zh": "水位", "en": "level"}, "unit": "m",
    "table": "holding", "register": 0, "type": "u16",
}  # fmt: skip


def faults(**changes: object) -> dict[str, Fault]:
    found = check(Channel, SOUND | changes, "x.toml")
    assert isinstance(found, tuple), found
    return {fault.key: fault for fault in found}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"half": "high"}, "half"),
        ({"type": "u8"}, "half"),
        ({"type": "text"}, "type"),
        ({"registers": 3}, "registers"),
        ({"type": "s16", "mask": 1}, "mask"),
        ({"mask": 0x10000}, "mask"),
        ({"type": "s16", "negative_from": 5}, "negative_from"),
        ({"type": "f32", "order": "ABCD", "meanings": [{"value": 1, "zh": "一", "en": "one"}]}, "meanings"),
        ({"judges": ["a"]}, "meanings"),
        ({"meanings": [{"zh": "一", "en": "one"}]}, "meanings[0]"),
        ({"meanings": [{"value": 1, "bits": 1, "zh": "一", "en": "one"}]}, "meanings[0]"),
        ({"scale": 0}, "scale"),
    ],
)
def test_what_does_not_agree_is_found_at_its_key(changes: dict[str, object], key: str) -> None:
    fault = faults(**changes)[key]
    assert fault.zh != fault.en
    assert fault.where == "x.toml"


def test_all_that_does_not_agree_is_told_at_once() -> None:
    found = faults(type="f32", scale=0, range=[5, 1], half="low", register=0xFFFF)
    assert set(found) == {"order", "scale", "range", "half", "register"}
    assert found["scale"].line("en") == "x.toml: scale: found 0; scale must not be 0"


def test_meanings_say_what_a_value_means_and_the_worst_verdict_counts() -> None:
    status = channel(
        meanings=(
            Meaning(bits=1, zh="热", en="hot", verdict=Verdict.SUSPECT),
            Meaning(bits=6, zh="湿", en="wet", verdict=Verdict.BAD),
        )
    )
    assert [status.verdict(raw) for raw in (0, 1, 2, 4, 7, 8)] == [
        Verdict.GOOD, Verdict.SUSPECT, Verdict.BAD, Verdict.BAD, Verdict.BAD, Verdict.GOOD,
    ]  # fmt: skip
    assert [label.en for label in status.words(5)] == ["hot", "wet"]


def test_a_value_without_a_meaning_is_otherwise() -> None:
    status = channel(meanings=(Meaning(value=0, zh="好", en="good"),), otherwise=Verdict.MISSING)
    assert status.verdict(0) is Verdict.GOOD
    assert status.verdict(9) is Verdict.MISSING
