"""`luxi read`: a documented instrument on a real pty, as a technician and as a script see it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from edge.commission.read import Bench, as_json, as_table
from hil.virtual.lines import PacedLine
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Mishap, Slave
from sensors.profile import Profile


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile)
    return found


MODEL = profile("renke-rs-ws")
DOCUMENTED = {"relative_humidity": 65.8, "temperature": -10.1}


@pytest.fixture
def slave() -> Slave:
    return Slave(MODEL, 1, DOCUMENTED)


@pytest.fixture
def bench(slave: Slave) -> Bench:
    clock = HandClock(monotonic=1000.0)
    return Bench(MODEL, Master(Line(Loop([slave], clock), clock)), clock, 1)


def test_values_and_the_registers_behind_them(bench: Bench) -> None:
    look = bench.look()
    assert look.answered
    found = {reading.channel: (reading.value, registers) for reading, registers in look.readings}
    assert found == {"relative_humidity": (65.8, (0x0292,)), "temperature": (-10.1, (0xFF9B,))}


def test_for_scripts(bench: Bench) -> None:
    found = json.loads(as_json(bench.look()))
    assert found["instrument"] == "renke-rs-ws"
    temperature = next(one for one in found["readings"] if one["channel"] == "temperature")
    assert (temperature["value"], temperature["unit"], temperature["quality"]) == (-10.1, "Cel", 1)
    assert temperature["registers"] == [0xFF9B]


def test_for_people(bench: Bench) -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(as_table(bench.look(), MODEL))
    assert all(word in out.getvalue() for word in ("65.8", "-10.1", "FF9B", "RS-WS"))


def test_silence_is_told(slave: Slave, bench: Bench) -> None:
    slave.mishap = Mishap.SILENT
    look = bench.look()
    assert not look.answered
    assert look.trouble
    assert all(registers is None and reading.value is None for reading, registers in look.readings)


def test_an_old_answer_is_not_shown_again(slave: Slave, bench: Bench) -> None:
    bench.look()
    slave.mishap = Mishap.SILENT
    assert all(registers is None for _, registers in bench.look().readings)


@pytest.fixture
def port(tmp_path: Path, slave: Slave) -> Iterator[Path]:
    path = tmp_path / "port"
    line = PacedLine(path, Framing(4800), [slave])
    yield path
    line.close()


def luxi(*arguments: str, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "read", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1", "COLUMNS": "120"},
        check=False,
        timeout=60,
    )


def test_once_as_a_script_types_it(port: Path) -> None:
    done = luxi("renke-rs-ws", "--port", str(port), "--once", "--json")
    assert done.returncode == 0, done.stderr
    values = {one["channel"]: one["value"] for one in json.loads(done.stdout)["readings"]}
    assert values == DOCUMENTED


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "气温"), ("C.UTF-8", "temperature")])
def test_once_as_a_person_types_it(port: Path, locale: str, word: str) -> None:
    done = luxi("renke-rs-ws", "--port", str(port), "--address", "1", "--once", locale=locale)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout
    assert "-10.1" in done.stdout


def test_nobody_at_that_address(port: Path) -> None:
    done = luxi("renke-rs-ws", "--port", str(port), "--address", "9", "--once", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["trouble"]


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    done = luxi("renke-rs-ws", "--port", str(tmp_path / "gone"), "--once", "--json")
    assert done.returncode == 1
    assert str(tmp_path / "gone") in json.loads(done.stdout)["trouble"]


def test_a_model_that_nobody_knows(port: Path) -> None:
    done = luxi("renke-rs-wx", "--port", str(port), "--once")
    assert done.returncode == 2
    assert "renke-rs-ws" in done.stderr
