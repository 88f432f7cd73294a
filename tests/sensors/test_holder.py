"""Who has a port is named, so that a person can end it; and which ports there are."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sensors.modbus.holder import holder, present
from sensors.modbus.port import Framing, PortLost
from sensors.modbus.tty import Tty

HOLD = (
    "import fcntl, sys, time; file = open(sys.argv[1], 'rb', buffering=0)\n"
    "if sys.argv[2] == 'lock': fcntl.flock(file, fcntl.LOCK_EX)\n"
    "print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def far() -> int:
    return os.openpty()[1]


def held(path: str, how: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, path, how], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_who_locked_it_goes_before_who_has_it_open(far: int) -> None:
    process = held(os.ttyname(far), "lock")
    try:
        assert holder(os.ttyname(far)).startswith(f"{process.pid} ({Path(sys.executable).name} ")
    finally:
        end(process)


def test_who_merely_has_it_open_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.touch()
    assert holder(str(path)) == ""
    process = held(str(path), "open")
    try:
        assert holder(str(path)).startswith(f"{process.pid} (")
    finally:
        end(process)


def test_what_is_not_there_has_nobody() -> None:
    assert holder("/dev/no such port") == ""


def test_a_port_that_is_taken_says_by_whom_and_what_to_do(far: int) -> None:
    process = held(os.ttyname(far), "lock")
    try:
        with pytest.raises(PortLost, match=rf"请先停止它 / .*held by process {process.pid} \(.*stop it first"):
            Tty(os.ttyname(far), Framing()).read(0.0)
    finally:
        end(process)


def test_a_port_that_is_not_there_says_which_are() -> None:
    with pytest.raises(PortLost, match=r"本机现有：.* / port not found .*this machine has: "):
        Tty("/dev/ttyNone", Framing()).read(0.0)


def test_names_that_stay_go_first() -> None:
    found = present()
    assert len(found) <= 6
    assert all(Path(path).exists() for path in found)


def test_a_lock_of_ours_is_ours(far: int) -> None:
    fcntl.flock(far, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert holder(os.ttyname(far)).startswith(f"{os.getpid()} (")
