"""RTU through a serial server: the same line and master, over a TCP connection that carries the frames as they are."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from bus_kit import profile

from edge.runtime.clock import SystemClock
from sensors.block import Block, Table
from sensors.clock import HandClock
from sensors.modbus.asks import Answer
from sensors.modbus.frame import read_request
from sensors.modbus.line import Line, Patience, Trouble
from sensors.modbus.master import Master
from sensors.modbus.port import Framing, PortLost
from sensors.modbus.slave import Mishap, Slave
from sensors.modbus.tty import Tty
from sensors.reading import Reason

BLOCK = Block(Table.INPUT, 1, 2)
PATIENT = Patience(5.0)


class SerialServer:
    """A box that passes bytes between one TCP connection and a serial line with a thermometer on it."""

    def __init__(self, port: int = 0) -> None:
        self.slave = Slave(profile("xy-md02"), values={"temperature": -20.5, "relative_humidity": 54.6})
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        self.connection: socket.socket | None = None
        self.slow = False
        """In two pieces with a pause between, as a server that packs by time does it."""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        for end in (self._listening, self.connection):
            with suppress(OSError):  # nobody is there any more
                if end:
                    end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        try:
            self.connection, _ = self._listening.accept()
        except OSError:  # closed
            return
        with self.connection:
            while request := self.connection.recv(256):
                answer = self.slave.answer(request) or b""
                half = len(answer) // 2 if self.slow else 0
                self.connection.sendall(answer[:half])
                time.sleep(0.02 if half else 0)
                self.connection.sendall(answer[half:])


@pytest.fixture
def server() -> Iterator[SerialServer]:
    server = SerialServer()
    yield server
    server.close()


@pytest.fixture
def line(server: SerialServer) -> Iterator[Line]:
    line = Line(Tty(f"socket://127.0.0.1:{server.port}", Framing(19200)), SystemClock())
    yield line
    line.close()


def test_reads_through_a_serial_server(server: SerialServer, line: Line) -> None:
    master = Master(line)
    for slow in (False, True, False):
        server.slow = slow
        assert master.read(1, BLOCK, PATIENT) == Answer((0xFF33, 546))
    assert (line.tally(1).answers, line.stray_bytes) == (3, 0)


def test_a_broken_frame_is_told_as_on_a_wire(server: SerialServer, line: Line) -> None:
    server.slave.mishap = Mishap.CRC_BROKEN
    outcome = Master(line).read(1, BLOCK, Patience(0.1))
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.CRC


def test_what_nobody_asked_for_is_dropped(server: SerialServer, line: Line) -> None:
    master = Master(line)
    master.read(1, BLOCK, PATIENT)
    assert server.connection
    server.connection.sendall(server.slave.answer(read_request(1, BLOCK)) or b"")
    server.slave.set("temperature", 1)
    time.sleep(0.05)
    assert master.read(1, BLOCK, PATIENT) == Answer((10, 546))
    assert line.stray_bytes == 9


def test_silence_is_a_value(line: Line) -> None:
    outcome = Master(line).read(2, BLOCK, Patience(0.05))
    assert isinstance(outcome, Trouble)
    assert outcome.reason is Reason.NO_REPLY


def test_a_server_that_vanishes_and_comes_back() -> None:
    server = SerialServer()
    clock = HandClock(1000.0)
    name = f"socket://127.0.0.1:{server.port}"
    master = Master(Line(Tty(name, Framing(19200), clock.monotonic), SystemClock()))
    assert master.read(1, BLOCK, PATIENT) == Answer((0xFF33, 546))
    server.close()
    lost, absent = master.read(1, BLOCK, PATIENT), master.read(1, BLOCK, PATIENT)
    assert isinstance(lost, Trouble)
    assert lost.detail.startswith(f"连接中断 {name} / connection lost")
    assert isinstance(absent, Trouble)
    assert absent.detail.startswith(f"连接不上 {name}，请查供电")
    assert "Connection refused" in absent.detail
    again = SerialServer(server.port)
    try:
        assert master.read(1, BLOCK, PATIENT) == absent, "it rests first"
        clock.sleep(1)
        assert master.read(1, BLOCK, PATIENT) == Answer((0xFF33, 546))
    finally:
        master.close()
        again.close()


def test_a_place_that_is_none_is_told() -> None:
    with pytest.raises(PortLost, match="cannot connect to socket://nowhere"):
        Tty("socket://nowhere", Framing()).read(0.0)
