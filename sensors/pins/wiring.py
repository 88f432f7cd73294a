"""How something is wired to a pin, and what the pin tells: plain values, known to both sides of the header (pure)."""

from dataclasses import dataclass
from enum import StrEnum


class PinTrouble(Exception):  # noqa: N818 - it names what happened
    """A pin can't be used now. `word` is for health, the message says what was found and what to do."""

    def __init__(self, word: str, text: str) -> None:
        super().__init__(text)
        self.word = word


class Level(StrEnum):
    """The voltage on a pin."""

    HIGH = "high"
    LOW = "low"


class Pull(StrEnum):
    """The resistor inside the processor that holds a pin while nothing is connected."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Input:
    """A contact on a pin: `gpio` is the processor's number (BCM), `active` the level that means 1."""

    gpio: int
    active: Level
    pull: Pull


@dataclass(frozen=True, slots=True)
class Output:
    """Something that is switched: `active` is the level that switches it on, `safe` how it is left."""

    gpio: int
    active: Level
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """An input changed: to what, and when in seconds since boot."""

    gpio: int
    active: bool
    at: float
