"""The board's header: the only door to gpiozero and lgpio.

The libraries have a thread of their own that waits for edges and calls back; nothing of ours runs there but `_Line`,
which hands the edge on. Of gpiozero the layer of pins is used, not that of devices: an edge then comes with the time
at which the kernel saw it, and there are no threads for blinking and holding.
"""

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gpiozero
from gpiozero.pins.mock import MockFactory, MockPin

from sensors.clock import Clock
from sensors.pins.wiring import Edge, Input, Level, Output, PinTrouble, Pull

Factory = Any
"""A gpiozero pin factory."""
SYSTEMS = "/usr/lib/python3/dist-packages"
"""Where Raspberry Pi OS keeps its python3-lgpio: PyPI has lgpio for Python 3.11 and 3.12 only."""
OLDEST_S = 60.0
"""An edge older than this is of another clock: kernels before 5.7 stamp them with the wall clock."""
TOGETHER_S, TRIES = 0.0005, 5
_PULLS = {Pull.UP: "up", Pull.DOWN: "down", Pull.NONE: "floating"}


def on_board(scratch: Path, system: str = SYSTEMS) -> Factory:
    """The pins of this Raspberry Pi; PinTrouble where there are none.

    lgpio keeps a pipe in the folder `scratch`; where our environment has no lgpio, that of the folder `system` serves.
    """
    try:
        with _staying_here(scratch), _within_reach(system):
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - starts a thread and makes a pipe

            return LGPIOFactory()
    except ImportError as fault:
        raise PinTrouble(
            "no-lgpio", f"没有 lgpio：apt install python3-lgpio / no lgpio: apt install python3-lgpio ({fault})"
        ) from fault
    except gpiozero.PinUnknownPi as fault:
        raise PinTrouble("no-pi", f"这不是树莓派，没有引脚 / not a Raspberry Pi, no pins here ({fault})") from fault
    except _expected() as fault:
        text = "打不开 /dev/gpiochip*：用户是否在 gpio 组 / can't open /dev/gpiochip*: is the user in group gpio"
        raise PinTrouble("no-chip", f"{text} ({fault})") from fault


def on_table() -> Factory:
    """Pins that exist in memory only: `pin(17).drive_low()` is what a contact does there."""
    return MockFactory(pin_class=_WiredPin)


class Header:
    """The pins in use. Edges come from the library's thread; everything else is called by one thread.

    Outputs are left in their safe state by `rest`, which also runs when the interpreter ends. They are not given back:
    the library would make inputs of them, and the level that matters would be left to chance. A process that is killed
    leaves them as they are: Raspberry Pi's kernel keeps the level of a line that is let go (raspberrypi/linux #6117),
    upstream's makes an input of it.
    """

    def __init__(self, make: Callable[[], Factory], clock: Clock) -> None:
        """`make` opens the board when the first pin is asked for, and again after it failed."""
        self._make = make
        self._clock = clock
        self._board: Factory | None = None
        self._lines: dict[int, _Line] = {}
        self._outputs: dict[int, tuple[Any, Output]] = {}

    def watch(self, wiring: Input, sink: Callable[[Edge], None]) -> None:
        """Have every edge of an input told to `sink`, from another thread; PinTrouble where that can't be."""
        with _named(wiring.gpio):
            pin = self._opened().pin(wiring.gpio)
            pin.input_with_pull(_PULLS[wiring.pull])
            line = _Line(wiring, pin, self._board, self._clock, sink)
            pin.when_changed = line.changed  # held weakly there
            self._lines[wiring.gpio] = line

    def read(self, gpio: int) -> bool:
        """Is a watched input active now? PinTrouble where it can't be read."""
        line = self._lines[gpio]
        with _named(gpio):
            return line.means(line.pin.state)

    def take(self, wiring: Output) -> None:
        """Make an output of a pin, in its safe state; PinTrouble where that can't be."""
        with _named(wiring.gpio):
            pin = self._opened().pin(wiring.gpio)
            pin.output_with_state(_level(wiring, on=wiring.safe))
            self._outputs[wiring.gpio] = (pin, wiring)

    def switch(self, gpio: int, *, on: bool) -> None:
        """Switch an output that was taken; PinTrouble where that can't be."""
        pin, wiring = self._outputs[gpio]
        with _named(gpio):
            pin.state = _level(wiring, on=on)

    def rest(self) -> None:
        """Outputs to their safe states, no more edges; `watch` and `take` begin anew."""
        atexit.unregister(self.rest)
        for pin, wiring in self._outputs.values():
            with suppress(*_expected()):  # one that fails must not keep the next from being safe
                pin.state = _level(wiring, on=wiring.safe)
        for line in self._lines.values():
            with suppress(*_expected()):
                line.pin.when_changed = None
        self._lines, self._outputs = {}, {}

    def _opened(self) -> Factory:
        if self._board is None:
            self._board = self._make()
        atexit.unregister(self.rest)
        atexit.register(self.rest)
        return self._board


class _Line:
    """One watched input, called by the library's thread."""

    def __init__(self, wiring: Input, pin: Any, board: Factory, clock: Clock, sink: Callable[[Edge], None]) -> None:
        self._wiring = wiring
        self._board = board
        self._clock = clock
        self._sink = sink
        self.pin = pin

    def changed(self, ticks: float, state: int) -> None:
        """Hand an edge on. `ticks` are the library's own; their age puts the edge on our clock."""
        now, ticks_now = self._both_clocks()
        age = self._board.ticks_diff(ticks_now, ticks)
        self._sink(Edge(self._wiring.gpio, self.means(state), now - (age if 0 <= age < OLDEST_S else 0.0)))

    def _both_clocks(self) -> tuple[float, float]:
        """Our clock and the library's, read together: on a busy machine time passes between two readings, and a spike
        would come out longer than it was."""
        for _ in range(TRIES):
            before, ticks, after = self._clock.monotonic(), self._board.ticks(), self._clock.monotonic()
            if after - before < TOGETHER_S:
                break
        return after, ticks

    def means(self, state: int) -> bool:
        """Is this level the active one?"""
        return bool(state) == (self._wiring.active is Level.HIGH)


class _WiredPin(MockPin):  # type: ignore[misc]
    """A mock pin with something connected, which is stronger than a pull: gpiozero's own follows the last of both."""

    def __init__(self, *arguments: Any) -> None:
        self._outside: bool | None = None
        super().__init__(*arguments)

    def drive_high(self) -> None:
        self._outside = True
        super().drive_high()

    def drive_low(self) -> None:
        self._outside = False
        super().drive_low()

    def _set_pull(self, value: str) -> None:
        outside = self._outside
        super()._set_pull(value)
        if outside is not None:
            (self.drive_high if outside else self.drive_low)()
        self._outside = outside


def _level(wiring: Output, *, on: bool) -> bool:
    return on == (wiring.active is Level.HIGH)


@contextmanager
def _named(gpio: int) -> Iterator[None]:
    """What the libraries raise for one pin, as trouble of that pin."""
    try:
        yield
    except _expected() as fault:
        text = f"GPIO{gpio} 无法使用，是否被其他程序占用 / GPIO{gpio} can't be used: does another program hold it"
        raise PinTrouble("busy", f"{text} ({fault})") from fault


def _expected() -> tuple[type[Exception], ...]:
    """What opening a board or a pin may raise; lgpio's own error only exists once lgpio was loaded."""
    lgpio = getattr(sys.modules.get("lgpio"), "error", OSError)
    return (gpiozero.GPIOZeroError, OSError, lgpio)


@contextmanager
def _within_reach(folder: str) -> Iterator[None]:
    """The packages of a folder within reach, after ours and for a moment only."""
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


@contextmanager
def _staying_here(scratch: Path) -> Iterator[None]:
    """lgpio goes to the folder that LG_WD names, where it makes its pipe, and would take the whole process along."""
    here = Path.cwd()
    os.environ["LG_WD"] = str(scratch)
    try:
        yield
    finally:
        os.chdir(here)
