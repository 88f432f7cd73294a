"""Registers come through minimalmodbus, over our line; all four tables, every trouble as a value."""

import pytest
from bus_kit import bench, channel, profile, requests
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.modbus.asks import Answer
from sensors.modbus.frame import read_request, sealed
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.slave import Mishap, Slave
from sensors.place import Kind, Label
from sensors.profile import Bounds, Profile
from sensors.reading import Reason
from sensors.service import Setting, Write


def made(table: Table, count: int) -> Profile:
    """A model that has `count` addresses from 5 in one table."""
    kind = Kind.BIT if table.of_bits else Kind.U16
    channels = tuple(channel(f"c{nth}", 5 + nth, kind, table) for nth in range(count))
    changes = {"channels": channels, "reads": Bounds(max_registers=125)}
    return profile("xy-md02").model_copy(update=changes)


@given(st.sampled_from(list(Table)), st.integers(1, 60), st.data())
def test_all_tables(table: Table, count: int, data: st.DataObject) -> None:
    most = 1 if table.of_bits else 0xFFFF
    contents = data.draw(st.lists(st.integers(0, most), min_size=count, max_size=count))
    slave = Slave(made(table, count), 9, {f"c{nth}": value for nth, value in enumerate(contents)})
    stand = bench(slave)
    block = Block(table, 5, count)
    assert stand.master.read(9, block, Patience()) == Answer(tuple(contents))
    assert requests(stand.loop) == [read_request(9, block)]


@pytest.mark.parametrize(
    ("mishap", "reason"),
    [
        (Mishap.SILENT, Reason.NO_REPLY),
        (Mishap.CRC_BROKEN, Reason.CRC),
        (Mishap.PENDING, Reason.PENDING),
        (Mishap.BUSY, Reason.PENDING),
        (Mishap.FAILED, Reason.REFUSED),
    ],
)
def test_trouble_comes_through_as_the_line_saw_it(mishap: Mishap, reason: Reason) -> None:
    slave = Slave(profile("xy-md02"))
    slave.mishap = mishap
    stand = bench(slave)
    outcome = stand.master.read(1, Block(Table.INPUT, 1, 2), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is reason
    assert stand.master.tally(1).asked == 1


def test_a_lost_port() -> None:
    stand = bench()
    stand.loop.lost = "gone"
    assert stand.master.read(1, Block(Table.INPUT, 1, 2), Patience()) == Trouble(Reason.PORT, "gone")


def test_an_acknowledgement_that_minimalmodbus_would_pass_is_never_a_value() -> None:
    """minimalmodbus 2.1 counts exception 05 among the errors that are none."""
    request = read_request(1, Block(Table.HOLDING, 0, 1))
    slave = Slave(profile("xy-md02"), documented={request: sealed(b"\x01\x83\x05")})
    outcome = bench(slave).master.read(1, Block(Table.HOLDING, 0, 1), Patience())
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.PENDING


@pytest.mark.parametrize("address", [1, 247, 254])
def test_addresses_up_to_254(address: int) -> None:
    stand = bench(Slave(profile("xy-md02"), address, {"temperature": 1}))
    assert stand.master.read(address, Block(Table.INPUT, 1, 1), Patience()) == Answer((10,))


def settable(table: Table, count: int, write: Write) -> Profile:
    """A model with one setting of `count` values at 30."""
    kind = Kind.BIT if table.of_bits else Kind.U16
    label = Label(zh="量", en="quantity")
    values = {"name": "one", "quantity": label, "table": table, "register": 30, "type": kind}
    setting = Setting.model_validate(values | {"range": (0, 0xFFFF), "write": write, "count": count})
    return profile("xy-md02").model_copy(update={"settings": (setting,)})


@given(st.sampled_from([Table.HOLDING, Table.COIL]), st.integers(1, 60), st.data())
def test_several_registers_or_coils_are_written_and_read_back(table: Table, count: int, data: st.DataObject) -> None:
    most = 1 if table.of_bits else 0xFFFF
    contents = tuple(data.draw(st.lists(st.integers(0, most), min_size=count, max_size=count)))
    stand = bench(Slave(settable(table, count, Write.MULTIPLE), 9))
    block = Block(table, 30, count)
    assert stand.master.write(9, block, contents, Patience()) is None
    assert stand.master.read(9, block, Patience()) == Answer(contents)
    assert requests(stand.loop)[0][1] == (15 if table.of_bits else 16)


@pytest.mark.parametrize(
    ("table", "content", "body"), [(Table.HOLDING, 0x1234, "09 06 00 1E 12 34"), (Table.COIL, 1, "09 05 00 1E FF 00")]
)
def test_one_register_or_coil_is_written_by_its_own_function(table: Table, content: int, body: str) -> None:
    stand = bench(Slave(settable(table, 1, Write.SINGLE), 9))
    assert stand.master.write(9, Block(table, 30, 1), (content,), Patience(), single=True) is None
    assert requests(stand.loop) == [sealed(bytes.fromhex(body))]
    assert stand.master.read(9, Block(table, 30, 1), Patience()) == Answer((content,))


@pytest.mark.parametrize(("table", "write"), [(Table.HOLDING, Write.SINGLE), (Table.COIL, Write.MULTIPLE)])
@pytest.mark.parametrize(
    ("mishap", "reason"),
    [
        (Mishap.SILENT, Reason.NO_REPLY),
        (Mishap.CRC_BROKEN, Reason.CRC),
        (Mishap.WRONG_ADDRESS, Reason.NO_REPLY),
        (Mishap.BUSY, Reason.PENDING),
        (Mishap.FAILED, Reason.REFUSED),
    ],
)
def test_trouble_while_writing(table: Table, write: Write, mishap: Mishap, reason: Reason) -> None:
    slave = Slave(settable(table, 1, write), 9)
    slave.mishap = mishap
    single = write is Write.SINGLE
    outcome = bench(slave).master.write(9, Block(table, 30, 1), (1,), Patience(), single=single)
    assert isinstance(outcome, Trouble)
    assert outcome.reason is reason


def test_an_acknowledgement_of_something_else_is_no_acknowledgement() -> None:
    request = sealed(bytes.fromhex("09 06 00 1E 12 34"))
    other = sealed(bytes.fromhex("09 06 00 1E 12 35"))
    slave = Slave(profile("xy-md02"), 9, documented={request: other})
    outcome = bench(slave).master.write(9, Block(Table.HOLDING, 30, 1), (0x1234,), Patience(), single=True)
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.CRC


def test_a_command_is_sent_as_it_is() -> None:
    slave = Slave(profile("yosemitech-y511"), 3)
    stand = bench(slave)
    answer = stand.master.command(3, bytes.fromhex("10 31 00 00 00 00"), 8, Patience())
    assert answer == sealed(bytes.fromhex("03 10 31 00 00 00"))
    assert requests(stand.loop) == [sealed(bytes.fromhex("03 10 31 00 00 00 00"))]
