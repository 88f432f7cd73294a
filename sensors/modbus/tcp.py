"""Modbus TCP: what `Master` does on a serial line, over a network; the only door to pymodbus, which is the codec.

Requests and answers are built and taken apart by pymodbus; the connection is ours (`Stream`), because its client
swallows why a connection failed, times out by the wall clock, and drops the first half of an answer that comes late.
It brings asyncio and costs `sense` 3 MB, so only a site with such a bus loads it (`edge.reach`).
(Modbus Messaging on TCP/IP Implementation Guide V1.0b, clauses 3.1 and 4.2; one transaction at a time.)
"""

from collections.abc import Iterator, Sequence

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from sensors.block import Block, Table
from sensors.clock import Clock
from sensors.modbus.asks import Answer
from sensors.modbus.frame import answer_length, sealed
from sensors.modbus.line import Patience, Tally, Trouble, refusal
from sensors.modbus.port import PortLost
from sensors.modbus.stream import Stream
from sensors.reading import Reason

_LONGEST = 260
"""Bytes of the longest frame: 7 of header, 253 of function and data (V1.0b, clause 3.1.2)."""

_UNHEARD_BEFORE_RECONNECT = 3
"""A router that forgot a connection tells nobody; a new one finds out."""

_READS: dict[Table, type[ModbusPDU]] = {
    Table.COIL: ReadCoilsRequest,
    Table.DISCRETE: ReadDiscreteInputsRequest,
    Table.HOLDING: ReadHoldingRegistersRequest,
    Table.INPUT: ReadInputRegistersRequest,
}


class Tcp:
    """Asks the instruments behind one connection; to be used by one thread. `tally` and `stray_bytes` by any.

    `way_s` is what the network, and a gateway with a serial line behind it, may add to an instrument's own time.
    """

    def __init__(self, host: str, port: int, clock: Clock, way_s: float = 0.5) -> None:
        self._stream = Stream(host, port, clock.monotonic)
        self._clock = clock
        self._way_s = way_s
        self._codec = DecodePDU(is_server=False)
        self._framer = FramerSocket(self._codec)
        self._transaction = 0
        self._heard = b""
        self._free_at = 0.0
        self._unheard = 0
        self._tallies: dict[int, Tally] = {}
        self.stray_bytes = 0
        """Bytes that came while nothing was asked: late answers."""

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """The contents of `block` at the unit `address`, or why there are none."""
        request = _READS[block.table](address=block.start, count=block.count)
        outcome = self._exchange(address, _wire(request), patience)
        if isinstance(outcome, Trouble):
            return outcome
        answer = self._codec.decode(outcome)
        assert answer is not None  # its shape was checked
        contents = answer.bits[: block.count] if block.table.of_bits else answer.registers
        return Answer(tuple(int(one) for one in contents))

    def write(
        self, address: int, block: Block, contents: Sequence[int], patience: Patience, *, single: bool = False
    ) -> Trouble | None:
        """As `Master.write`: None once the unit has confirmed what was written."""
        outcome = self._exchange(address, _wire(_write_request(block, contents, single=single)), patience)
        return outcome if isinstance(outcome, Trouble) else None

    def command(self, address: int, body: bytes, reply: int, patience: Patience) -> bytes | Trouble:
        """Send `body` as it is; the answer as the RTU frame of `reply` bytes that it would be on a serial line."""
        outcome = self._exchange(address, body, patience, reply)
        return outcome if isinstance(outcome, Trouble) else sealed(bytes([address]) + outcome)

    def tally(self, address: int) -> Tally:
        """The account of the unit at `address`."""
        return self._tallies.get(address, Tally())

    def close(self) -> None:
        """Hang up."""
        self._heard = b""
        self._stream.close()

    def _exchange(self, address: int, request: bytes, patience: Patience, reply: int | None = None) -> bytes | Trouble:
        """The regular answer (function and data) to `request`, or why there is none, counted."""
        try:
            self._catch_up()
            answer, others = self._transact(address, request, patience)
        except PortLost as lost:
            self._heard = b""
            return Trouble(Reason.PORT, str(lost))
        outcome = self._judged(address, request, answer, others, patience, reply)
        reason = outcome.reason if isinstance(outcome, Trouble) else None
        self._tallies[address] = self.tally(address).after(reason, foreign=len(others), junk=len(self._heard))
        self._keep_or_hang_up(answer)
        return outcome

    def _catch_up(self) -> None:
        """Wait out the rest that was asked for, and drop what came meanwhile; who hung up meanwhile did no harm."""
        self._clock.sleep(max(0.0, self._free_at - self._clock.monotonic()))
        if not self._stream.is_open:
            return
        try:
            late = self._stream.receive(0.0)
        except PortLost:
            self._heard = b""
            return
        self.stray_bytes += len(late)
        self._heard += late
        for _ in self._frames():
            pass

    def _transact(self, address: int, request: bytes, patience: Patience) -> tuple[bytes, list[int]]:
        """The answer, empty if none came, and the addresses of answers that were not ours (-1: an earlier request)."""
        self._transaction = self._transaction % 0xFFFF + 1
        self._stream.send(self._framer.encode(request, address, self._transaction))
        deadline = self._clock.monotonic() + patience.timeout_s + self._way_s
        others: list[int] = []
        while True:
            for transaction, unit, answer in self._frames():
                if (transaction, unit) == (self._transaction, address):
                    self._free_at = self._clock.monotonic() + patience.turnaround_s
                    return answer, others
                others.append(unit if transaction == self._transaction else -1)
            left = deadline - self._clock.monotonic()
            chunk = self._stream.receive(left) if left > 0 and len(self._heard) < _LONGEST else b""
            if not chunk:
                return b"", others
            self._heard += chunk

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        """Transaction, unit and body of every whole frame that was heard; each is taken away."""
        while not any(self._heard[2:4]):  # another protocol, which pymodbus would log every time
            length, unit, transaction, body = self._framer.decode(self._heard)
            if not length:
                return
            self._heard = self._heard[length:]
            yield transaction, unit, body

    def _judged(
        self, address: int, request: bytes, answer: bytes, others: list[int], patience: Patience, reply: int | None
    ) -> bytes | Trouble:
        if len(answer) == 2 and answer[0] == request[0] | 0x80:
            return refusal(address, answer[1])
        if answer and _fits(request, answer, reply):
            return answer
        where = f"{self._stream.name} 单元 {address}", f"{self._stream.name} unit {address}"
        if answer or self._heard:
            return Trouble(
                Reason.CRC,
                f"{where[0]} 的应答格式不符，对方可能不是 Modbus TCP / {where[1]}: answer out of shape; "
                "the far end may not speak Modbus TCP",
            )
        waited = patience.timeout_s + self._way_s
        zh, en = "请查供电和地址", "check power and address"
        if others and others[-1] >= 0:
            zh, en = f"但单元 {others[-1]} 应答，请改地址", f"but unit {others[-1]} answered: use that address"
        return Trouble(
            Reason.NO_REPLY,
            f"{where[0]} 在 {waited:g} 秒内无应答，{zh} / no reply from {where[1]} in {waited:g} s; {en}",
        )

    def _keep_or_hang_up(self, answer: bytes) -> None:
        """A late answer is told by its transaction, so silence alone costs no connection; being out of step does."""
        self._unheard = 0 if answer else self._unheard + 1
        if self._heard or self._unheard >= _UNHEARD_BEFORE_RECONNECT:
            self._unheard = 0
            self.close()


def _wire(request: ModbusPDU) -> bytes:
    return bytes([request.function_code]) + request.encode()


def _write_request(block: Block, contents: Sequence[int], *, single: bool) -> ModbusPDU:
    bits = [bool(one) for one in contents]
    if single and block.table.of_bits:
        return WriteSingleCoilRequest(address=block.start, bits=bits[:1])
    if single:
        return WriteSingleRegisterRequest(address=block.start, registers=list(contents[:1]))
    if block.table.of_bits:
        return WriteMultipleCoilsRequest(address=block.start, bits=bits)
    return WriteMultipleRegistersRequest(address=block.start, registers=list(contents))


def _fits(request: bytes, answer: bytes, reply: int | None) -> bool:
    """Is `answer` of the shape that the standard, or `reply` (an RTU frame's bytes), gives to the answer?"""
    expected = answer_length(b"\0" + request) if reply is None else reply
    if answer[0] != request[0] or len(answer) != expected - 3:
        return False
    if reply is not None:
        return True
    return answer[1] == expected - 5 if request[0] <= 4 else answer == request[:5]
