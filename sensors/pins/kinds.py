"""What may stand on a pin, with what holds for each kind where the site file doesn't say otherwise (pure)."""

from dataclasses import dataclass
from enum import StrEnum

from sensors.pins.wiring import Level, Pull


class Kind(StrEnum):
    """What is connected."""

    DOOR = "door"
    FLOAT = "float"
    LEAK = "leak"
    MAINS = "mains"
    RAIN = "rain"
    PULSE = "pulse"
    LED = "led"
    SIREN = "siren"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Sense:
    """An input: the channel that it is told as, the level that means 1, the pull, how long a level must hold (s)."""

    channel: str
    active: Level
    pull: Pull
    bounce: float
    unit: str = "1"


CONTACTS: dict[Kind, Sense] = {
    # A closed circuit is the good state, so that a cut wire tells itself: the contact opens and the pull-up shows.
    Kind.DOOR: Sense("open", Level.HIGH, Pull.UP, 0.1),
    Kind.MAINS: Sense("failed", Level.HIGH, Pull.UP, 1.0),
    # Water sloshes.
    Kind.FLOAT: Sense("tripped", Level.LOW, Pull.UP, 2.0),
    Kind.LEAK: Sense("wet", Level.LOW, Pull.UP, 1.0),
}
"""Inputs whose 1 is an alarm."""

COUNTERS: dict[Kind, Sense] = {
    # A reed contact closes for some 100 ms as the bucket tips.
    Kind.RAIN: Sense("precipitation", Level.LOW, Pull.UP, 0.02, "mm"),
    # Pulse and pause last 30 ms or more (EN 62053-31, class A).
    Kind.PULSE: Sense("amount", Level.LOW, Pull.UP, 0.01, ""),
}
"""Inputs whose pulses are counted."""

INPUTS = CONTACTS | COUNTERS
OUTPUTS = (Kind.LED, Kind.SIREN, Kind.RELAY)
