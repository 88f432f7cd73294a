"""Which minute, ten minutes, hour and day a moment belongs to: China's, at +08:00 all year (pure)."""

from enum import IntEnum

MINUTE_MS = 60_000
OFFSET_MS = 8 * 60 * MINUTE_MS
"""China's time is 8 hours before UTC; it has had no summer time since 1991."""


class Span(IntEnum):
    """How long a record is, in minutes."""

    MINUTE = 1
    TEN_MINUTES = 10
    HOUR = 60
    DAY = 1440

    @property
    def ms(self) -> int:
        """The same in milliseconds."""
        return self * MINUTE_MS

    @property
    def word(self) -> str:
        """What people and the county call it: `minute`, `ten-minutes`, `hour`, `day`."""
        return self.name.lower().replace("_", "-")

    def start(self, wall_ms: int) -> int:
        """When the one that holds a moment began; both in milliseconds since 1970 UTC."""
        return (wall_ms + OFFSET_MS) // self.ms * self.ms - OFFSET_MS


PART = {Span.TEN_MINUTES: Span.MINUTE, Span.HOUR: Span.MINUTE, Span.DAY: Span.HOUR}
"""What a record is made of; a minute's are readings."""
ABOVE = {span: tuple(above for above, part in PART.items() if part is span) for span in Span}
"""What is made of a record."""
WORDS = {span.word: span for span in Span}
