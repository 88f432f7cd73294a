"""`luxi calibrate` as it is typed, on a real pty; and `sense`, `upkeep` and `live` around it, as real processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commission_kit import luxi, profile

from edge.upkeep import Book
from gateway.authority import Authority
from hil.virtual.lines import PacedLine
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave

SITE = """\
[site]
id = "farm-1"
state = "state"
runtime = "{run}"
[gateway]
host = "127.0.0.1"
port = 1
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"
[[buses]]
name = "b"
port = "{port}"
[[buses.instruments]]
name = "air"
profile = "xy-md02"
every = "1s"
[[buses.instruments]]
name = "soil"
profile = "comwintop-cwt-soil-thc-s"
address = 5
every = "1s"
"""


@pytest.fixture
def air() -> Slave:
    slave = Slave(profile("xy-md02"), 1)
    slave.meet("temperature", 20.5)
    slave.meet("relative_humidity", 50.0)
    return slave


@pytest.fixture
def port(tmp_path: Path, air: Slave) -> Iterator[Path]:
    line = PacedLine(tmp_path / "port", Framing(9600), [air, Slave(profile("comwintop-cwt-soil-thc-s"), 5)])
    yield tmp_path / "port"
    line.close()


@pytest.fixture
def site(tmp_path: Path, port: Path) -> Path:
    (tmp_path / "run").mkdir()
    Authority(tmp_path / "ca", datetime.now(UTC)).ensure_client(tmp_path / "certificates", "site", "farm-1")
    (tmp_path / "site.toml").write_text(SITE.format(run=tmp_path / "run", port=port), "utf-8")
    return tmp_path / "site.toml"


@pytest.fixture
def sense(site: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The program itself; readings of both instruments are there."""
    command = [sys.executable, "-m", "hil.cli", "edge", "sense", "--config", str(site)]
    with (site.parent / "sense.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: (site.parent / "run" / "newest-sense.msgpack").exists() and seen(site))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def seen(site: Path, instrument: str = "air") -> list[str]:
    """The marks that `luxi live` shows for an instrument, each of a reading with a value; none before it was read."""
    found = json.loads(luxi("live", "--config", site, "--once", "--json", "--instrument", instrument).stdout)
    return [one["mark"] for one in found["readings"] if one["value"] is not None]


def typed(port: Path, *more: object, answers: str) -> "subprocess.CompletedProcess[str]":
    command = ("calibrate", "xy-md02", "--port", port, "--baudrate", 9600, "--method", "temperature", "--steady", "1s")
    return luxi(*command, *more, answers=answers)


def test_an_offset_with_the_answers_on_standard_input(port: Path, site: Path, air: Slave) -> None:
    done = typed(port, "--config", site, "--by", "张工", "--json", answers="20\n\ny\n")
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout)
    assert (entry["who"], entry["instrument"], entry["outcome"]) == ("张工", "air", "done")
    assert (entry["before"], entry["after"]) == ({"temperature_offset": [0.0]}, {"temperature_offset": [-0.5]})
    assert air.get("temperature") == 20.0
    lines = (site.parent / "state" / "calibrations.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["begun", "done"]
    assert json.loads(lines[-1]) == entry
    (window,) = Book(site.parent / "state").windows()
    assert (window.instrument, window.kind.value) == ("air", "calibration")
    back = typed(port, "--config", site, "--undo", answers="y\n")
    assert back.returncode == 0, back.stdout
    assert air.get("temperature") == 20.5


def test_without_a_site_it_is_recorded_where_one_says(port: Path, tmp_path: Path) -> None:
    done = typed(port, "--record", tmp_path / "mine.jsonl", answers="20\n\ny\n")
    assert done.returncode == 0, done.stdout
    assert json.loads((tmp_path / "mine.jsonl").read_text("utf-8").splitlines()[-1])["instrument"] == ""


def test_with_nowhere_to_record_nothing_is_begun(port: Path) -> None:
    done = typed(port, answers="20\n\ny\n")
    assert done.returncode == 2
    assert "--record" in done.stderr


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(port: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    done = typed(port, "--record", tmp_path / "folder.jsonl", answers="20\n\ny\n")
    assert done.returncode == 1
    assert "can't be recorded" in done.stdout


def test_answers_that_end_early_leave_the_instrument_as_it_was(port: Path, site: Path, air: Slave) -> None:
    done = typed(port, "--config", site, answers="20\n")
    assert done.returncode == 1
    assert "as it was" in done.stdout
    assert air.get("temperature") == 20.5


def test_ctrl_c_says_how_the_instrument_stands(port: Path, site: Path, air: Slave) -> None:
    command = [sys.executable, "-m", "hil.cli", "calibrate", "xy-md02", "--port", str(port), "--baudrate", "9600"]
    command += ["--method", "temperature", "--config", str(site), "--steady", "60s"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    assert process.stdin
    process.stdin.write("20\n\n")
    process.stdin.flush()
    until(lambda: Book(site.parent / "state").windows())
    stop = threading.Timer(5.0, process.send_signal, (signal.SIGINT,))
    stop.start()
    try:
        out, _ = process.communicate(timeout=90)
    finally:
        process.kill()  # an orphan would keep the port from the tests that follow
    assert process.returncode == 1
    assert "the instrument is as it was" in out
    (window,) = Book(site.parent / "state").windows()
    assert window.until_ms <= time.time() * 1000, "the mark ends with it"


def test_an_instrument_that_the_site_has_not_is_wrong_usage(port: Path, site: Path) -> None:
    done = typed(port, "--config", site, "--instrument", "water", answers="")
    assert done.returncode == 2
    assert "air, soil" in done.stderr


def test_while_sense_has_the_port_its_pid_is_named(port: Path, site: Path, sense: "subprocess.Popen[bytes]") -> None:
    for done in (
        typed(port, "--config", site, answers="20\n\ny\n"),
        luxi("set-address", "xy-md02", "--port", port, "--to", 7),
        luxi("scan", port, "--addresses", "1", "--baudrate", 9600),
        luxi("read", "xy-md02", "--port", port, "--once"),
    ):
        assert done.returncode == 1
        told = " ".join((done.stdout + done.stderr).split())
        assert f"process {sense.pid} (" in told
        assert "systemctl stop luxi-sense" in told
    second = luxi("edge", "sense", "--config", site)
    assert second.returncode == 1
    assert str(sense.pid) in second.stderr


def test_a_window_reaches_the_readings_while_sense_runs(site: Path, sense: "subprocess.Popen[bytes]") -> None:
    assert seen(site) == ["N", "N"]
    for kind, letter in (("maintenance", "M"), ("calibration", "C"), ("stopped", "F"), ("manual", "S")):
        begun = luxi("upkeep", "start", "--config", site, "--instrument", "air", "--kind", kind, "--for", "1h")
        assert begun.returncode == 0, begun.stderr
        until(lambda letter=letter: set(seen(site)) == {letter})  # type: ignore[misc]
        luxi("upkeep", "stop", "--config", site)
    until(lambda: set(seen(site)) == {"N"})
    luxi("upkeep", "start", "--config", site, "--instrument", "air", "--for", "15s")
    until(lambda: set(seen(site)) == {"M"})
    assert set(seen(site, "soil")) == {"N"}, "the other instrument has nothing to do with it"
    until(lambda: set(seen(site)) == {"N"}, 60)
    assert sense.poll() is None, "all of it without a restart"


def test_a_window_survives_a_kill_of_sense(site: Path, sense: "subprocess.Popen[bytes]") -> None:
    luxi("upkeep", "start", "--config", site, "--for", "1h")
    sense.kill()
    sense.wait()
    (site.parent / "run" / "newest-sense.msgpack").unlink()
    again = subprocess.Popen([sys.executable, "-m", "hil.cli", "edge", "sense", "--config", str(site)])
    try:
        until(lambda: set(seen(site)) == {"M"})
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(30)
