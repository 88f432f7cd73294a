"""The program `sense` with buses over the network: Modbus TCP, and RTU through a serial server, beside a dead port."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.config import SiteFile, read_site
from edge.health import read_status, status_file
from edge.sense import sense
from gateway.authority import Authority
from hil.virtual.tcp import TcpStand
from sensors.catalogue import Catalogue
from sensors.modbus.slave import Slave
from sensors.profile import Profile

HEAD = """\
[site]
id = "farm-1"
state = "state"
runtime = "/nowhere"
[gateway]
host = "127.0.0.1"
port = 1
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"
"""

BUS = '[[buses]]\nname = "{0}"\nport = "{1}"\n[[buses.instruments]]\nname = "{0}"\nprofile = "xy-md02"\nevery = "1s"\n'


def thermometer() -> Slave:
    profile = Catalogue().find("xy-md02")
    assert isinstance(profile, Profile)
    return Slave(profile, 1, {"temperature": 20.0})


@pytest.fixture
def device() -> Iterator[TcpStand]:
    stand = TcpStand([thermometer()])
    yield stand
    stand.close()


@pytest.fixture
def serial_server() -> Iterator[int]:
    """The port of a box that passes RTU frames on to a thermometer."""
    slave, listening = thermometer(), socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            while request := connection.recv(256):
                connection.sendall(slave.answer(request) or b"")

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def site(folder: Path, *ports: str) -> SiteFile:
    Authority(folder / "ca", datetime.now(UTC)).ensure_client(folder / "certificates", "site", "farm-1")
    path = folder / "site.toml"
    path.write_text(HEAD + "".join(BUS.format(f"bus-{nth}", port) for nth, port in enumerate(ports)))
    found = read_site(path, Catalogue())
    assert found.file, found.faults
    return found.file


def test_each_way_to_a_bus_is_taken(
    tmp_path: Path, device: TcpStand, serial_server: int, free_port: Callable[[], int]
) -> None:
    file = site(
        tmp_path,
        f"tcp://127.0.0.1:{device.port}",
        f"socket://127.0.0.1:{serial_server}",
        f"tcp://127.0.0.1:{free_port()}",
    )
    stop = threading.Event()
    program = threading.Thread(target=sense, args=(file, stop))
    program.start()
    try:
        end, states = time.monotonic() + 30, dict[str, tuple[bool, str]]()
        while states != {"bus-0": (True, ""), "bus-1": (True, ""), "bus-2": (False, "port")}:
            assert time.monotonic() < end, states
            time.sleep(0.1)
            health = read_status(status_file(tmp_path / "state", "sense"))
            states = {one.name: (one.answers > 0, one.trouble) for one in health.instruments} if health else {}
    finally:
        stop.set()
        program.join(30)
    assert device.connections == 1
