"""An instrument made from its profile: it answers requests as the model does, and misbehaves when told to."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sensors.block import Block, Table
from sensors.channel import Channel
from sensors.decode import decode, encode
from sensors.modbus.frame import is_sound, sealed
from sensors.profile import Illegal, Profile

_TABLES = {table.read_function: table for table in Table}


class Mishap(StrEnum):
    """What an instrument, or the wire to it, can do wrong."""

    SILENT = "silent"
    CRC_BROKEN = "crc-broken"
    CRC_SWAPPED = "crc-swapped"
    CUT = "cut"
    JUNK_BEFORE = "junk-before"
    JUNK_AFTER = "junk-after"
    LATE = "late"
    WRONG_ADDRESS = "wrong-address"
    TWICE = "twice"
    PENDING = "pending"
    BUSY = "busy"
    FAILED = "failed"


_CODES = {Mishap.PENDING: 5, Mishap.BUSY: 6, Mishap.FAILED: 4}


class Slave:
    """One instrument on a line, without any input or output of its own.

    `values` are in each channel's unit; channels without one hold zeros. `absent` names optional channels that this
    unit has not. `documented` maps whole requests to whole answers, for frames beyond the profile's channels, and goes
    before everything else.
    """

    def __init__(
        self,
        profile: Profile,
        address: int | None = None,
        values: Mapping[str, float] | None = None,
        absent: Sequence[str] = (),
        documented: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self.profile = profile
        self._absent = frozenset(absent)
        self.address = profile.transport.address if address is None else address
        self.mishap: Mishap | None = None
        self._documented = dict(documented or {})
        self._late: bytes | None = None
        self._held: dict[tuple[Table, int], int] = {}
        for channel in profile.channels:
            if channel.name not in self._absent:
                self._place(channel.block, (0,) * channel.block.count)
        for name, value in (values or {}).items():
            self.set(name, value)

    def set(self, name: str, value: float) -> None:
        """Let the channel `name` read `value`, in the channel's unit; raises KeyError for an unknown name."""
        channel = self._channel(name)
        self._place(channel.block, encode(channel, value))

    def get(self, name: str) -> float | None:
        """What the channel `name` reads now; raises KeyError for an unknown name."""
        channel = self._channel(name)
        block = channel.block
        return decode(channel, [self._held[block.table, at] for at in range(block.start, block.end)]).value

    def answer(self, request: bytes) -> bytes | None:
        """What the instrument sends back to the bytes `request`; None for silence."""
        if not is_sound(request) or request[0] != self.address:
            return None
        regular = self._regular(request)
        return regular if self.mishap is None else self._spoilt(request, regular, self.mishap)

    def _channel(self, name: str) -> Channel:
        channel = self.profile.channel(name)
        if channel is None or name in self._absent:
            raise KeyError(f"this {self.profile.id} has no channel {name!r}")
        return channel

    def _regular(self, request: bytes) -> bytes | None:
        if request in self._documented:
            return self._documented[request]
        table = _TABLES.get(request[1])
        if table is None or len(request) != 8:
            return self._refusal(request, 1)
        block = Block(table, int.from_bytes(request[2:4]), int.from_bytes(request[4:6]))
        if not self._may_read(block):
            return self._refusal(request, 2)
        contents = [self._held.get((table, at), 0) for at in range(block.start, block.end)]
        data = _bits(contents) if table.of_bits else b"".join(word.to_bytes(2) for word in contents)
        return sealed(bytes([*request[:2], len(data)]) + data)

    def _may_read(self, block: Block) -> bool:
        bounds = self.profile.reads
        if not 1 <= block.count <= bounds.max_registers:
            return False
        if block.start % bounds.align or block.count % bounds.align:
            return False
        held = [(block.table, at) in self._held for at in range(block.start, block.end)]
        return any(held) and (bounds.may_cross_hole or all(held))

    def _refusal(self, request: bytes, code: int) -> bytes | None:
        if self.profile.reads.illegal is Illegal.SILENCE:
            return None
        return _exception(request, code)

    def _place(self, block: Block, contents: Sequence[int]) -> None:
        for at, content in zip(range(block.start, block.end), contents, strict=True):
            self._held[block.table, at] = content

    def _spoilt(self, request: bytes, regular: bytes | None, mishap: Mishap) -> bytes | None:
        if mishap in _CODES:
            return _exception(request, _CODES[mishap])
        if mishap is Mishap.LATE:
            late, self._late = self._late, regular
            return late
        return None if regular is None else _damaged(regular, mishap)


def _damaged(frame: bytes, mishap: Mishap) -> bytes | None:
    body, check = frame[:-2], frame[-2:]
    damaged = {
        Mishap.CRC_BROKEN: body + bytes([check[0] ^ 0x01, check[1]]),
        Mishap.CRC_SWAPPED: body + check[::-1],
        Mishap.CUT: frame[:-1],
        Mishap.JUNK_BEFORE: b"\xff\x00" + frame,
        Mishap.JUNK_AFTER: frame + b"\x00",
        Mishap.WRONG_ADDRESS: sealed(bytes([frame[0] % 247 + 1]) + body[1:]),
        Mishap.TWICE: frame + frame,
    }
    return damaged.get(mishap)


def _exception(request: bytes, code: int) -> bytes:
    return sealed(bytes([request[0], request[1] | 0x80, code]))


def _bits(contents: Sequence[int]) -> bytes:
    """Eight to a byte, the first in the lowest bit (Modbus V1.1b3, clause 6.1)."""
    number = sum(bit << at for at, bit in enumerate(contents))
    return number.to_bytes((len(contents) + 7) // 8, "little")
