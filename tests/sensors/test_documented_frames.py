"""Every documented frame of the shipped models: we send the documented request, and read the documented values."""

import pytest
from bus_kit import Documented, bench, channel, documented, profile

from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.channel import Channel
from sensors.decode import decode
from sensors.modbus.frame import hear, is_sound, read_request
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.master import Answer
from sensors.modbus.slave import Slave
from sensors.place import Kind, Order
from sensors.plan import plan
from sensors.reading import Reason
from sensors.station import Station

READS = documented("read")
NAMED = [frame for frame in READS if frame.channels]
VALUED = [*NAMED, *documented("junk")]
REFUSED = documented("refused")
COMMANDS = documented("command")
PENDING = documented("pending")
FUNCTIONS = {table.read_function: table for table in Table}


def ids(frames: list[Documented]) -> list[str]:
    return [frame.id for frame in frames]


def block_of(request: bytes) -> Block:
    return Block(FUNCTIONS[request[1]], int.from_bytes(request[2:4]), int.from_bytes(request[4:6]))


def slave_for(frame: Documented) -> Slave:
    name = frame.profile or "xy-md02"
    return Slave(profile(name), frame.request[0], documented={frame.request: frame.response})


ASIDE = [
    ("keller-s30-tob1", channel(kind=Kind.F32, order=Order.ABCD, register=8), 22.719),
    ("yosemitech-y504-cal-get", channel(kind=Kind.F32, order=Order.DCBA, register=0x1100), 1.0),
    ("yosemitech-y504-cal-get", channel(kind=Kind.F32, order=Order.DCBA, register=0x1102), 0.0),
    ("yosemitech-y532-ph-orp", channel(kind=Kind.F32, order=Order.DCBA, register=0x2600), -6.56),
    ("yosemitech-y532-ph-orp", channel(kind=Kind.F32, order=Order.DCBA, register=0x2602), 7.0),
    ("yosemitech-y4000-brush-int", channel(kind=Kind.U16, order=Order.DCBA, register=0x0E00), 30),
    ("eastron-hr-pulse", channel(kind=Kind.F32, order=Order.ABCD, register=12), 100.0),
]
"""Documented values that the profiles leave out: settings, and second places of a quantity."""


@pytest.mark.parametrize(("name", "described", "value"), ASIDE)
def test_documented_values_beside_the_profiles(name: str, described: Channel, value: float) -> None:
    (frame,) = [frame for frame in READS if frame.id == name]
    model = profile(frame.profile).model_copy(update={"channels": (described,)})
    stand = bench(slave_for(frame))
    first = block_of(frame.request)
    answer = stand.master.read(frame.request[0], first, Patience())
    assert isinstance(answer, Answer)
    at = described.block.start - first.start
    assert decode(described, answer.registers[at : at + described.block.count]).value == pytest.approx(value, abs=1e-3)
    assert plan(model.channels, model.reads)[0].block == described.block


def test_every_shipped_model_has_a_documented_frame() -> None:
    assert {frame.profile for frame in READS if frame.channels} == set(Catalogue().names())
    assert all(frame.source for frame in READS)


@pytest.mark.parametrize("frame", READS, ids=ids(READS))
def test_the_line_sends_the_documented_request_and_takes_the_documented_answer(frame: Documented) -> None:
    assert read_request(frame.request[0], block_of(frame.request)) == frame.request
    stand = bench(slave_for(frame))
    outcome = stand.master.read(frame.request[0], block_of(frame.request), Patience())
    assert [data for _, data in stand.loop.sent] == [frame.request]
    assert isinstance(outcome, Answer)
    assert b"".join(word.to_bytes(2) for word in outcome.registers) == frame.response[3:-2]


@pytest.mark.parametrize("frame", NAMED, ids=ids(NAMED))
def test_the_plan_asks_for_the_documented_block(frame: Documented) -> None:
    model = profile(frame.profile)
    due = [one for one in model.channels if one.name in frame.channels]
    (read,) = plan(due, model.reads, model.ground)
    assert read_request(frame.request[0], read.block) == frame.request


@pytest.mark.parametrize("frame", VALUED, ids=ids(VALUED))
def test_a_station_reads_the_documented_values(frame: Documented) -> None:
    stand = bench(slave_for(frame))
    station = Station("probe", profile(frame.profile), stand.master, stand.clock, address=frame.request[0])
    readings = station.poll(list(frame.channels))
    assert {r.channel: r.value for r in readings} == pytest.approx(dict(frame.channels), rel=1e-6)


@pytest.mark.parametrize("frame", NAMED, ids=ids(NAMED))
def test_the_simulator_answers_as_documented_from_the_values_alone(frame: Documented) -> None:
    model = profile(frame.profile)
    values = {}
    for name in frame.channels:
        described = model.channel(name)
        assert described is not None
        at = 3 + 2 * (described.block.start - block_of(frame.request).start)
        data = frame.response[at : at + 2 * described.block.count]
        decoded = decode(described, [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)])
        assert decoded.value is not None
        values[name] = decoded.value
    assert Slave(model, frame.request[0], values).answer(frame.request) == frame.response


@pytest.mark.parametrize("frame", REFUSED, ids=ids(REFUSED))
def test_a_wrong_documented_frame_is_refused_and_never_a_value(frame: Documented) -> None:
    assert hear(frame.request, frame.response).answer is None
    stand = bench(slave_for(frame))
    outcome = stand.master.read(frame.request[0], block_of(frame.request), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.CRC


@pytest.mark.parametrize("frame", COMMANDS, ids=ids(COMMANDS))
def test_a_command_outside_the_standard_passes_the_line(frame: Documented) -> None:
    assert is_sound(frame.request)
    stand = bench(slave_for(frame))
    assert stand.line.exchange(frame.request, Patience(), len(frame.response)) == frame.response


@pytest.mark.parametrize("frame", PENDING, ids=ids(PENDING))
def test_a_documented_acknowledgement_is_pending(frame: Documented) -> None:
    stand = bench(slave_for(frame))
    outcome = stand.master.read(frame.request[0], block_of(frame.request), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.PENDING
    assert stand.line.tally(frame.request[0]).pending == 1
