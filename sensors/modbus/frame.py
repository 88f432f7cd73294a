"""RTU frames: sealing and checking them, and finding the answer to a request in whatever a line brought.

Frames are told apart by address, function, length and CRC, never by silence: USB adapters and operating systems keep no
timing. (Modbus over Serial Line V1.02, clause 2.5.1; CRC in its appendix B.)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sensors.block import Block

MAX_FRAME = 256
"""The longest RTU frame (V1.02, clause 2.5.1)."""


def _table() -> tuple[int, ...]:
    values = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)  # noqa: PLW2901 - eight steps of one division
        values.append(value)
    return tuple(values)


_CRC = _table()


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS of `data`, low byte first as it stands on the wire."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


def sealed(body: bytes) -> bytes:
    """`body` (address, function, data) with its CRC."""
    return body + crc(body)


def is_sound(frame: bytes) -> bool:
    """True if the last two bytes are the CRC of the others."""
    return len(frame) >= 4 and crc(frame[:-2]) == frame[-2:]


def read_request(address: int, block: Block) -> bytes:
    """The request that reads `block` of the instrument at `address`."""
    body = bytes([address, block.table.read_function])
    return sealed(body + block.start.to_bytes(2) + block.count.to_bytes(2))


def command_request(address: int, body: bytes) -> bytes:
    """The request that sends `body` (function and data) to the instrument at `address`."""
    return sealed(bytes([address]) + body)


def answer_length(request: bytes) -> int:
    """Bytes of the regular answer to `request`.

    Raises ValueError for functions whose answer has no length known beforehand: those need it from the profile.
    """
    function, count = request[1], int.from_bytes(request[4:6])
    if function in {1, 2}:
        return 5 + (count + 7) // 8
    if function in {3, 4}:
        return 5 + 2 * count
    if function in {5, 6, 15, 16}:
        return 8
    raise ValueError(f"function {function:#04x}: the length of its answer must be given")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a line brought since a request.

    `answer` is the one sound answer, regular or exception, None if there is none (yet). `echo` counts bytes of our
    own request that came back; `foreign` sound frames that answer something else (another instrument, an earlier
    request); `junk` all other bytes. `ambiguous`: two different answers fit, so neither can be trusted. `swapped`: an
    answer whose CRC bytes stand in the wrong order, a fault to be named and never a value.
    """

    answer: bytes | None
    echo: int = 0
    foreign: int = 0
    junk: int = 0
    ambiguous: bool = False
    swapped: bool = False


def hear(request: bytes, heard: bytes, length: int | None = None, *, echoes: bool = False) -> Heard:
    """Find the answer to `request` in `heard`: one of the standard's shape, or of `length` bytes where that is given.

    An echo is recognised by itself, except where the answer may equal the request (functions 05, 06, 08, and commands
    whose answer is as long as they are): there `echoes` says whether the port is known to echo.
    """
    alike = request[1] in {5, 6, 8} or length == len(request)
    echo_at, echo = _echo(request, heard) if echoes or not alike else (0, 0)
    body = heard[echo_at + echo :] if echo else heard
    answers: list[bytes] = []
    foreign, explained, swapped, at = 0, 0, False, 0
    while at < len(body):
        frame = _answer_at(request, body[at:], length)
        if frame and is_sound(frame):
            answers.append(frame)
        elif other := _frame_at(body[at:]):
            foreign, frame = foreign + 1, other
        else:
            swapped = swapped or (bool(frame) and is_sound(frame[:-2] + frame[:-3:-1]))
            at += 1
            continue
        explained += len(frame)
        at += len(frame)
    ambiguous = len(set(answers)) > 1
    answer = answers[0] if answers and not ambiguous else None
    return Heard(answer, echo, foreign, len(heard) - echo - explained, ambiguous, swapped)


def _echo(request: bytes, heard: bytes) -> tuple[int, int]:
    """Where the echo of `request` begins in `heard` and how long it is; its first bytes may have been cut off."""
    whole = heard.find(request)
    if whole >= 0:
        return whole, len(request)
    for cut in range(1, len(request) - 3):
        if heard.startswith(request[cut:]):
            return 0, len(request) - cut
    return 0, 0


def _answer_at(request: bytes, body: bytes, length: int | None) -> bytes:
    """The bytes at the head of `body` that are shaped like an answer to `request`, sound or not; else none."""
    if body[0] != request[0] or len(body) < 4:
        return b""
    if body[1] == request[1] | 0x80:
        return body[:5] if len(body) >= 5 else b""
    if body[1] != request[1]:
        return b""
    expected = answer_length(request) if length is None else length
    if len(body) < expected or (length is None and request[1] in {1, 2, 3, 4} and body[2] != expected - 5):
        return b""
    return body[:expected]


def _frame_at(body: bytes) -> bytes:
    """The sound frame of any kind at the head of `body`; else none."""
    for length in _lengths(body):
        if length <= len(body) and is_sound(body[:length]):
            return body[:length]
    return b""


def _lengths(body: bytes) -> Iterator[int]:
    if len(body) < 5:
        return
    if body[1] & 0x80:
        yield 5
    elif body[1] in {1, 2, 3, 4}:
        yield 5 + body[2]
        yield 8
    elif body[1] in {5, 6, 15, 16}:
        yield 8
