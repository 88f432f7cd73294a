"""The Modbus TCP stand-in: our slaves behind MBAP, for several who ask at once, in whatever pieces they ask."""

import socket
from collections.abc import Iterator

import pytest

from hil.virtual.tcp import TcpStand
from sensors.catalogue import Catalogue
from sensors.modbus.slave import Mishap, Slave
from sensors.profile import Profile

REQUEST = bytes.fromhex("0105 0000 0006 01 03 0000 0002")
ANSWER = bytes.fromhex("0105 0000 0007 01 03 04 0292ff9b")  # the maker's RS-WS-N01: 65.8 %, -10.1 Cel


def slave(address: int) -> Slave:
    profile = Catalogue().find("renke-rs-ws")
    assert isinstance(profile, Profile)
    return Slave(profile, address, {"relative_humidity": 65.8, "temperature": -10.1})


@pytest.fixture
def stand() -> Iterator[TcpStand]:
    stand = TcpStand([slave(1), slave(2)])
    yield stand
    stand.close()


def connect(stand: TcpStand) -> socket.socket:
    return socket.create_connection(("127.0.0.1", stand.port), timeout=5)


def said(connection: socket.socket, length: int = len(ANSWER)) -> bytes:
    heard = b""
    while len(heard) < length and (more := connection.recv(length - len(heard))):
        heard += more
    return heard


def test_answers_the_documented_values(stand: TcpStand) -> None:
    with connect(stand) as connection:
        connection.sendall(REQUEST)
        assert said(connection) == ANSWER


def test_requests_in_pieces_and_together(stand: TcpStand) -> None:
    second = REQUEST.replace(b"\x01\x05", b"\x01\x06").replace(b"\x06\x01\x03", b"\x06\x02\x03")
    with connect(stand) as connection:
        connection.sendall(REQUEST[:5])
        connection.sendall(REQUEST[5:] + second)
        both = said(connection, 2 * len(ANSWER))
    assert both[: len(ANSWER)] == ANSWER
    assert both[len(ANSWER) :] == bytes.fromhex("0106 0000 0007 02 03 04 0292ff9b")


def test_several_may_ask_and_one_that_hangs_up_disturbs_nobody(stand: TcpStand) -> None:
    with connect(stand) as first:
        with connect(stand) as second:
            second.sendall(REQUEST)
            assert said(second) == ANSWER
        first.sendall(REQUEST)
        assert said(first) == ANSWER
    assert stand.connections == 2


def test_who_is_not_there_is_silent_or_told_by_a_gateway(stand: TcpStand) -> None:
    other = REQUEST[:6] + b"\x09" + REQUEST[7:]
    assert stand.answer(other) == b""
    gateway = TcpStand([slave(1)], gateway=True)
    try:
        assert gateway.answer(other) == bytes.fromhex("0105 0000 0003 09 83 0b")
        assert gateway.answer(REQUEST) == ANSWER
    finally:
        gateway.close()


def test_a_broken_frame_is_not_passed_on() -> None:
    sick = slave(1)
    sick.mishap = Mishap.CRC_BROKEN
    stand = TcpStand([sick])
    try:
        assert stand.answer(REQUEST) == b""
    finally:
        stand.close()


def test_closing_hangs_up_and_frees_the_port(stand: TcpStand) -> None:
    with connect(stand) as connection:
        connection.sendall(REQUEST)
        assert said(connection) == ANSWER
        stand.close()
        assert connection.recv(1) == b""
    again = TcpStand([slave(1)], stand.port)
    assert again.port == stand.port
    again.close()
    again.close()
