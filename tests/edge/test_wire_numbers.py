"""Values as octets: the very same numbers come back, and decimals take little room."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire import numbers
from edge.wire.octets import Reader, many, signed, text, unsigned

FINITE = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.builds(lambda whole, places: whole / 10**places, st.integers(-(2**40), 2**40), st.integers(0, 7))
COLUMNS = st.lists(st.lists(FINITE | st.floats(width=32, allow_nan=False) | DECIMALS, max_size=8), max_size=6)


def there_and_back(columns: list[list[float]]) -> list[list[float]]:
    reader = Reader(numbers.write(columns))
    found = numbers.read(reader, [len(values) for values in columns])
    reader.finish()
    return found


@given(COLUMNS)
def test_the_very_same_numbers_come_back(columns: list[list[float]]) -> None:
    assert there_and_back(columns) == columns


def f32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


@pytest.mark.parametrize(
    ("values", "octets"),
    [
        ([], 1),
        ([7.42], 3),
        ([f32(7.42)], 3),
        ([7.42, 7.43, 7.41], 5),
        ([742.0, 7.42], 8),
        ([1e300], 9),
        ([f32(1 / 3)], 5),
        ([1 / 3], 9),
        ([float("inf")], 5),
        ([0.0] * 100, 101),
    ],
)
def test_short_decimals_take_little_room(values: list[float], octets: int) -> None:
    assert len(numbers.write([values])) == octets
    assert there_and_back([values]) == [values]


@given(st.binary(max_size=60), st.lists(st.integers(0, 20), max_size=4))
def test_no_octets_raise_anything_but_value_error(data: bytes, counts: list[int]) -> None:
    try:
        found = numbers.read(Reader(data), counts)
    except ValueError:
        return
    assert [len(values) for values in found] == counts


@given(st.integers(0, 2**63 - 1), st.integers(-(2**62), 2**62), st.text(max_size=20))
def test_octets_come_back_as_they_went(whole: int, either: int, words: str) -> None:
    reader = Reader(unsigned(whole) + signed(either) + text(words) + many((1, whole)))
    assert (reader.unsigned(), reader.signed(), reader.text()) == (whole, either, words)
    assert (reader.unsigned(), reader.unsigned()) == (1, whole)
    reader.finish()


def test_a_reader_says_what_is_missing_and_what_is_left() -> None:
    with pytest.raises(ValueError, match="1 octets, expected at least 2"):
        Reader(b"\x80").unsigned()
    with pytest.raises(ValueError, match="2 octets too many"):
        Reader(b"ab").finish()
    with pytest.raises(ValueError, match="more than ten"):
        Reader(b"\xff" * 20).unsigned()
