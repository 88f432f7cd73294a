"""What lamps, sirens and relays should show, from what is known now (pure)."""

from dataclasses import dataclass

from edge.pins.table import Pin
from sensors.pins.kinds import Kind


@dataclass(frozen=True, slots=True)
class Open:
    """An open alarm: of what kind, and since when in seconds since boot."""

    kind: Kind
    since: float


@dataclass(frozen=True, slots=True)
class Signs:
    """What there is to show at `now` (seconds since boot); None where nothing is known yet."""

    now: float
    connected: bool | None = None
    well: bool | None = None
    alarms: tuple[Open, ...] = ()


def wanted(pin: Pin, signs: Signs) -> bool:
    """Should it be on now?"""
    match pin.kind:
        case Kind.LED:
            return _lit(pin.shows, signs)
        case Kind.SIREN:
            return any(one.kind in pin.alarms and signs.now - one.since < pin.limit for one in signs.alarms)
        case _:
            return pin.normal == "on"


def _lit(shows: str, signs: Signs) -> bool:
    if shows == "connected":
        return bool(signs.connected)
    if shows == "trouble":
        return signs.well is False
    # By the second, and only when asked: a program that hangs stops blinking.
    return int(signs.now) % 2 == 0
