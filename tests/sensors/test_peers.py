"""Against code that nobody here wrote: pymodbus's servers, libmodbus as slave, and libmodbus's master `mbpoll`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from bus_kit import profile
from peers_kit import (
    START,
    TABLES,
    device,
    libmodbus_slave,
    mbpoll,
    needs_libmodbus,
    needs_mbpoll,
    pymodbus_server,
    wire,
)
from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from edge.runtime.clock import SystemClock
from hil.virtual.lines import PacedLine
from hil.virtual.tcp import TcpStand
from sensors.block import Block, Table
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Line, Patience, Trouble
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave
from sensors.modbus.tcp import Tcp
from sensors.modbus.tty import Tty
from sensors.reading import Reason

PATIENT = Patience(5.0)
ABSENT = Block(Table.HOLDING, 500, 1)

Way = Callable[[], Asks]


def on_wire(port: str) -> Asks:
    return Master(Line(Tty(port, Framing(9600)), SystemClock()))


@pytest.fixture
def pymodbus_on_tcp(free_port: Callable[[], int]) -> Iterator[Asks]:
    port = free_port()
    with pymodbus_server(lambda: ModbusTcpServer(device(), address=("127.0.0.1", port))):
        asks = Tcp("127.0.0.1", port, SystemClock())
        yield asks
        asks.close()


@pytest.fixture
def pymodbus_on_a_wire() -> Iterator[Asks]:
    with wire() as made:
        near, far = made.names
        with pymodbus_server(lambda: ModbusSerialServer(device(), port=far, baudrate=9600)):
            asks = on_wire(near)
            yield asks
            asks.close()


@pytest.fixture
def libmodbus_on_tcp(free_port: Callable[[], int], tmp_path: Path) -> Iterator[Asks]:
    port = free_port()
    with libmodbus_slave(tmp_path, "tcp", str(port)):
        asks = Tcp("127.0.0.1", port, SystemClock())
        yield asks
        asks.close()


@pytest.fixture
def libmodbus_on_a_wire(tmp_path: Path) -> Iterator[Asks]:
    with wire() as made, libmodbus_slave(tmp_path, "rtu", made.names[1]):
        asks = on_wire(made.names[0])
        yield asks
        asks.close()


PEERS = [
    "pymodbus_on_tcp",
    "pymodbus_on_a_wire",
    pytest.param("libmodbus_on_tcp", marks=needs_libmodbus),
    pytest.param("libmodbus_on_a_wire", marks=needs_libmodbus),
]


@pytest.mark.parametrize("peer", PEERS)
def test_we_read_and_write_what_a_peer_holds(peer: str, request: pytest.FixtureRequest) -> None:
    asks: Asks = request.getfixturevalue(peer)
    for table, contents in TABLES:
        assert asks.read(1, Block(table, START, len(contents)), PATIENT) == Answer(contents), table
    for table, single, values in [
        (Table.HOLDING, True, (1234,)),
        (Table.HOLDING, False, (7, 8)),
        (Table.COIL, True, (0,)),
        (Table.COIL, False, (1, 0, 1)),
    ]:
        block = Block(table, START + 1, len(values))
        assert asks.write(1, block, values, PATIENT, single=single) is None, (table, single)
        assert asks.read(1, block, PATIENT) == Answer(values), (table, single)
    refused = asks.read(1, ABSENT, PATIENT)
    assert isinstance(refused, Trouble)
    assert refused.reason is Reason.REFUSED
    tally = asks.tally(1)
    assert (tally.asked, tally.answers, tally.exceptions) == (13, 12, 1)
    assert (tally.timeouts, tally.crc_errors, tally.foreign, tally.junk_bytes) == (0, 0, 0, 0)


@pytest.fixture
def slaves() -> Sequence[Slave]:
    """A thermometer and a probe with floats, their settings at what the makers deliver."""
    air = Slave(profile("xy-md02"), 1, {"temperature": -20.5, "relative_humidity": 54.6})
    return air, Slave(profile("yosemitech-y532"), 2, {"ph": 7.6})


@needs_mbpoll
def test_mbpoll_reads_our_slaves_on_a_paced_line(slaves: Sequence[Slave], tmp_path: Path) -> None:
    line = PacedLine(tmp_path / "line", Framing(9600), slaves)
    try:
        serial = ("-m", "rtu", "-b", "9600", "-P", "none", str(tmp_path / "line"))
        assert mbpoll("-a", "1", "-t", "3", "-r", "1", "-c", "2", *serial) == {1: "65331", 2: "546"}
        floats = mbpoll("-a", "2", "-t", "4:hex", "-r", "10240", "-c", "2", *serial)
        assert floats == {10240: "0x3333", 10241: "0xF340"}, "7.6, its bytes in the order DCBA"
    finally:
        line.close()


@needs_mbpoll
def test_mbpoll_reads_and_writes_our_slaves_over_tcp(slaves: Sequence[Slave]) -> None:
    stand = TcpStand(slaves)
    try:
        where = ("-m", "tcp", "-p", str(stand.port), "127.0.0.1")
        assert mbpoll("-a", "1", "-t", "3", "-r", "1", "-c", "2", *where) == {1: "65331", 2: "546"}
        setting = slaves[0].profile.settings[0]
        value = round(setting.range[0])
        mbpoll("-a", "1", "-t", "4", "-r", str(setting.block.start), *where, str(value))
        assert slaves[0].get(setting.name) == value
    finally:
        stand.close()
