"""What the tests of the technician's commands share: a simulated line, a scripted technician, `luxi` as it is typed."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from edge.commission.dialogue import LeftError
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.slave import Slave
from sensors.profile import Profile
from sensors.workshop import Workshop

NOW_MS = 1_795_000_000_000
"""November 2026."""


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile), found
    return found


@dataclass
class Wired:
    """Instruments on a line in memory, and who asks them."""

    clock: HandClock
    loop: Loop
    master: Master

    def hands(self, name: str, address: int | None = None) -> Workshop:
        return Workshop(profile(name), self.master, self.clock, address)

    @property
    def writes(self) -> list[bytes]:
        """What was written; a start command, which writes no register, is none."""
        return [request for _, request in self.loop.sent if request[1] in {5, 6, 15, 16} and request[4:7] != bytes(3)]


def wired(*slaves: Slave) -> Wired:
    clock = HandClock(monotonic=1000.0, wall_ms=NOW_MS)
    loop = Loop(slaves, clock)
    return Wired(clock, loop, Master(Line(loop, clock)))


@dataclass
class Scripted:
    """A technician who answers what was written down beforehand, and leaves when that is used up.

    An answer that is a function is called first: what the technician does with hands before answering.
    """

    answers: Iterable[str | Callable[[], str]] = ()
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = iter(self.answers)

    def tell(self, text: str) -> None:
        self.said.append(text)

    def ask(self, text: str) -> str:
        self.asked.append(text)
        answer = next(self._left, "q")
        answer = answer if isinstance(answer, str) else answer()
        if answer == "q":
            raise LeftError
        return answer

    def show(self, text: str) -> None:
        self.shown.append(text)


def luxi(*arguments: object, answers: str = "", locale: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    """A command as a technician types it, with the answers on standard input."""
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", *map(str, arguments)],
        input=answers,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1", "COLUMNS": "140"},
        check=False,
        timeout=120,
    )
