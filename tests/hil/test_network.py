"""The network that can be cut: bytes pass both ways, a cut ends connections and refuses new ones, and it mends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hil.virtual.network import Relay
from hil.virtual.ports import HIGHEST, LOWEST, free_ports


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything back in capitals."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    connection, _ = server.accept()
                    threads.append(threading.Thread(target=talk, args=(connection,)))
                    threads[-1].start()

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                while data := connection.recv(1000):
                    connection.sendall(data.upper())

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        yield server.getsockname()[1]
        stop.set()
        for thread in threads:
            thread.join(5)


@pytest.fixture
def relay(echo: int) -> Iterator[Relay]:
    relay = Relay("127.0.0.1", echo)
    yield relay
    relay.close()


def said(relay: Relay, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as connection:
        connection.sendall(text)
        return connection.recv(1000)


def test_passes_bytes_both_ways(relay: Relay) -> None:
    assert relay.whole
    assert said(relay, b"hello") == b"HELLO"


def test_a_cut_ends_what_is_open(relay: Relay) -> None:
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as connection:
        connection.sendall(b"a")
        assert connection.recv(10) == b"A"
        relay.cut()
        assert not relay.whole
        with suppress(ConnectionResetError):
            assert connection.recv(10) == b""


def test_a_cut_takes_nobody_new_until_it_is_mended(relay: Relay) -> None:
    relay.cut()
    with suppress(OSError):  # refused, reset, or closed at once
        assert said(relay, b"x") == b""
    relay.mend()
    assert said(relay, b"again") == b"AGAIN"


def test_mending_what_is_whole_changes_nothing(relay: Relay) -> None:
    relay.mend()
    assert said(relay, b"x") == b"X"


def test_a_server_that_is_away_is_a_closed_connection() -> None:
    relay = Relay("127.0.0.1", free_ports(1)[0])
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as connection, suppress(ConnectionResetError):
        assert connection.recv(10) == b""
    relay.close()


def test_closing_ends_its_threads(echo: int) -> None:
    before = threading.active_count()
    relay = Relay("127.0.0.1", echo)
    said(relay, b"x")
    relay.close()
    assert threading.active_count() <= before + 1  # the echo server's own


def test_free_ports_are_different_and_out_of_the_kernels_range() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(LOWEST <= port < HIGHEST for port in ports)
    with socket.create_server(("127.0.0.1", ports[0])):
        assert ports[0] not in free_ports(HIGHEST - LOWEST)
