"""Paced lines: what stands on them answers through a real pty, no faster than the baud rate lets it."""

import os
import select
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hil.virtual.documented import AIR, WATER, lines
from hil.virtual.lines import PacedLine
from sensors.catalogue import Catalogue
from sensors.modbus.frame import hear
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave
from sensors.profile import Profile

REQUEST = bytes.fromhex("010300000002c40b")
ANSWER = bytes.fromhex("0103040292ff9b5a3d")  # documented by the maker: 65.8 %, -10.1 Cel


def slave(name: str, address: int, values: dict[str, float]) -> Slave:
    profile = Catalogue().find(name)
    assert isinstance(profile, Profile)
    return Slave(profile, address, values)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A file descriptor on the far end of a line at 9600 with the RS-WS-N01 at address 1."""
    path = tmp_path / "line"
    line = PacedLine(path, Framing(9600), [slave("renke-rs-ws", 1, {"relative_humidity": 65.8, "temperature": -10.1})])
    far = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(far)
    yield far
    os.close(far)
    line.close()


def answer(port: int, wait_s: float = 1.0) -> bytes:
    heard = b""
    while len(heard) < len(ANSWER) and select.select([port], [], [], wait_s)[0]:
        heard += os.read(port, 100)
    return heard


def test_answers_the_documented_frame(port: int) -> None:
    os.write(port, REQUEST)
    assert answer(port) == ANSWER


def test_takes_at_least_the_time_of_the_wire(port: int) -> None:
    began = time.monotonic()
    os.write(port, REQUEST)
    assert answer(port) == ANSWER
    assert time.monotonic() - began >= (len(REQUEST) + len(ANSWER)) * Framing(9600).character_s


def test_is_silent_for_others(port: int) -> None:
    os.write(port, bytes.fromhex("020300000002c438"))
    assert answer(port, 0.2) == b""


def test_two_requests_one_after_the_other(port: int) -> None:
    for _ in range(3):
        os.write(port, REQUEST)
        assert answer(port) == ANSWER
        time.sleep(0.01)


def test_the_documented_site_has_models_that_exist_at_different_addresses(tmp_path: Path) -> None:
    for group in (WATER, AIR):
        assert len({one.address for one in group}) == len(group)
        for one in group:
            made = slave(one.profile, one.address, dict(one.values))
            assert all(made.get(name) == pytest.approx(value) for name, value in one.values.items())
            assert one.every >= made.profile.timing.poll_min_s
    assert [Path(line.path).parent for line in lines(tmp_path)] == [tmp_path, tmp_path]


def test_one_that_is_tuned_to_another_rate_is_deaf(port: int, tmp_path: Path) -> None:
    tuned = slave("renke-rs-ws", 1, {"relative_humidity": 65.8, "temperature": -10.1})
    tuned.baudrate = 4800
    line = PacedLine(tmp_path / "tuned", Framing(9600), [tuned])
    try:
        for rate, heard in ((9600, b""), (4800, ANSWER), (19200, b"")):
            with serial.Serial(str(tmp_path / "tuned"), rate, timeout=0.3) as far:
                far.write(REQUEST)
                assert far.read(len(ANSWER)) == heard, rate
    finally:
        line.close()


def test_two_that_answer_at_once_spoil_each_other(tmp_path: Path) -> None:
    twins = [slave("renke-rs-ws", 1, {"temperature": value}) for value in (20.0, 20.0)]
    line = PacedLine(tmp_path / "twins", Framing(9600), twins)
    try:
        with serial.Serial(str(tmp_path / "twins"), 9600, timeout=0.3) as far:
            far.write(REQUEST)
            heard = far.read(100)
            assert len(heard) >= len(ANSWER)
            assert hear(REQUEST, heard).answer is None
    finally:
        line.close()
