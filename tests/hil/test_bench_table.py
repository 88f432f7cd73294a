"""The table of the virtual bench: what is laid out on it answers once it says `ready`, and all goes at SIGTERM."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import serial

from hil.virtual.bench import BenchPlan, LinePlan, SlavePlan, TcpPlan

AIR = SlavePlan("renke-rs-ws", 1, {"relative_humidity": 65.8, "temperature": -10.1})


def test_instruments_on_a_line_and_behind_modbus_tcp(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port, path = free_port(), tmp_path / "plan.json"
    line = LinePlan(str(tmp_path / "line"), 9600, (AIR,))
    path.write_bytes(msgspec.json.encode(BenchPlan((line,), devices=(TcpPlan(port, (AIR,)),))))
    command = [sys.executable, "-m", "hil.virtual.bench", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
            assert (tmp_path / "line").is_symlink()
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(bytes.fromhex("0001 0000 0006 01 03 0000 0002"))
                assert connection.recv(100) == bytes.fromhex("0001 0000 0007 01 03 04 0292ff9b")
        finally:
            child.terminate()
        assert child.wait(20) == 0


def test_probes_are_where_the_plan_s_file_says(tmp_path: Path) -> None:
    path, plan = tmp_path / "plan.json", BenchPlan((LinePlan(str(tmp_path / "line"), 9600, (AIR,)),))
    path.write_bytes(msgspec.json.encode(plan))
    command = [sys.executable, "-m", "hil.virtual.bench", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
            with serial.Serial(str(tmp_path / "line"), 9600, timeout=2.0) as far:
                assert asked(far) == bytes.fromhex("0103040292ff9b5a3d")
                path.write_text("half a pl")
                path.write_bytes(msgspec.json.encode(plan).replace(b"-10.1", b"20.0"))
                end = time.monotonic() + 20
                while asked(far)[5:7] != bytes.fromhex("00c8"):
                    assert time.monotonic() < end
        finally:
            child.terminate()
        assert child.wait(20) == 0


def asked(far: serial.Serial) -> bytes:
    far.write(bytes.fromhex("010300000002c40b"))
    return bytes(far.read(9))
