"""The answer is found in whatever a line brings, and nothing else is ever taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.modbus.frame import Heard, answer_length, command_request, crc, hear, is_sound, read_request, sealed

REQUEST = bytes.fromhex("01 03 26 00 00 04 4F 41")  # Y504 manual 6.2
ANSWER = bytes.fromhex("01 03 08 00 00 8D 41 00 00 8D 41 12 65")
BUSY = sealed(bytes([1, 0x83, 6]))


def heard(data: bytes, request: bytes = REQUEST, *, echoes: bool = False) -> Heard:
    return hear(request, data, echoes=echoes)


def test_the_crc_is_the_standard_s() -> None:
    assert crc(b"123456789") == (0x4B37).to_bytes(2, "little")
    assert crc(b"") == b"\xff\xff"


@given(st.binary(max_size=64))
def test_the_crc_equals_long_division(data: bytes) -> None:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    assert crc(data) == value.to_bytes(2, "little")
    assert len(data) < 2 or is_sound(sealed(data))


@pytest.mark.parametrize("frame", [b"", b"\xff\xff", b"\x01\x02\x03", ANSWER[:-1], ANSWER[:-2] + ANSWER[:-3:-1]])
def test_what_is_not_sound(frame: bytes) -> None:
    assert not is_sound(frame)


@pytest.mark.parametrize(
    ("table", "function", "length"),
    [(Table.COIL, 1, 7), (Table.DISCRETE, 2, 7), (Table.HOLDING, 3, 25), (Table.INPUT, 4, 25)],
)
def test_requests_and_the_length_of_their_answers(table: Table, function: int, length: int) -> None:
    request = read_request(17, Block(table, 0x0102, 10))
    assert request[:6] == bytes([17, function, 1, 2, 0, 10])
    assert is_sound(request)
    assert answer_length(request) == length


def test_writes_are_acknowledged_in_eight_bytes_and_others_must_say() -> None:
    assert answer_length(bytes.fromhex("01 10 30 00 00 01 02 14 00 99 53")) == 8
    with pytest.raises(ValueError, match="0x42"):
        answer_length(sealed(b"\x01\x42"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ANSWER, Heard(ANSWER)),
        (REQUEST + ANSWER, Heard(ANSWER, echo=8)),
        (REQUEST[1:] + ANSWER, Heard(ANSWER, echo=7)),
        (REQUEST, Heard(None, echo=8)),
        (REQUEST[2:], Heard(None, echo=6)),
        (b"\xff\x00" + ANSWER, Heard(ANSWER, junk=2)),
        (ANSWER + b"\x00", Heard(ANSWER, junk=1)),
        (b"\x1d" + REQUEST + b"\x00" + ANSWER, Heard(ANSWER, echo=8, junk=2)),
        (ANSWER[:-1], Heard(None, junk=12)),
        (b"", Heard(None)),
        (BUSY, Heard(BUSY)),
        (b"\x01\x83" + BUSY, Heard(BUSY, junk=2)),
        (ANSWER + ANSWER, Heard(ANSWER)),
        (ANSWER + BUSY, Heard(None, ambiguous=True)),
        (ANSWER[:-2] + ANSWER[:-3:-1], Heard(None, junk=13, swapped=True)),
    ],
    ids=["clean", "echo", "echo without its first byte", "echo only", "end of an echo only", "junk before",
         "junk after", "everything at once", "cut", "nothing", "exception", "junk like an exception", "the same twice",
         "two different", "swapped CRC"],
)  # fmt: skip
def test_what_lines_bring(data: bytes, expected: Heard) -> None:
    assert heard(data) == expected


@pytest.mark.parametrize(
    "other",
    [
        sealed(bytes([2]) + ANSWER[1:-2]),  # another address
        sealed(bytes([1, 4]) + ANSWER[2:-2]),  # another function
        sealed(bytes.fromhex("01 03 04 00 00 8D 41")),  # another count: a late answer to an earlier request
        sealed(bytes([7, 0x83, 2])),  # another's exception
        read_request(9, Block(Table.HOLDING, 0, 4)),  # another master's request
    ],
    ids=["address", "function", "count", "exception", "request"],
)
def test_a_sound_frame_that_answers_something_else_is_stepped_over(other: bytes) -> None:
    assert heard(other) == Heard(None, foreign=1)
    assert heard(other + ANSWER) == Heard(ANSWER, foreign=1)
    assert heard(REQUEST + other + ANSWER + other) == Heard(ANSWER, echo=8, foreign=2)


def test_what_came_before_the_echo_is_late_and_not_the_answer() -> None:
    assert heard(ANSWER + REQUEST).answer is None
    late = sealed(ANSWER[:3] + bytes(8))
    assert heard(late + REQUEST + ANSWER) == Heard(ANSWER, echo=8, junk=13)


def test_an_acknowledgement_that_equals_its_request_is_an_answer_unless_the_port_echoes() -> None:
    write = bytes.fromhex("FE 06 00 01 7C 06 6C C7")  # S8, background calibration (TDE2067)
    assert heard(write, write) == Heard(write)
    assert heard(write, write, echoes=True) == Heard(None, echo=8)
    assert heard(write + write, write, echoes=True) == Heard(write, echo=8)


def test_an_answer_outside_the_standard_is_found_by_the_length_that_is_given() -> None:
    start = bytes.fromhex("01 03 25 00 00 01 8F 06")  # Y504 manual 6.2: answered by byte count 0 and two more bytes
    answer = sealed(bytes.fromhex("01 03 00 12 34"))
    assert hear(start, answer, 7).answer == answer
    assert heard(answer, start).answer is None


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_an_answer_survives_any_junk_around_it(before: bytes, after: bytes) -> None:
    found = heard(before + ANSWER + after)
    assert found.answer == ANSWER or found.ambiguous or is_hidden(before)
    assert found.answer is None or found.echo + found.junk + 5 * found.foreign <= len(before + after)


def is_hidden(before: bytes) -> bool:
    """Junk that happens to carry a valid CRC with the answer's first bytes; 2 in 100,000 at most."""
    data = before + ANSWER
    return any(is_sound(data[i : i + n]) for i in range(len(before)) for n in range(5, len(data) - i))


@given(st.integers(0, 8 * len(ANSWER) - 1), st.integers(0, 8 * len(ANSWER) - 1))
def test_one_or_two_wrong_bits_are_never_a_value(first: int, second: int) -> None:
    bits = int.from_bytes(ANSWER) ^ (1 << first) ^ (1 << second if second != first else 0)
    assert heard(bits.to_bytes(len(ANSWER))).answer is None


@given(st.binary(max_size=300))
def test_every_byte_is_accounted_for_and_only_sound_answers_are_given(data: bytes) -> None:
    found = heard(data)
    assert 0 <= found.echo + found.junk <= len(data)
    if found.answer is not None:
        assert is_sound(found.answer)
        assert found.answer in data
        assert found.answer[0] == REQUEST[0]
        assert found.answer[1] & 0x7F == REQUEST[1]


def test_an_answer_of_four_bytes_that_equals_its_command() -> None:
    command = command_request(1, b"\x42")
    assert command == sealed(b"\x01\x42")
    assert hear(command, command, 4) == Heard(command)
    assert hear(command, command + command, 4, echoes=True) == Heard(command, echo=4)
    refused = sealed(b"\x01\xc2\x01")
    assert hear(command, refused, 4) == Heard(refused)
    assert hear(command, refused[:4], 4).answer is None
