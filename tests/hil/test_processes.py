"""Programs as children: they start, are killed like in a power cut, stop in order, and leave a log."""

import time
from pathlib import Path

import pytest

from hil.virtual.processes import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """`luxi --version` by default; the tests take what they need."""
    return Program("version", ("--version",), tmp_path / "log")


def sleeper(folder: Path) -> Program:
    """A program that stays: the virtual bench with nothing on its table."""
    plan = folder / "bench.json"
    plan.write_text('{"lines": [], "cameras": []}')
    return Program("bench", (str(plan),), folder / "log", module="hil.virtual.bench")


def ready(program: Program) -> None:
    end = time.monotonic() + 30
    while "ready" not in program.tail():
        assert program.alive, program.tail()
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_program_that_ends_by_itself(program: Program) -> None:
    assert not program.alive
    assert program.stop() is None
    program.start()
    assert program.stop() is not None
    assert not program.alive


def test_stop_is_orderly(tmp_path: Path) -> None:
    program = sleeper(tmp_path)
    program.start()
    ready(program)
    assert program.pid is not None
    assert program.stop() == 0
    assert program.pid is None


def test_kill_is_not(tmp_path: Path) -> None:
    program = sleeper(tmp_path)
    program.start()
    ready(program)
    program.kill()
    assert not program.alive
    assert program.stop() == -9


def test_it_can_be_started_again_and_the_log_goes_on(tmp_path: Path) -> None:
    program = sleeper(tmp_path)
    for times in (1, 2, 3):
        program.start()
        end = time.monotonic() + 30
        while program.tail().count("ready") < times:
            assert time.monotonic() < end, program.tail()
            time.sleep(0.05)
        program.stop()


def test_the_tail_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert Program("x", (), tmp_path / "none").tail() == ""


def test_a_plan_with_an_unknown_instrument_ends_the_bench_with_its_name(tmp_path: Path) -> None:
    plan = tmp_path / "bench.json"
    plan.write_text(
        '{"lines": [{"path": "%s", "baudrate": 9600, "slaves": [{"profile": "nobody-1", "address": 1, "values": {}}]}]}'
        % (tmp_path / "line")
    )
    program = Program("bench", (str(plan),), tmp_path / "log", module="hil.virtual.bench")
    program.start()
    end = time.monotonic() + 30
    while program.alive and time.monotonic() < end:
        time.sleep(0.05)
    assert program.stop() == 1
    assert "nobody-1" in program.tail()
