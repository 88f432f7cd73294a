"""The table of the virtual bench: what is laid out on it answers once it says `ready`, and all goes at SIGTERM."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from hil.virtual.bench import BenchPlan, LinePlan, SlavePlan, TcpPlan


def test_instruments_on_a_line_and_behind_modbus_tcp(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port, path = free_port(), tmp_path / "plan.json"
    air = SlavePlan("renke-rs-ws", 1, {"relative_humidity": 65.8, "temperature": -10.1})
    line = LinePlan(str(tmp_path / "line"), 9600, (air,))
    path.write_bytes(msgspec.json.encode(BenchPlan((line,), devices=(TcpPlan(port, (air,)),))))
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
