"""An instrument made from its profile: it answers requests as the model does, and misbehaves when told to."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sensors.block import Block, Table
from sensors.channel import Channel, Verdict
from sensors.decode import decode, encode, encode_text, number, numbers
from sensors.modbus.frame import is_sound, sealed
from sensors.modbus.probe import Probe
from sensors.place import Kind, Place
from sensors.profile import Illegal, Profile
from sensors.service import Identity, SetAddress, SetBaud, Setting, Write

_TABLES = {table.read_function: table for table in Table}
_WRITES = {
    5: (Table.COIL, Write.SINGLE),
    6: (Table.HOLDING, Write.SINGLE),
    15: (Table.COIL, Write.MULTIPLE),
    16: (Table.HOLDING, Write.MULTIPLE),
}


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

    `values` are in each channel's or setting's unit; channels without one hold zeros. `absent` names optional channels
    that this unit has not. `documented` maps whole requests to whole answers, for frames beyond the profile, and goes
    before everything else. Settings may be written as the profile says; a new address or baud rate holds from the next
    request on, or after `restart` where the model needs one. `baudrate` is for a line to heed; None hears any.
    Calibrations work: see `meet`. `commanded` lists the commands that it obeyed.
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
        self.baudrate: int | None = None
        self.mishap: Mishap | None = None
        self.commanded: list[str] = []
        self._commands = {command.body: command for command in profile.commands}
        self._documented = dict(documented or {})
        self._late: bytes | None = None
        self._probe = Probe(profile)
        self._held: dict[tuple[Table, int], int] = {}
        channels = [channel for channel in profile.channels if channel.name not in self._absent]
        self._channels = {(channel.block.table, at) for channel in channels for at in _addresses(channel)}
        apart: tuple[Place, ...] = (*profile.settings, *profile.identity)
        self._apart = {(place.block.table, at) for place in apart for at in _addresses(place)}
        for place in (*channels, *apart):
            self._place(place.block, (0,) * place.block.count)
        self._introduce()
        for name, value in (values or {}).items():
            self.set(name, value)

    def set(self, name: str, value: float) -> None:
        """Let the channel or setting `name` read `value`, in its unit; raises KeyError for an unknown name."""
        place = self._find(name)
        contents = encode(place, value, self._contents(place))
        self._place(Block(place.table, place.block.start, len(contents)), contents)

    def meet(self, name: str, value: float) -> None:
        """Put the probe of the channel `name` into something that a unit shows as `value` whose calibration changes
        nothing; from now on the channel reads that through the calibration that was written."""
        self._find(name)
        self._probe.meet(name, value)
        self._look()

    def get(self, name: str) -> float | None:
        """What the channel or setting `name` reads now; raises KeyError for an unknown name."""
        place = self._find(name)
        contents = self._contents(place)[: place.type.width]
        return decode(place, contents).value if isinstance(place, Channel) else number(place, contents)

    def restart(self) -> None:
        """Take the power away and give it back."""
        for change in (self.profile.set_address, self.profile.set_baud):
            if change and change.restart:
                self._move(change)

    def answer(self, request: bytes) -> bytes | None:
        """What the instrument sends back to the bytes `request`; None for silence."""
        anybody = self.profile.set_address and self.profile.set_address.ask_at
        if not is_sound(request) or request[0] not in {self.address, anybody}:
            return None
        regular = self._regular(request)
        return regular if self.mishap is None else self._spoilt(request, regular, self.mishap)

    def _find(self, name: str) -> Channel | Setting:
        found = self.profile.channel(name) or self.profile.setting(name)
        if found is None or name in self._absent:
            raise KeyError(f"this {self.profile.id} has no channel {name!r}")
        return found

    def _contents(self, place: Place) -> list[int]:
        return [self._held[place.block.table, at] for at in _addresses(place)]

    def _introduce(self) -> None:
        """Hold what the model is recognised by, its own address, in each status that nothing is amiss, and coefficients
        that change nothing."""
        for channel in self.profile.channels:
            good = [one.value for one in channel.meanings if one.value is not None and one.verdict is Verdict.GOOD]
            if channel.name not in self._absent and good and channel.verdict(0) is not Verdict.GOOD:
                self.set(channel.name, good[0])
        for mark in self.profile.identity:
            self._place(mark.block, _mark(mark, self._contents(mark)))
        for work in self.profile.calibrations:
            if work.kind == "linear":
                self.set(work.settings[0], 1.0)
        change = self.profile.set_address
        setting = change and self.profile.setting(change.setting)
        if setting and setting.readable and setting.range[0] <= self.address <= setting.range[1]:
            self.set(setting.name, self.address)

    def _regular(self, request: bytes) -> bytes | None:
        if request in self._documented:
            return self._documented[request]
        if command := self._commands.get(request[1:-2]):
            self.commanded.append(command.name)
            self._confirm(command.name)
            return _obeyed(request, command.reply)
        if request[1] in _WRITES:
            return self._written(request)
        table = _TABLES.get(request[1])
        if table is None or len(request) != 8:
            return self._refusal(request, 1)
        block = Block(table, int.from_bytes(request[2:4]), int.from_bytes(request[4:6]))
        if not self._may_read(block):
            return self._refusal(request, 2)
        contents = [self._held.get((table, at), 0) for at in range(block.start, block.end)]
        data = _bits(contents) if table.of_bits else b"".join(word.to_bytes(2) for word in contents)
        return sealed(bytes([*request[:2], len(data)]) + data)

    def _confirm(self, command: str) -> None:
        """A calibration that a command does is over at once: its outcome differs from what was there before."""
        for work in self.profile.calibrations:
            if work.command == command and (result := self.profile.setting(work.result)):
                self._place(result.block, [1] * result.block.count)

    def _may_read(self, block: Block) -> bool:
        bounds = self.profile.reads
        if block.count and all((block.table, at) in self._apart for at in range(block.start, block.end)):
            return True
        if not 1 <= block.count <= bounds.max_registers:
            return False
        if block.start % bounds.align or block.count % bounds.align:
            return False
        held = [(block.table, at) in self._channels for at in range(block.start, block.end)]
        return any(held) and (bounds.may_cross_hole or all(held))

    def _written(self, request: bytes) -> bytes | None:
        """The answer to a write, which is done only where it fits a setting of the profile."""
        table, how = _WRITES[request[1]]
        contents = _offered(request)
        start = int.from_bytes(request[2:4])
        block = Block(table, start, len(contents))
        setting = next((one for one in self.profile.settings if (one.block, one.write) == (block, how)), None)
        if setting is None or not contents:
            return self._refusal(request, 2)
        if not all(setting.range[0] <= value <= setting.range[1] for value in numbers(setting, contents)):
            return self._refusal(request, 3)
        self._place(block, contents)
        self._probe.taught(setting, numbers(setting, contents)[0])
        self._look()
        for change in (self.profile.set_address, self.profile.set_baud):
            if change and change.setting == setting.name and not change.restart:
                self._move(change)
        return sealed(request[:6])

    def _look(self) -> None:
        """Let the channels show what their probes meet."""
        for name, value in self._probe.shown(lambda one: numbers(one, self._contents(one))).items():
            self.set(name, value)

    def _move(self, change: SetAddress | SetBaud) -> None:
        """Answer from now on at the address, or the rate, that was set."""
        held = round(self.get(change.setting) or 0)
        if isinstance(change, SetAddress):
            self.address = held or self.address
        else:
            self.baudrate = next((rate.baudrate for rate in change.rates if rate.value == held), self.baudrate)

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


def _addresses(place: Place) -> range:
    return range(place.block.start, place.block.end)


def _mark(mark: Identity, held: Sequence[int]) -> Sequence[int]:
    """Registers by which the model is recognised."""
    if mark.type is Kind.TEXT:
        return encode_text(mark, f"{mark.contains}0001")
    plain = mark.model_copy(update={"scale": 1.0, "offset": 0.0})
    return encode(plain, mark.equals[0] if mark.equals else 1, held)


def _obeyed(request: bytes, length: int) -> bytes:
    """The answer to a command: to a write the head of the request, to anything else zeros up to the length."""
    head = request[:6] if request[1] in _WRITES else request[:2]
    return sealed(head[: length - 2].ljust(length - 2, b"\0"))


def _offered(request: bytes) -> list[int]:
    """The contents that a write request carries; none where it is out of shape."""
    function, data = request[1], request[7:-2]
    if function in {5, 6}:
        word = int.from_bytes(request[4:6])
        fits = len(request) == 8 and (function == 6 or word in {0, 0xFF00})
        return [word if function == 6 else int(word == 0xFF00)] if fits else []
    count = int.from_bytes(request[4:6])
    if len(request) < 9 or request[6] != len(data):
        return []
    if function == 15:
        return (
            [int.from_bytes(data, "little") >> at & 1 for at in range(count)] if len(data) == (count + 7) // 8 else []
        )
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)] if len(data) == 2 * count else []


def _bits(contents: Sequence[int]) -> bytes:
    """Eight to a byte, the first in the lowest bit (Modbus V1.1b3, clause 6.1)."""
    number = sum(bit << at for at, bit in enumerate(contents))
    return number.to_bytes((len(contents) + 7) // 8, "little")
