"""Modbus TCP over real sockets: what comes is told apart by transaction and unit, and trouble is a value."""

import select
from collections.abc import Callable, Iterator, Sequence

import pytest
from bus_kit import profile
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.virtual.tcp import TcpStand
from sensors.block import Block, Table
from sensors.clock import HandClock
from sensors.modbus.asks import Answer
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.slave import Mishap, Slave
from sensors.modbus.tcp import Tcp
from sensors.reading import Flag, Reason
from sensors.station import State, Station
from sensors.workshop import Workshop, Written

BLOCK = Block(Table.INPUT, 1, 2)
PATIENT = Patience(5.0)
HASTY = Patience(0.05)
WAITING = Patience(0.3)
"""Long enough for what comes at once, even here."""


class Scripted(TcpStand):
    """A far end whose answers the test writes itself: body to body, or whole frame to whole frame."""

    def __init__(self, body: Callable[[bytes], bytes] | None = None, frame: Callable[[bytes], bytes] | None = None):
        self.body, self.frame = body, frame
        self.requests: list[bytes] = []
        super().__init__(())

    def answer(self, request: bytes) -> bytes:
        self.requests.append(request)
        if self.frame:
            return self.frame(request)
        assert self.body
        body = self.body(request[7:])
        return request[:4] + (len(body) + 1).to_bytes(2) + request[6:7] + body


class Stand:
    """A thermometer at unit 1, and who asks it; the clock is turned by hand, the sockets are real."""

    def __init__(self, stand: TcpStand | None = None) -> None:
        self.slave = Slave(profile("xy-md02"), values={"temperature": -20.5, "relative_humidity": 54.6})
        self.far = stand or TcpStand([self.slave])
        self.clock = HandClock(1000.0, wall_ms=1_700_000_000_000)
        self.tcp = Tcp("127.0.0.1", self.far.port, self.clock, way_s=0.0)

    def read(self, patience: Patience = PATIENT, unit: int = 1) -> Answer | Trouble:
        return self.tcp.read(unit, BLOCK, patience)

    def reason(self, patience: Patience = HASTY, unit: int = 1) -> Reason:
        outcome = self.read(patience, unit)
        assert isinstance(outcome, Trouble), outcome
        assert " / " in outcome.detail
        return outcome.reason

    def close(self) -> None:
        self.tcp.close()
        self.far.close()


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = Stand()
    yield stand
    stand.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Stand]]:
    made: list[Stand] = []

    def make(**how: Callable[[bytes], bytes]) -> Stand:
        made.append(Stand(Scripted(**how)))
        return made[-1]

    yield make
    for one in made:
        one.close()


# Modbus Application Protocol V1.1b3: the examples of clauses 6.1 to 6.4, 6.5, 6.6, 6.11, 6.12 (function and data).
READS = [
    (Table.COIL, 0x13, 19, "0100130013", "0103cd6b05", "1011001111010110101"),
    (Table.DISCRETE, 0xC4, 22, "0200c40016", "0203acdb35", "0011010111011011101011"),
    (Table.HOLDING, 0x6B, 3, "03006b0003", "0306022b00000064", (0x022B, 0, 0x64)),
    (Table.INPUT, 8, 1, "0400080001", "0402000a", (10,)),
]
WRITES = [
    (Table.COIL, 0xAC, [1], True, "0500acff00", "0500acff00"),
    (Table.HOLDING, 1, [3], True, "0600010003", "0600010003"),
    (Table.COIL, 0x13, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0], False, "0f0013000a02cd01", "0f0013000a"),
    (Table.HOLDING, 1, [10, 0x102], False, "100001000204000a0102", "1000010002"),
]


@pytest.mark.parametrize(("table", "start", "count", "request_", "answer", "contents"), READS)
def test_the_standard_s_own_reads(
    scripted: Callable[..., Stand],
    table: Table,
    start: int,
    count: int,
    request_: str,
    answer: str,
    contents: Sequence[int] | str,
) -> None:
    asked: list[str] = []
    stand = scripted(body=lambda body: (asked.append(body.hex()), bytes.fromhex(answer))[1])
    outcome = stand.tcp.read(7, Block(table, start, count), PATIENT)
    assert asked == [request_]
    assert outcome == Answer(tuple(int(one) for one in contents))


@pytest.mark.parametrize(("table", "start", "contents", "single", "request_", "answer"), WRITES)
def test_the_standard_s_own_writes(
    scripted: Callable[..., Stand],
    table: Table,
    start: int,
    contents: list[int],
    single: bool,
    request_: str,
    answer: str,
) -> None:
    asked: list[str] = []
    stand = scripted(body=lambda body: (asked.append(body.hex()), bytes.fromhex(answer))[1])
    block = Block(table, start, len(contents))
    assert stand.tcp.write(7, block, contents, PATIENT, single=single) is None
    assert asked == [request_]


def test_a_write_that_is_answered_with_something_else_is_not_confirmed(scripted: Callable[..., Stand]) -> None:
    stand = scripted(body=lambda _: bytes.fromhex("0600010004"))
    outcome = stand.tcp.write(7, Block(Table.HOLDING, 1, 1), [3], PATIENT, single=True)
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.CRC


def test_reads_our_slave_over_one_connection(stand: Stand) -> None:
    for _ in range(3):
        assert stand.read() == Answer((0xFF33, 546))
    assert stand.far.connections == 1
    tally = stand.tcp.tally(1)
    assert (tally.asked, tally.answers, tally.foreign, stand.tcp.stray_bytes) == (3, 3, 0, 0)
    assert stand.tcp.tally(9).asked == 0


@pytest.mark.parametrize(
    ("code", "reason", "counter", "words"),
    [
        (1, Reason.REFUSED, "exceptions", "illegal function"),
        (2, Reason.REFUSED, "exceptions", "没有此寄存器"),
        (4, Reason.REFUSED, "exceptions", "device failure"),
        (5, Reason.PENDING, "pending", "ask later"),
        (6, Reason.PENDING, "pending", "busy"),
        (10, Reason.NO_REPLY, "timeouts", "path unavailable"),
        (11, Reason.NO_REPLY, "timeouts", "failed to respond"),
        (99, Reason.REFUSED, "exceptions", "unknown"),
    ],
)
def test_exceptions_are_values(
    scripted: Callable[..., Stand], code: int, reason: Reason, counter: str, words: str
) -> None:
    stand = scripted(body=lambda body: bytes([body[0] | 0x80, code]))
    outcome = stand.read()
    assert isinstance(outcome, Trouble)
    assert outcome.reason is reason
    assert words in outcome.detail
    tally = stand.tcp.tally(1)
    assert (tally.asked, tally.answers, getattr(tally, counter)) == (1, 0, 1)


def test_a_unit_that_is_not_there_is_silent_and_the_others_are_not(stand: Stand) -> None:
    assert stand.reason(unit=2) is Reason.NO_REPLY
    assert stand.read() == Answer((0xFF33, 546))
    assert (stand.tcp.tally(2).timeouts, stand.tcp.tally(1).answers, stand.far.connections) == (1, 1, 1)


def test_an_answer_of_another_unit_is_no_answer_but_a_hint(scripted: Callable[..., Stand]) -> None:
    stand = scripted(frame=lambda request: request[:4] + bytes.fromhex("0007 ff 04 04 00010002"))
    outcome = stand.read(WAITING)
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.NO_REPLY
    assert "unit 255 answered" in outcome.detail
    assert stand.tcp.tally(1).foreign == 1


def test_a_late_answer_is_never_taken_for_the_next_one(stand: Stand) -> None:
    stand.far.delay_s = 0.3
    assert stand.reason() is Reason.NO_REPLY
    stand.slave.set("temperature", 1)
    stand.slave.set("relative_humidity", 2)
    assert stand.read() == Answer((10, 20))
    assert stand.far.connections == 1
    assert stand.tcp.tally(1).foreign == 1 or stand.tcp.stray_bytes == 13


def test_a_late_answer_that_nobody_waits_for_is_dropped_and_counted(stand: Stand) -> None:
    stand.far.delay_s = 0.1
    assert stand.reason() is Reason.NO_REPLY
    stand.far.delay_s = 0.0
    assert select.select([stand.tcp._stream._socket], [], [], 10)[0]
    stand.slave.set("temperature", 1)
    assert stand.read() == Answer((10, 546))
    assert stand.tcp.stray_bytes == 13
    assert stand.tcp.tally(1).foreign == 0


def test_half_an_answer_is_no_answer_and_its_rest_begins_no_other(scripted: Callable[..., Stand]) -> None:
    whole = "0007 01 04 04 00010002"
    stand = scripted(frame=lambda request: request[:4] + bytes.fromhex(whole)[:6])
    assert stand.reason(WAITING) is Reason.CRC
    stand.far.frame = lambda request: request[:4] + bytes.fromhex(whole)
    assert stand.read() == Answer((1, 2))
    assert stand.far.connections == 2, "out of step: only a new connection begins with the head of a frame"


def test_two_answers_in_one_piece_are_two(scripted: Callable[..., Stand]) -> None:
    old = bytes.fromhex("fffe 0000 0007 01 04 04 00090009")
    stand = scripted(frame=lambda request: old + request[:4] + bytes.fromhex("0007 01 04 04 00010002"))
    assert stand.read() == Answer((1, 2))
    assert stand.tcp.tally(1).foreign == 1


@pytest.mark.parametrize(
    "frame",
    [
        "0000 0007 01 04 02 00010002",  # a byte count that the frame contradicts
        "0000 0005 01 04 02 0001",  # one register instead of two
        "0000 0007 01 03 04 00010002",  # another function
        "0000 0004 01 84 02 00",  # an exception with something behind it
        "0001 0007 01 04 04 00010002",  # another protocol
        "0000 ffff 01 04 04 00010002",  # a length that no frame has
    ],
)
def test_an_answer_out_of_shape_is_no_value(scripted: Callable[..., Stand], frame: str) -> None:
    stand = scripted(frame=lambda request: request[:2] + bytes.fromhex(frame))
    assert stand.reason(WAITING) is Reason.CRC
    assert stand.tcp.tally(1).crc_errors == 1


def test_a_far_end_that_speaks_something_else_is_said_to(scripted: Callable[..., Stand]) -> None:
    stand = scripted(frame=lambda _: b"HTTP/1.1 400 Bad Request\r\n" * 20)
    outcome = stand.read(PATIENT)
    assert isinstance(outcome, Trouble)
    assert "可能不是 Modbus TCP" in outcome.detail


@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=40))
def test_whatever_comes_is_a_value_of_ours_or_trouble(junk: bytes) -> None:
    stand = Stand(Scripted(frame=lambda _: junk))
    try:
        outcome = stand.read(Patience(0.01))
        own = junk.startswith(bytes.fromhex("00010000000701040 4".replace(" ", "")))
        assert isinstance(outcome, Trouble) or own
    finally:
        stand.close()


def test_a_server_that_vanishes_and_comes_back(stand: Stand) -> None:
    assert stand.read() == Answer((0xFF33, 546))
    stand.far.close()
    assert stand.reason() is Reason.PORT
    again = TcpStand([stand.slave], stand.far.port)
    try:
        assert stand.reason() is Reason.PORT, "it rests first"
        assert again.connections == 0
        stand.clock.sleep(1)
        assert stand.read() == Answer((0xFF33, 546))
    finally:
        again.close()
    tally = stand.tcp.tally(1)
    assert (tally.asked, tally.answers) == (2, 2), "what was never sent is no request"


def test_nobody_listening_names_the_place_and_what_to_do(stand: Stand) -> None:
    stand.far.close()
    outcome = stand.read()
    assert isinstance(outcome, Trouble)
    assert outcome.detail.startswith(f"连接不上 127.0.0.1:{stand.far.port}，请查供电")
    assert "Connection refused" in outcome.detail


def test_a_far_end_that_hung_up_while_nothing_was_asked_did_no_harm(stand: Stand) -> None:
    assert stand.read() == Answer((0xFF33, 546))
    port = stand.far.port
    stand.far.close()
    stand.far = TcpStand([stand.slave], port)
    assert stand.read() == Answer((0xFF33, 546))
    assert stand.far.connections == 1


def test_a_connection_on_which_nothing_comes_is_made_anew(stand: Stand) -> None:
    stand.slave.mishap = Mishap.SILENT
    for _ in range(3):
        assert stand.reason(Patience(0.01)) is Reason.NO_REPLY
    stand.slave.mishap = None
    assert stand.read() == Answer((0xFF33, 546))
    assert stand.far.connections == 2


def test_the_rest_after_an_answer_is_kept(stand: Stand) -> None:
    rest = Patience(5.0, turnaround_s=0.25)
    stand.read(rest)
    before = stand.clock.monotonic()
    stand.read(rest)
    assert stand.clock.monotonic() - before == pytest.approx(0.25)


def test_transactions_go_round(scripted: Callable[..., Stand]) -> None:
    stand = scripted(body=lambda _: bytes.fromhex("04 04 00010002"))
    stand.tcp._transaction = 0xFFFE
    for _ in range(3):
        assert stand.read() == Answer((1, 2))
    assert [request[:2].hex() for request in stand.far.requests] == ["ffff", "0001", "0002"]


def test_a_command_s_answer_is_what_it_is_on_a_serial_line() -> None:
    probe = profile("yosemitech-y504")
    start = next(command for command in probe.commands if command.when == "start")
    stand = Stand(TcpStand([slave := Slave(probe, 3)]))
    try:
        answer = stand.tcp.command(3, start.body, start.reply, PATIENT)
        assert slave.commanded == [start.name]
        assert isinstance(answer, bytes)
        assert len(answer) == start.reply
        assert answer[0] == 3
    finally:
        stand.close()


def test_a_station_and_a_workshop_work_over_it(stand: Stand) -> None:
    station = Station("air", stand.slave.profile, stand.tcp, stand.clock)
    readings = {one.channel: one for one in station.poll()}
    assert readings["temperature"].value == -20.5
    assert readings["temperature"].quality.flag is Flag.GOOD
    stand.far.close()
    assert {one.quality.reasons for one in station.poll()} == {(Reason.PORT,)}
    assert station.health().state is State.SILENT


def test_a_setting_is_written_and_read_back_over_it() -> None:
    model = profile("xy-md02")
    setting = model.settings[0]
    stand = Stand(TcpStand([slave := Slave(model, 1)]))
    try:
        done = Workshop(model, stand.tcp, stand.clock, 1).put(setting.name, setting.range[0])
        assert isinstance(done, Written)
        assert slave.get(setting.name) == setting.range[0]
    finally:
        stand.close()
