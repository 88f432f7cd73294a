"""The pins of the virtual bench: `sense` on pins that exist in memory only, driven line by line from standard input."""

import argparse
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.config import read_site
from edge.pins.table import Pin, is_output
from edge.runtime.program import print_faults, until_stopped
from edge.sense import sense
from sensors.catalogue import Catalogue
from sensors.pins.header import on_table


class PinTable:
    """What is wired to the pins: contacts that close and open, and a look at what is switched.

    A line is `17 high`, `17 low`, `27?` (answered `27 high` or `27 low`), or `17 pulses 5`, five times from the level
    that is to the other and back, `held` seconds each.
    """

    def __init__(self, held: float = 0.05) -> None:
        self.board = on_table()
        self._held = held
        self._waiting = threading.Event()

    def drive(self, gpio: int, *, high: bool) -> None:
        """Put a level on an input."""
        pin = self.board.pin(gpio)
        (pin.drive_high if high else pin.drive_low)()

    def level(self, gpio: int) -> str:
        """The level on a pin."""
        return "high" if self.board.pin(gpio).state else "low"

    def pulses(self, gpio: int, times: int) -> None:
        """Tip a bucket, turn a meter."""
        for nth in range(2 * times):
            self.drive(gpio, high=(self.level(gpio) == "low"))
            if nth + 1 < 2 * times:
                self._waiting.wait(self._held)
        self._waiting.wait(self._held)

    def follow(self, lines: Iterable[str]) -> Iterator[str]:
        """Do what the lines say; the answers. What isn't understood is answered with itself and a question mark."""
        for line in lines:
            match line.split():
                case [gpio, ("high" | "low") as level] if gpio.isdigit():
                    self.drive(int(gpio), high=level == "high")
                case [gpio, "pulses", times] if gpio.isdigit() and times.isdigit():
                    self.pulses(int(gpio), int(times))
                    yield f"{gpio} pulsed"
                case [asked] if asked.endswith("?") and asked[:-1].isdigit():
                    yield f"{asked[:-1]} {self.level(int(asked[:-1]))}"
                case _:
                    yield f"{line.strip()} ?"


def main() -> int:
    """Be `luxi edge sense` until SIGTERM; on the way out say how each output was left."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--at-first", default="", metavar="'17 low, 5 high'", help="levels before sense begins")
    args = parser.parse_args()
    found = read_site(args.config, Catalogue())
    if found.file is None:
        return print_faults(found.faults)
    file, table = found.file, PinTable()
    print(*table.follow(filter(None, args.at_first.split(","))), sep="", end="")
    threading.Thread(target=_talk, args=(table,), name="pin table", daemon=True).start()
    code = until_stopped(lambda stop: sense(file, stop, lambda: table.board))
    _show(table, (pin for pin in file.pins if is_output(pin)))
    return code


def _talk(table: PinTable) -> None:
    for answer in table.follow(sys.stdin):
        print(answer, flush=True)


def _show(table: PinTable, outputs: Iterable[Pin]) -> None:
    for pin in outputs:
        print(f"left {pin.name} {table.level(pin.gpio)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
