"""Every documented frame: we send the documented request, read the documented values, and refuse what is wrong."""

import pytest
from bus_kit import Documented, bench, channel, documented, profile, workshop

from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.channel import Channel
from sensors.decode import decode, numbers, raw_bits, text
from sensors.modbus.asks import Answer
from sensors.modbus.frame import hear, is_sound, read_request, sealed
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.slave import Slave
from sensors.place import Half, Kind, Order, Place
from sensors.plan import plan
from sensors.reading import Reason
from sensors.station import Station
from sensors.workshop import Written

EVERY = documented("read", "write", "command", "exception", "negative", "junk")
READS = documented("read")
ANSWERED = [frame for frame in READS if frame.request and frame.response]
VALUED = [frame for frame in [*ANSWERED, *documented("junk")] if frame.channels]
HOLDING = [frame for frame in READS if frame.holds and frame.response]
WRITES = [frame for frame in documented("write") if frame.writes]
COMMANDS = documented("command")
PENDING = documented("exception")
WRONG = documented("negative")
REFUSED = [frame for frame in WRONG if frame.response and (frame.request_crc_ok or not frame.response_crc_ok)]
MISSPELT = [frame for frame in WRONG if not frame.request_crc_ok]
FUNCTIONS = {table.read_function: table for table in Table}


def ids(frames: list[Documented]) -> list[str]:
    return [frame.id for frame in frames]


def block_of(request: bytes) -> Block:
    return Block(FUNCTIONS[request[1]], int.from_bytes(request[2:4]), int.from_bytes(request[4:6]))


def slave_for(frame: Documented) -> Slave:
    name = frame.profile or "xy-md02"
    return Slave(profile(name), frame.request[0], documented={frame.request: frame.response})


def named(frame: Documented, name: str) -> Place:
    model = profile(frame.profile)
    marks = {mark.name: mark for mark in model.identity}
    if isinstance(frame.holds.get(name), list):
        return model.setting(name) or pytest.fail(name)
    return model.channel(name) or marks[name]


def first_address(frame: Documented) -> int:
    """Where the answer begins: the request says so, or for the one that is not printed its first channel."""
    if frame.request:
        return block_of(frame.request).start
    return min(named(frame, name).block.start for name in frame.holds)


ASIDE = [
    ("yosemitech-y532-ph-orp", channel(kind=Kind.F32, order=Order.DCBA, register=0x2600), -6.56),
    ("yosemitech-y532-ph-orp", channel(kind=Kind.F32, order=Order.DCBA, register=0x2602), 7.0),
    ("yosemitech-y504-ver", channel(kind=Kind.U8, half=Half.HIGH, register=0x0701), 5),
    ("yosemitech-y504-ver", channel(kind=Kind.U8, half=Half.LOW, register=0x0701), 7),
    ("must-ph1800-type-low", channel(register=20001), 1800),
    ("must-ph1800-hw", channel(register=20004), 10101),
    ("must-ph1800-prot", channel(register=20006), 10414),
    ("must-ph1800-ac", channel(register=25202), 230),
    ("telegraf-0a", channel(kind=Kind.F32, order=Order.CDAB, register=0x1004), 0.0),
    ("sonbus-multi", channel(register=0), 125),
]
"""Documented values that no profile holds: unreliable places, versions, models that the library lacks."""


@pytest.mark.parametrize(("name", "described", "value"), ASIDE)
def test_documented_values_beside_the_profiles(name: str, described: Channel, value: float) -> None:
    (frame,) = [frame for frame in READS if frame.id == name]
    model = profile("xy-md02").model_copy(update={"channels": (described,)})
    stand = bench(slave_for(frame))
    first = block_of(frame.request)
    answer = stand.master.read(frame.request[0], first, Patience())
    assert isinstance(answer, Answer)
    at = described.block.start - first.start
    assert decode(described, answer.registers[at : at + described.block.count]).value == pytest.approx(value, abs=1e-3)
    assert plan(model.channels, model.reads)[0].block == described.block


def test_every_frame_has_a_source_and_names_what_its_profile_has() -> None:
    assert len({frame.id for frame in EVERY}) == len(EVERY) == 119
    assert all(frame.source for frame in EVERY)
    assert {frame.profile for frame in EVERY} - {""} <= set(Catalogue().names())


@pytest.mark.parametrize("frame", EVERY, ids=ids(EVERY))
def test_the_crc_is_judged_as_it_was_by_hand(frame: Documented) -> None:
    for data, sound in ((frame.request, frame.request_crc_ok), (frame.response, frame.response_crc_ok)):
        if data and sound is not None:
            assert is_sound(data) is sound


SENT = [frame for frame in READS if frame.request]


@pytest.mark.parametrize("frame", SENT, ids=ids(SENT))
def test_we_build_the_documented_request(frame: Documented) -> None:
    assert read_request(frame.request[0], block_of(frame.request)) == frame.request


@pytest.mark.parametrize("frame", ANSWERED, ids=ids(ANSWERED))
def test_the_line_sends_the_documented_request_and_takes_the_documented_answer(frame: Documented) -> None:
    stand = bench(slave_for(frame))
    block = block_of(frame.request)
    outcome = stand.master.read(frame.request[0], block, Patience())
    assert [data for _, data in stand.loop.sent] == [frame.request]
    assert isinstance(outcome, Answer)
    if block.table.of_bits:
        assert sum(bit << at for at, bit in enumerate(outcome.registers)) == frame.response[3]
    else:
        assert b"".join(word.to_bytes(2) for word in outcome.registers) == frame.response[3:-2]


@pytest.mark.parametrize("frame", HOLDING, ids=ids(HOLDING))
def test_the_documented_answer_says_what_is_documented(frame: Documented) -> None:
    words = [int.from_bytes(frame.response[at : at + 2]) for at in range(3, len(frame.response) - 2, 2)]
    for name, value in frame.holds.items():
        place = named(frame, name)
        at = place.block.start - first_address(frame)
        registers = words[at : at + place.block.count]
        if isinstance(value, str):
            assert text(place, registers) == value
        else:
            assert numbers(place, registers) == pytest.approx(
                tuple(value) if isinstance(value, list) else (value,), rel=1e-6
            )


@pytest.mark.parametrize("frame", VALUED, ids=ids(VALUED))
def test_a_station_reads_the_documented_values(frame: Documented) -> None:
    """The unit holds the documented registers and is asked in our own way, which may take more in one read."""
    held = slave_for(frame)
    if frame.kind == "read":
        held = Slave(profile(frame.profile), frame.request[0])
        hold_answer(held, frame)
    stand = bench(held)
    station = Station("probe", profile(frame.profile), stand.master, stand.clock, address=frame.request[0])
    readings = station.poll(list(frame.channels))
    assert {r.channel: r.value for r in readings} == pytest.approx(frame.channels, rel=1e-6)


def hold_answer(slave: Slave, frame: Documented) -> None:
    """Let the simulated instrument hold the registers of a documented answer, bit for bit."""
    block = block_of(frame.request)
    for one in slave.profile.channels:
        at = 3 + 2 * (one.block.start - block.start)
        data = frame.response[at : at + 2 * one.block.count]
        if one.table is block.table and at >= 3 and at + len(data) <= len(frame.response) - 2 and data:
            value = decode(one, [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]).value
            slave.set(one.name, value or 0.0)


PLAIN = [frame for frame in ANSWERED if frame.channels]


@pytest.mark.parametrize("frame", PLAIN, ids=ids(PLAIN))
def test_the_simulator_answers_as_documented_from_the_values_alone(frame: Documented) -> None:
    slave = Slave(profile(frame.profile), frame.request[0])
    hold_answer(slave, frame)
    assert slave.answer(frame.request) == frame.response


@pytest.mark.parametrize("frame", WRITES, ids=ids(WRITES))
def test_a_documented_write_is_what_we_send_and_reads_back(frame: Documented) -> None:
    slave = Slave(profile(frame.profile), frame.request[0])
    stand = bench(slave)
    hands = workshop(stand, slave)
    ((name, values),) = frame.writes.items()
    assert slave.answer(frame.request) == frame.response
    slave.address = frame.request[0]
    change = slave.profile.set_address
    if change and change.setting == name:
        moved = hands.set_address(round(values[0]))
        assert not isinstance(moved, Trouble)
        assert moved.done
    else:
        written = hands.put(name, *values)
        assert isinstance(written, Written)
        assert written.kept in {True, None}
    assert frame.request in [data for _, data in stand.loop.sent]


@pytest.mark.parametrize("frame", COMMANDS, ids=ids(COMMANDS))
def test_a_documented_command_is_one_of_the_profile_s(frame: Documented) -> None:
    model = profile(frame.profile)
    (command,) = [one for one in model.commands if sealed(frame.request[:1] + one.body) == frame.request]
    answer = frame.response or sealed(b"\x01\x03\x00\xaa\xbb")  # the manual leaves two bytes and the CRC open
    assert len(answer) == command.reply
    slave = Slave(model, frame.request[0], documented={frame.request: answer})
    stand = bench(slave)
    assert workshop(stand, slave).run(command.name) == answer
    assert [data for _, data in stand.loop.sent] == [frame.request]
    assert hear(frame.request, Slave(model, frame.request[0]).answer(frame.request) or b"", command.reply).answer


def test_an_acknowledged_write_without_a_printed_request() -> None:
    (frame,) = [frame for frame in EVERY if frame.id == "yosemitech-y504-cap-ack"]
    slave = Slave(profile(frame.profile))
    stand = bench(slave)
    written = workshop(stand, slave).put("cap_coefficients", 1, 2, 3, 4, 5, 6, 7, 8)
    assert isinstance(written, Written)
    assert written.kept
    assert slave.answer(stand.loop.sent[1][1]) == frame.response


def test_a_clone_s_coil_value_outside_of_the_standard_is_refused() -> None:
    (frame,) = [frame for frame in EVERY if frame.id == "r4d-relay-4-on"]
    relay = Slave(profile("waveshare-modbus-rtu-relay"))
    assert relay.answer(frame.request) == sealed(b"\x01\x85\x02")
    assert relay.get("relay_5") == 0


@pytest.mark.parametrize("frame", REFUSED, ids=ids(REFUSED))
def test_a_wrong_documented_answer_is_refused_and_never_a_value(frame: Documented) -> None:
    request = sealed(frame.request[:-2])
    assert hear(request, frame.response).answer is None
    if request[1] not in FUNCTIONS:
        return
    stand = bench(Slave(profile(frame.profile), request[0], documented={request: frame.response}))
    outcome = stand.master.read(request[0], block_of(request), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.CRC


@pytest.mark.parametrize("frame", MISSPELT, ids=ids(MISSPELT))
def test_a_request_with_a_wrong_crc_is_not_answered(frame: Documented) -> None:
    slave = Slave(profile(frame.profile), frame.request[0])
    assert slave.answer(frame.request) is None
    assert slave.answer(sealed(frame.request[:-2])) is not None


def test_after_a_damaged_capture_the_next_answer_is_taken() -> None:
    (frame,) = [frame for frame in WRONG if frame.id == "eastron-esphome-garbage"]
    slave = Slave(profile(frame.profile), 1, {"voltage": 236.25})
    spoilt = iter([frame.response])
    stand = bench(slave, noise=lambda data: next(spoilt, data))
    (reading,) = Station("meter", slave.profile, stand.master, stand.clock).poll(["voltage"])
    assert reading.value == pytest.approx(236.25)
    assert stand.line.tally(1).crc_errors == 1


@pytest.mark.parametrize("frame", PENDING, ids=ids(PENDING))
def test_a_documented_acknowledgement_is_pending(frame: Documented) -> None:
    stand = bench(slave_for(frame))
    outcome = stand.master.read(frame.request[0], block_of(frame.request), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.PENDING
    assert stand.line.tally(frame.request[0]).pending == 1


def test_a_status_is_read_from_its_own_bits() -> None:
    (frame,) = [frame for frame in READS if frame.id == "kin-wtw182"]
    status = named(frame, "s02_secondary_status")
    at = 3 + 2 * (status.block.start - first_address(frame))
    assert raw_bits(status, [int.from_bytes(frame.response[at : at + 2])]) == 4
