"""What a bad network does to bytes that pass, as far as a relay can: hold them back, break off, swallow them."""

from collections.abc import Callable
from dataclasses import dataclass

SEGMENT = 1448
"""Bytes of one TCP segment on Ethernet: what is lost, is lost by the segment."""
RETRY_S = 0.2
"""What the first loss of a segment costs; each further one twice as much (Linux's TCP_RTO_MIN; RFC 6298, 5.5)."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Faults of a network, each way. The default is fair weather.

    `loss` is the share of segments that get lost: TCP repeats them, so they come late, and all behind them. `reset` is
    a segment's chance to find the connection broken off. `shut` turns everybody away; `swallow` leaves connections
    open, takes new ones and passes nothing: half-open, as behind a router that lost its memory.
    """

    delay_s: float = 0.0
    loss: float = 0.0
    reset: float = 0.0
    bytes_per_s: float = float("inf")
    shut: bool = False
    swallow: bool = False

    @property
    def fair(self) -> bool:
        """Does everything pass at once?"""
        return self == FAIR


FAIR = Weather()


class Passage:
    """One direction of one connection: when each piece that comes in may go out, in order."""

    def __init__(self) -> None:
        self._due = 0.0
        self._free = 0.0
        self._holed = False

    def due(self, now: float, size: int, weather: Weather, luck: Callable[[], float]) -> float | None:
        """The moment for a piece of `size` bytes that came at `now`; infinity for never, None where all is over.

        `luck` gives random numbers in 0-1. A connection of which something was swallowed can't go on in fair weather.
        """
        if weather.swallow:
            self._holed = True
            return float("inf")
        if self._holed or weather.shut or luck() < weather.reset:
            return None
        self._free = max(self._free, now) + size / weather.bytes_per_s
        self._due = max(self._due, self._free + weather.delay_s + _repeats(weather.loss, luck))
        return self._due


def _repeats(loss: float, luck: Callable[[], float]) -> float:
    """Seconds until a segment gets through that is lost with this chance at each try."""
    late, retry = 0.0, RETRY_S
    while loss and luck() < loss:
        late, retry = late + retry, 2 * retry
    return late
