"""The bench's pins: what is said to them is done, and what isn't understood comes back."""

from hil.virtual.pins import PinTable
from sensors.clock import HandClock
from sensors.pins.header import Header
from sensors.pins.wiring import Edge, Input, Level, Output, Pull


def test_lines_drive_and_ask() -> None:
    table, edges = PinTable(held=0.001), list[Edge]()
    header = Header(lambda: table.board, HandClock())
    header.watch(Input(27, Level.LOW, Pull.UP), edges.append)
    header.take(Output(22, Level.HIGH))
    header.switch(22, on=True)
    answers = list(table.follow(["27?", "27 low", "27?\n", "27 high", "22?", "27 pulses 3"]))
    assert answers == ["27 high", "27 low", "22 high", "27 pulsed"]
    assert [edge.active for edge in edges] == [True, False] * 4


def test_what_is_not_understood_comes_back() -> None:
    assert list(PinTable().follow(["27 up", "door open", ""])) == ["27 up ?", "door open ?", " ?"]
