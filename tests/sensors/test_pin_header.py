"""The header on gpiozero's own mock pins: levels and what they mean, edges in time, outputs that end safe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sensors.clock import HandClock
from sensors.pins.header import Header, on_board, on_table
from sensors.pins.wiring import Edge, Input, Level, Output, PinTrouble, Pull

DOOR = Input(17, Level.HIGH, Pull.UP)
RAIN = Input(27, Level.LOW, Pull.UP)
SIREN = Output(22, Level.HIGH)
PUMP = Output(23, Level.LOW, safe=True)


class Bench:
    """A header on pins in memory."""

    def __init__(self) -> None:
        self.clock = HandClock(monotonic=500.0)
        self.board = on_table()
        self.header = Header(lambda: self.board, self.clock)
        self.edges: list[Edge] = []

    def watch(self, wiring: Input) -> None:
        self.header.watch(wiring, self.edges.append)

    def state(self, gpio: int) -> bool:
        return bool(self.board.pin(gpio).state)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_levels_mean_what_the_wiring_says(bench: Bench) -> None:
    for wiring in (DOOR, RAIN):
        bench.watch(wiring)
    assert bench.board.pin(17).pull == "up"
    assert (bench.header.read(17), bench.header.read(27)) == (True, False), "pulled up"
    bench.board.pin(17).drive_low()
    bench.board.pin(27).drive_low()
    assert (bench.header.read(17), bench.header.read(27)) == (False, True)


def test_a_contact_is_stronger_than_the_pull(bench: Bench) -> None:
    bench.board.pin(27).drive_low()
    bench.watch(RAIN)
    assert bench.header.read(27)
    bench.header.rest()
    bench.watch(RAIN)
    assert bench.header.read(27)


def test_edges_are_told_with_their_times(bench: Bench) -> None:
    bench.watch(RAIN)
    bench.board.pin(27).drive_low()
    bench.clock.sleep(1)
    bench.board.pin(27).drive_high()
    assert [(edge.gpio, edge.active) for edge in bench.edges] == [(27, True), (27, False)]
    # By gpiozero's own clock, of which a few microseconds pass between an edge and its callback.
    assert [edge.at for edge in bench.edges] == [pytest.approx(500.0, abs=0.2), pytest.approx(501.0, abs=0.2)]


def test_an_edge_of_impossible_age_is_of_now(bench: Bench) -> None:
    """A kernel before 5.7 stamps edges with the wall clock."""
    bench.watch(RAIN)
    line = bench.board.pin(27).when_changed
    line(1_790_000_000.0, 0)
    line(0.0, 1)
    assert [edge.at for edge in bench.edges] == [500.0, 500.0]


def test_outputs_begin_and_end_in_their_safe_state(bench: Bench) -> None:
    for wiring in (SIREN, PUMP):
        bench.header.take(wiring)
    assert (bench.state(22), bench.state(23)) == (False, False), "off, and on at active low"
    bench.header.switch(22, on=True)
    bench.header.switch(23, on=False)
    assert (bench.state(22), bench.state(23)) == (True, True)
    bench.header.rest()
    assert (bench.state(22), bench.state(23)) == (False, False)
    assert bench.board.pin(22).function == "output", "given back, its level would be left to chance"


def test_after_a_rest_nothing_is_told_until_it_is_watched_again(bench: Bench) -> None:
    bench.watch(RAIN)
    bench.header.rest()
    bench.board.pin(27).drive_low()
    assert bench.edges == []
    bench.watch(RAIN)
    bench.board.pin(27).drive_high()
    assert [edge.active for edge in bench.edges] == [False]


@pytest.mark.parametrize("wiring", [Input(2, Level.LOW, Pull.DOWN), Input(99, Level.LOW, Pull.UP)])
def test_a_pin_that_cannot_be_had_is_trouble_of_that_pin(bench: Bench, wiring: Input) -> None:
    with pytest.raises(PinTrouble, match=f"GPIO{wiring.gpio} ") as trouble:
        bench.watch(wiring)
    assert trouble.value.word == "busy"
    bench.watch(RAIN)
    assert not bench.header.read(27)


def test_the_board_is_asked_for_again_after_it_failed() -> None:
    boards: list[object] = []

    def make() -> object:
        if not boards:
            boards.append(on_table())
            raise PinTrouble("no-chip", "not yet")
        return boards[0]

    header = Header(make, HandClock())
    with pytest.raises(PinTrouble, match="not yet"):
        header.take(SIREN)
    header.take(SIREN)
    header.switch(22, on=True)


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has pins")
def test_a_machine_without_pins_says_what_to_do(tmp_path: Path) -> None:
    here = Path.cwd()
    with pytest.raises(PinTrouble) as trouble:
        on_board(tmp_path)
    assert trouble.value.word in {"no-lgpio", "no-pi", "no-chip"}
    assert " / " in str(trouble.value)
    assert Path.cwd() == here, "lgpio goes elsewhere when it is loaded"
    assert "dist-packages" not in " ".join(sys.path)


SYSTEMS = """
import sys
from pathlib import Path
from sensors.pins.header import PinTrouble, on_board
try:
    on_board(Path(sys.argv[1]), system=sys.argv[1])
except PinTrouble as trouble:
    print(trouble.word, sys.modules["lgpio"].__file__)
"""
LGPIO = "SET_PULL_NONE = SET_PULL_UP = SET_PULL_DOWN = BOTH_EDGES = RISING_EDGE = FALLING_EDGE = 0\n"


@pytest.mark.skipif(Path("/proc/device-tree/system/linux,revision").exists(), reason="this is a Raspberry Pi")
def test_the_systems_lgpio_serves_where_we_have_none(tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").write_text(LGPIO + "class error(Exception): ...\n")
    done = subprocess.run(
        [sys.executable, "-c", SYSTEMS, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.startswith("no-pi "), done.stdout + done.stderr


ENDING = """
import sys
from sensors.clock import HandClock
from sensors.pins.header import Header, on_table
from sensors.pins.wiring import Level, Output
board = on_table()
pin = board.pin(22)
import atexit
atexit.register(lambda: print("siren", bool(pin.state)))
header = Header(lambda: board, HandClock())
header.take(Output(22, Level.HIGH))
header.switch(22, on=True)
print("siren", bool(pin.state), flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["sys.exit(3)", "raise RuntimeError('a bug')", "pass"])
def test_outputs_are_safe_when_the_interpreter_ends(end: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING.format(end=end)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.split("\n")[:2] == ["siren True", "siren False"], done.stderr
