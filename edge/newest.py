"""The newest reading of every channel, left in a file by `sense` for `luxi live`: nobody else need ask the port."""

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from edge.config import Site
from edge.runtime.replace import replace
from edge.wire.columns import pack, unpack
from edge.wire.messages import Batch
from sensors.clock import Clock
from sensors.reading import Reading, Stamp

IN_MEMORY_S = 1.0
ON_DISK_S = 10.0
"""Where there is no place in memory the card is spared."""


class Left(msgspec.Struct, frozen=True):
    """What was left, and when: readings as batches, and by instrument, in words, what is wrong."""

    at: Stamp
    batches: tuple[Batch, ...]
    troubles: dict[str, str]

    def readings(self) -> dict[tuple[str, str], Reading]:
        """The readings by names of instrument and channel."""
        return {(one.instrument, one.channel): one for batch in self.batches for one in unpack(batch)}


class Newest:
    """Collects from every bus and writes now and then; safe to use from every bus's thread."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._file = newest_file(site.status_folder)
        self._every_s = IN_MEMORY_S if site.status_folder == site.runtime else ON_DISK_S
        self._clock = clock
        self._lock = threading.Lock()
        self._readings: dict[tuple[str, str], Reading] = {}
        self._troubles: dict[str, str] = {}
        self._write_at = float("-inf")

    def take(self, readings: Iterable[Reading], troubles: Mapping[str, str]) -> None:
        """Keep `readings` in the place of earlier ones; `troubles` says of each instrument what is wrong, or ""."""
        with self._lock:
            self._readings |= {(one.instrument, one.channel): one for one in readings}
            self._troubles |= troubles

    def leave(self) -> None:
        """Write the file if it is time to. It is a convenience: a full disk only leaves it old."""
        with self._lock:
            if self._clock.monotonic() < self._write_at:
                return
            self._write_at = self._clock.monotonic() + self._every_s
            troubles = {name: words for name, words in self._troubles.items() if words}
            left = Left(self._clock.now(), tuple(pack(self._readings.values())), troubles)
            replace(self._file, msgspec.msgpack.encode(left))


def newest_file(folder: Path) -> Path:
    """Where `sense` leaves the newest readings."""
    return folder / "newest-sense.msgpack"


def read_newest(folder: Path) -> Left | None:
    """What `sense` left, None where there is nothing that can be read."""
    try:
        return msgspec.msgpack.decode(newest_file(folder).read_bytes(), type=Left)
    except (OSError, msgspec.MsgspecError):
        return None
