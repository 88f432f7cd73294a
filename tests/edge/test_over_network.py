"""`luxi read` and `luxi scan` over Modbus TCP and through a serial server, as they are typed."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from commission_kit import luxi, profile

from edge.commission.search import likely, searched
from edge.reach import typed
from hil.virtual.tcp import TcpStand
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave


def thermometer() -> Slave:
    return Slave(profile("xy-md02"), 2, {"temperature": 20.0, "relative_humidity": 50.0})


@pytest.fixture
def device() -> Iterator[str]:
    stand = TcpStand([thermometer()], gateway=True)
    yield f"tcp://127.0.0.1:{stand.port}"
    stand.close()


@pytest.fixture
def serial_server() -> Iterator[str]:
    """A box that passes RTU frames on to a thermometer."""
    slave, listening = thermometer(), socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                while request := connection.recv(256):
                    connection.sendall(slave.answer(request) or b"")

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"socket://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.fixture(params=["device", "serial_server"])
def place(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_read(place: str) -> None:
    done = luxi("read", "xy-md02", "--port", place, "--address", 2, "--once", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {one["channel"]: one["value"] for one in json.loads(done.stdout)["readings"]} == {
        "temperature": 20.0,
        "relative_humidity": 50.0,
    }


def test_scan(place: str) -> None:
    done = luxi("scan", place, "--addresses", "1-2", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert found["address"] == 2
    assert found["candidates"]


def test_scan_tells_how_it_was_reached(device: str) -> None:
    done = luxi("scan", device, "--addresses", "2")
    assert device in done.stderr
    assert "9600" not in done.stderr


def test_a_device_that_ignores_the_unit_is_told_of() -> None:
    stand = TcpStand([Slave(profile("xy-md02"), unit) for unit in (1, 2, 3)])
    try:
        done = luxi("scan", f"tcp://127.0.0.1:{stand.port}", "--addresses", "1-3")
    finally:
        stand.close()
    assert "ignores the unit" in done.stderr


@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_nobody_listens_there(way: str, free_port: Callable[[], int]) -> None:
    place = f"{way}://127.0.0.1:{free_port()}"
    done = luxi("scan", place, "--addresses", "1")
    assert done.returncode == 1
    assert "check power, cable, address and port" in " ".join(done.stderr.split())
    done = luxi("read", "xy-md02", "--port", place, "--once", "--json")
    assert done.returncode == 1
    assert "cannot connect" in json.loads(done.stdout)["trouble"]


def test_over_a_network_one_rate_is_enough() -> None:
    models = [profile("xy-md02"), profile("renke-rs-ws")]
    assert searched(typed("tcp://10.0.0.7:502"), models, []) == [Framing(9600)]
    assert searched(typed("socket://10.0.0.7:4001"), models, [4800]) == [Framing(4800)]
    assert len(searched(typed("/dev/ttyUSB0"), models, [])) == 2
    assert searched(typed("/dev/ttyUSB0"), models, [1200]) == [Framing(1200)]


def test_behind_a_gateway_any_model_may_stand() -> None:
    network_only = profile("xy-md02").model_copy(
        update={"transport": profile("xy-md02").transport.model_copy(update={"over": ("tcp",)})}
    )
    assert likely(typed("tcp://10.0.0.7:502"), [network_only]) == [network_only]
    assert likely(typed("/dev/ttyUSB0"), [network_only]) == []
