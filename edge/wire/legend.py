"""What the columns of a batch stand for, told once and referred to by its digest. Pure.

Names, boot and state of the clock stay the same for days; in every batch they would weigh more than the readings.
"""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from edge.wire.messages import Batch, Names, Series, Wire
from edge.wire.squeeze import deflated
from sensors.reading import ClockState

DIGEST_SIZE = 8
MAX_NAMES = 4096
"""More channels than any site has."""


class Legend(Wire, frozen=True):
    """The boot and the state of the clock of all batches that refer to it, and the names of their series by number."""

    boot: str
    clock: ClockState
    names: tuple[Names, ...]

    def __post_init__(self) -> None:
        if len(self.names) > MAX_NAMES:
            raise ValueError(f"legend of {len(self.names)} series; expected at most {MAX_NAMES}")


def written(legend: Legend) -> bytes:
    """A legend as it is stored and sent."""
    return deflated(msgspec.msgpack.encode(legend))


def digest(data: bytes) -> bytes:
    """What a batch calls the legend that is written as `data`."""
    return blake2b(data, digest_size=DIGEST_SIZE).digest()


def names_of(series: Series) -> Names:
    """What one series of a batch is of."""
    return Names(series.instrument, series.channel, series.unit, series.code)


class Writer:
    """Legends for the batches of one program: each name that was ever seen stays, so that a new legend is rare."""

    def __init__(self) -> None:
        self._names: dict[Names, int] = {}
        self._of: tuple[str, ClockState] | None = None
        self._last = b"", b""

    def legend_for(self, batch: Batch) -> tuple[bytes, bytes]:
        """Digest and form of the legend under which a batch is written."""
        grown = self._grown(names_of(series) for series in (*batch.series, *batch.corrections))
        if grown or self._of != (batch.boot, batch.clock):
            self._of = batch.boot, batch.clock
            data = written(Legend(*self._of, tuple(self._names)))
            self._last = digest(data), data
        return self._last

    def number(self, series: Series) -> int:
        """Where the legend that was made last names a series."""
        return self._names[names_of(series)]

    def _grown(self, names: Iterable[Names]) -> bool:
        before = len(self._names)
        for one in names:
            self._names.setdefault(one, len(self._names))
        return len(self._names) > before
