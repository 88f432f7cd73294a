"""A real port, over a pseudo-terminal: our line and minimalmodbus by itself read our slave, and ports may vanish."""

import os
import select
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import minimalmodbus
import pytest
import serial
from bus_kit import profile

from sensors.block import Block, Table
from sensors.modbus.asks import Answer
from sensors.modbus.frame import read_request
from sensors.modbus.line import Line, Patience, Trouble
from sensors.modbus.master import Master
from sensors.modbus.port import Framing, PortLost
from sensors.modbus.slave import Mishap, Slave
from sensors.modbus.tty import Tty
from sensors.reading import ClockState, Reason, Stamp

BLOCK = Block(Table.INPUT, 1, 2)


class SystemClock:
    def now(self) -> Stamp:
        return Stamp(int(time.time() * 1000), int(time.monotonic() * 1000), "boot", ClockState.UNSET)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class FarSide:
    """The instrument's end of a pseudo-terminal, answering until it is closed."""

    def __init__(self, slave: Slave) -> None:
        self.slave = slave
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        os.close(theirs)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def send(self, data: bytes) -> None:
        os.write(self._ours, data)

    def close(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            self._thread.join()
            os.close(self._ours)

    def _run(self) -> None:
        request = b""
        while not self._stopping.is_set():
            if not select.select([self._ours], [], [], 0.02)[0]:
                continue
            try:
                request += os.read(self._ours, 256)
            except OSError:  # nobody has the other end open just now
                time.sleep(0.005)
                continue
            if len(request) >= 8:
                answer, request = self.slave.answer(request), b""
                if answer:
                    os.write(self._ours, answer)


@pytest.fixture
def far() -> Iterator[FarSide]:
    side = FarSide(Slave(profile("xy-md02"), values={"temperature": -20.5, "relative_humidity": 54.6}))
    yield side
    side.close()


@pytest.fixture
def line(far: FarSide) -> Iterator[Line]:
    line = Line(Tty(far.path, Framing(19200)), SystemClock())
    yield line
    line.close()


def test_our_line_reads_our_slave(line: Line) -> None:
    master = Master(line)
    for _ in range(3):
        assert master.read(1, BLOCK, Patience(2.0)) == Answer((0xFF33, 546))
    assert line.tally(1).answers == 3


def test_minimalmodbus_by_itself_reads_our_slave(far: FarSide) -> None:
    with serial.Serial(far.path, 19200, timeout=0.5) as port:
        peer = minimalmodbus.Instrument(port, 1)
        assert peer.read_register(1, 1, functioncode=4, signed=True) == -20.5
        assert peer.read_registers(1, 2, functioncode=4) == [0xFF33, 546]
        far.slave.mishap = Mishap.CRC_BROKEN
        with pytest.raises(minimalmodbus.InvalidResponseError):
            peer.read_registers(1, 2, functioncode=4)
        far.slave.mishap = Mishap.BUSY
        with pytest.raises(minimalmodbus.SlaveDeviceBusyError):
            peer.read_registers(1, 2, functioncode=4)


def test_minimalmodbus_reads_floats_of_our_slave_in_the_model_s_order() -> None:
    far = FarSide(Slave(profile("yosemitech-y532"), values={"ph": 7.6}))
    try:
        with serial.Serial(far.path, 19200, timeout=2.0) as port:
            peer = minimalmodbus.Instrument(port, 1)
            value = peer.read_float(0x2800, byteorder=minimalmodbus.BYTEORDER_LITTLE)
            assert value == pytest.approx(7.6)
    finally:
        far.close()


def test_junk_that_waits_in_the_port_is_no_answer(far: FarSide, line: Line) -> None:
    master = Master(line)
    master.read(1, BLOCK, Patience(2.0))
    far.send(far.slave.answer(read_request(1, BLOCK)) or b"")
    far.slave.set("temperature", 1)
    time.sleep(0.05)
    assert master.read(1, BLOCK, Patience(2.0)) == Answer((10, 546))
    assert line.stray_bytes == 9


def test_silence_is_a_value(far: FarSide, line: Line) -> None:
    far.slave.mishap = Mishap.SILENT
    outcome = Master(line).read(1, BLOCK, Patience(0.05))
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.NO_REPLY


def test_a_port_that_vanishes_is_a_value_and_is_opened_again_by_its_name(tmp_path: Path) -> None:
    name = tmp_path / "probe"
    first = FarSide(Slave(profile("xy-md02"), values={"temperature": 1}))
    name.symlink_to(first.path)
    line = Line(Tty(str(name), Framing(19200)), SystemClock())
    master = Master(line)
    before = open_files()
    assert master.read(1, Block(Table.INPUT, 1, 1), Patience(2.0)) == Answer((10,))
    first.close()
    lost = master.read(1, BLOCK, Patience(0.05))
    assert isinstance(lost, Trouble)
    assert lost.reason is Reason.PORT
    assert "端口中断" in lost.detail
    assert str(name) in lost.detail
    name.unlink()
    absent = master.read(1, BLOCK, Patience(0.05))
    assert isinstance(absent, Trouble)
    assert "port not found" in absent.detail
    assert open_files() < before
    second = FarSide(Slave(profile("xy-md02"), values={"temperature": 2}))
    name.symlink_to(second.path)
    try:
        assert master.read(1, Block(Table.INPUT, 1, 1), Patience(2.0)) == Answer((20,))
    finally:
        line.close()
        second.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_port_in_use_names_its_holder(far: FarSide) -> None:
    with serial.Serial(far.path, exclusive=True), pytest.raises(PortLost, match=rf"held by process {os.getpid()} \("):
        Tty(far.path, Framing()).write(b"x")


def test_what_is_no_port_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(PortLost, match="cannot open port"):
        Tty(str(file), Framing()).read(0.0)


def test_closing_twice_or_before_opening_is_nothing(far: FarSide) -> None:
    port = Tty(far.path, Framing(9600, "E", 2))
    assert (port.name, port.framing.parity) == (far.path, "E")
    port.close()
    port.write(b"x")
    port.close()
    port.close()
