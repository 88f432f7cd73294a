"""Windows of upkeep: those of the site file, and those that a technician opens, kept in the state folder for `sense`.

A window that a person opens always has an end, so that one that was forgotten marks no month of readings.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.config import Site
from edge.planned import Planned
from edge.runtime.files import kept
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reason, Stamp

log = logging.getLogger(__name__)

_FORGOTTEN_MS = 31 * 86_400_000
"""So long after its end a window is forgotten: nothing that old is judged any more."""


class DamagedError(Exception):
    """The file of windows can't be understood; says what to do in Chinese and English."""


class Window(msgspec.Struct, frozen=True):
    """One window that a person opened. Times are milliseconds since 1970 UTC; `by` is who opened it."""

    kind: Reason
    instrument: str
    from_ms: int
    until_ms: int
    by: str = ""

    @property
    def upkeep(self) -> Upkeep:
        """As the judge takes it."""
        return Upkeep(self.kind, self.from_ms, self.until_ms, self.instrument)

    def lasts(self, now_ms: int) -> bool:
        """Is it now?"""
        return self.from_ms <= now_ms < self.until_ms


class Book:
    """The windows that people opened, in one file of a site's state folder; OSError where it can't be had."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "upkeep.json"

    def windows(self) -> tuple[Window, ...]:
        """All that are kept, ended ones too; raises DamagedError."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=tuple[Window, ...])
        except FileNotFoundError:
            return ()
        except msgspec.MsgspecError as fault:
            raise DamagedError(
                f"{self.path} 已损坏（{fault}），请删除后重新登记 / is damaged: delete it and open the windows again"
            ) from fault

    def open(self, window: Window) -> None:
        """Keep one more: when this returns it survives a power cut."""
        with self._alone():
            self._keep([*self.windows(), window], window.from_ms)

    def close(self, now_ms: int, meant: Callable[[Window], bool]) -> tuple[Window, ...]:
        """End the windows that last now and are `meant`; which these were."""
        with self._alone():
            windows = self.windows()
            ended = tuple(one for one in windows if one.lasts(now_ms) and meant(one))
            if ended:
                self._keep(
                    [msgspec.structs.replace(one, until_ms=now_ms) if one in ended else one for one in windows], now_ms
                )
        return ended

    def _keep(self, windows: Sequence[Window], now_ms: int) -> None:
        lively = [one for one in windows if one.until_ms > now_ms - _FORGOTTEN_MS and one.until_ms > one.from_ms]
        kept(self.path, msgspec.json.format(msgspec.json.encode(lively)) + b"\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two people at once: one after the other."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True, slots=True)
class _Seen:
    """The file as it was when it was last read."""

    state: tuple[int, int, int] | None = None
    windows: tuple[Window, ...] = ()


class Windows:
    """What `sense` knows of upkeep: asked for at every turn, the file is read again when it changed.

    A file that can't be read leaves what was known before. May be asked from any bus's thread.
    """

    def __init__(self, site: Site, planned: Sequence[Planned], now: Callable[[], Stamp]) -> None:
        self._book = Book(site.state)
        self._planned = planned
        self._now = now
        self._seen = _Seen()

    def __call__(self) -> tuple[Upkeep, ...]:
        """All that may cover a reading of now."""
        now_ms = self._now().wall_ms
        opened = (window.upkeep for window in self._opened() if window.until_ms > now_ms - 3_600_000)
        return (*opened, *(window for one in self._planned for window in one.windows(now_ms)))

    def _opened(self) -> tuple[Window, ...]:
        state = _state(self._book.path)
        if state == self._seen.state:
            return self._seen.windows
        try:
            windows = self._book.windows()
        except (OSError, DamagedError) as fault:
            log.error("upkeep: what was known before still holds: %s", fault)
            windows = self._seen.windows
        self._seen = _Seen(state, windows)
        return windows


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
