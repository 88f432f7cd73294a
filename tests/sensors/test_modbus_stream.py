"""One TCP connection: what is lost is named, what was of use is made again at once, what never was rests."""

import socket
from collections.abc import Iterator

import pytest

from sensors.clock import HandClock
from sensors.modbus.port import PortLost
from sensors.modbus.stream import Stream


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


@pytest.fixture
def clock() -> HandClock:
    return HandClock(1000.0)


@pytest.fixture
def stream(listening: socket.socket, clock: HandClock) -> Iterator[Stream]:
    stream = Stream("127.0.0.1", listening.getsockname()[1], clock.monotonic)
    yield stream
    stream.close()


def test_carries_bytes_both_ways(stream: Stream, listening: socket.socket) -> None:
    assert not stream.is_open
    stream.send(b"ask")
    assert stream.is_open
    far, _ = listening.accept()
    with far:
        assert far.recv(10) == b"ask"
        assert stream.receive(0.0) == b""
        far.sendall(b"answer")
        assert stream.receive(10.0) == b"answer"


def test_a_connection_that_was_of_use_is_made_again_at_once(stream: Stream, listening: socket.socket) -> None:
    stream.send(b"ask")
    far, _ = listening.accept()
    with far:
        assert far.recv(10) == b"ask"
        far.sendall(b"answer")
        assert stream.receive(10.0) == b"answer"
    with pytest.raises(PortLost, match=rf"连接中断 {stream.name} / connection lost .*closed by the far end"):
        stream.receive(10.0)
    assert not stream.is_open
    stream.send(b"again")
    far, _ = listening.accept()
    with far:
        assert far.recv(10) == b"again"


def test_one_that_hangs_up_without_a_word_is_left_alone_for_a_while(
    stream: Stream, listening: socket.socket, clock: HandClock
) -> None:
    stream.send(b"ask")
    listening.accept()[0].close()
    with pytest.raises(PortLost) as lost:
        stream.receive(10.0)
    with pytest.raises(PortLost) as resting:
        stream.send(b"again")
    assert str(resting.value) == str(lost.value)
    clock.sleep(1)
    stream.send(b"again")
    assert stream.is_open
    listening.accept()[0].close()


def test_names_that_lead_nowhere_are_told(clock: HandClock) -> None:
    stream = Stream("no-such-host.invalid", 502, clock.monotonic)
    with pytest.raises(PortLost, match=r"连接不上 no-such-host.invalid:502.* / cannot connect"):
        stream.receive(0.0)


def test_an_address_of_the_sixth_version_is_written_with_brackets(clock: HandClock) -> None:
    assert Stream("fe80::1", 502, clock.monotonic).name == "[fe80::1]:502"
