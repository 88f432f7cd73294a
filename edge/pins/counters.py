"""A rain gauge or pulse meter at work: what was added since it was last told, and the running total."""

from collections.abc import Sequence

from edge.pins.table import Pin
from sensors.pins.contact import Contact
from sensors.pins.counter import Count
from sensors.pins.kinds import COUNTERS
from sensors.reading import GOOD, Flag, Quality, Reading, Reason, Stamp

_PORT = Quality(Flag.MISSING, (Reason.PORT,))
_LOST = Quality(Flag.SUSPECT, (Reason.COUNTS_LOST,))


class CounterPin:
    """One counter. It has no factor code: HJ 212-2017, appendix B knows no precipitation, and meters only of a sewage
    works (i33201)."""

    def __init__(self, pin: Pin, count: Count, *, doubtful: bool) -> None:
        """`count` is as it was kept; `doubtful`: pulses may have been lost since, which the next readings say."""
        self.pin = pin
        self.contact = Contact(pin.held)
        self.doubtful = doubtful
        self._meter = pin.meter
        self._kept = Count(count.total % pin.wraps_at, count.told % pin.wraps_at)

    @property
    def count(self) -> Count:
        """The count now."""
        return Count(self._meter.advanced(self._kept.total, self.contact.pulses), self._kept.told)

    @property
    def total(self) -> float:
        """The running total in the meter's unit."""
        return self._meter.quantity(self.count.total)

    def as_told(self) -> Count:
        """The count once what stands now was told."""
        return Count(self.count.total, self.count.total)

    def readings(self, at: Stamp, *, due: bool, lost: bool) -> list[Reading]:
        """If it is due: what was added, and the total. `lost`: the pin can't be read, so that without pulses of before
        there are no values."""
        if not due:
            return []
        added = self._meter.increment(self.count.told, self.count.total)
        values: tuple[float | None, float | None] = (self._meter.quantity(added), self.total)
        quality = _LOST if self.doubtful else GOOD
        if lost and not added:
            values, quality = (None, None), _PORT
        channel = COUNTERS[self.pin.kind].channel
        return [
            Reading(self.pin.name, name, self._meter.unit, "", value, quality, at)
            for name, value in zip((channel, f"{channel}_total"), values, strict=True)
        ]

    def told(self, readings: Sequence[Reading]) -> None:
        """These readings were kept; ones without values told nothing."""
        if any(reading.value is not None for reading in readings):
            self._kept, self.contact.pulses = self.as_told(), 0
            self.doubtful = False
