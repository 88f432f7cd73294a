"""What the pins must not forget: counts and open alarms, in a small file that is replaced as a whole, synced.

A power cut leaves the file of before or the file of now. What was counted since it was last written is lost with the
power; `running` then tells the next start that something may be missing.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from edge.runtime.files import kept
from sensors.pins.counter import Count


class Stage(StrEnum):
    """How far an alarm has come. What is to be told stands here before it is told, and is told again after a crash
    in between: under the same name, so that it is one episode for everybody."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm that was raised, of the boot and the monotonic time (ms) at which it was."""

    source: str
    boot: str
    opened_ms: int
    stage: Stage = Stage.OPENING

    @property
    def name(self) -> str:
        """Unique over restarts and boots of a site; the same at opening and closing."""
        return f"{self.source}-{self.boot[:8]}-{self.opened_ms}"


@dataclass(frozen=True, slots=True)
class Page:
    """All that is kept, by names of pins."""

    running: bool = False
    counts: dict[str, Count] = field(default_factory=dict)
    episodes: dict[str, Episode] = field(default_factory=dict)


class Ledger:
    """The file. Trouble with it is a value: `trouble` says what, and the pins go on without it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.trouble = ""

    def read(self) -> Page:
        """What was kept: an empty page where there is none, one that is `running` where it can't be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Page)
        except FileNotFoundError:
            return Page()
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as fault:
            self.trouble = f"{self._path}: {fault}"
            return Page(running=True)

    def write(self, page: Page) -> bool:
        """Keep a page; True when it survives a power cut."""
        try:
            kept(self._path, msgspec.json.encode(page))
        except OSError as fault:
            self.trouble = f"{self._path}: {fault}"
            return False
        self.trouble = ""
        return True
