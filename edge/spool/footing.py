"""What the spool stands on: its file, memory while the disk is in trouble, and the way back. For one thread alone."""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from edge.spool.bounds import Bounds
from edge.spool.disk import room
from edge.spool.file import SpoolFile
from edge.spool.message import Fresh, Held, Rank
from edge.spool.rescue import damaged, rescue, unfinished, writing_only
from edge.spool.runs import Run, merged
from edge.spool.schema import DamagedError, opened
from edge.wire.codec import encode_kept
from edge.wire.messages import Alarm, Event
from edge.wire.topics import Kind
from sensors.clock import Clock

log = logging.getLogger(__name__)

IN_MEMORY = Bounds(max_bytes=16_000_000, disk_floor=0)
"""What waits in memory while there is no disk; the oldest of the lowest rank goes first, as on disk."""
MEMORY_FROM = 2**40
"""Numbers given in memory begin here: rows of memory and of disk are told apart, and come after these."""
RETRY_S = 5.0
CHECKED_UP_TO = 32_000_000
"""Bytes up to which a file is read through when it is opened; a larger one shows its damage when it is used."""
MAX_OWED = 10_000
TROUBLE = (sqlite3.Error, OSError)
Found = TypeVar("Found")


class Footing:
    """The files in use, the disk's first; `epoch` counts how often rows moved from one to another."""

    def __init__(self, path: Path, clock: Clock, bounds: Bounds) -> None:
        self._path = path
        self._clock = clock
        self._bounds = bounds
        self._disk: SpoolFile | None = None
        self._memory: SpoolFile | None = None
        self._inode = 0
        self._retry_at = 0.0
        self.owed: dict[str, list[Run]] = {}
        self.trouble = ""
        self.starts = 0
        self.epoch = 0
        self._attempt(start=True)

    def files(self) -> list[SpoolFile]:
        """What there is at the moment; memory where there is nothing else."""
        if self._disk is None and self._memory is None:
            self._stand_in()
        return [file for file in (self._disk, self._memory) if file is not None]

    def put(self, rows: Sequence[Fresh]) -> bool:
        """Keep rows on the disk; False where they had to be kept in memory."""
        for _ in range(2):  # once more if the file was damaged, and is a new one now
            self.mend()
            if self.trouble or self._disk is None:
                break
            try:
                self._disk.put(rows, self._bounds, self._spare())
                return True
            except TROUBLE as fault:
                self._fail(fault)
        self._stand_in().put(rows, IN_MEMORY, IN_MEMORY.max_bytes)
        return False

    def hold(self, fresh: Fresh) -> Held | None:
        """Keep a row that will be replaced; None where it had to be kept in memory, or at once was dropped."""
        if not self.put([fresh]) or self._disk is None:
            return None
        return Held(self._disk.last_row(), self.epoch)

    def replace(self, held: Held, fresh: Fresh) -> bool:
        """Write a held row anew, on the disk; False where it can't be, and stays as it is."""
        if self.trouble or self._disk is None or held.epoch != self.epoch:
            return False
        try:
            return self._disk.replace(held.row, fresh, self._bounds, self._spare())
        except TROUBLE as fault:
            self._fail(fault)
            return False

    def each(self, ask: Callable[[SpoolFile], list[Found]]) -> list[Found]:
        """What the files answer, one after the other; one that fails is left out, and its trouble kept."""
        found: list[Found] = []
        for file in self.files():
            try:
                found += ask(file)
            except TROUBLE as fault:
                self._fail(fault)
        return found

    def delete(self, runs: Mapping[str, list[Run]]) -> int:
        """Forget what the gateway has; where the disk can't be written it is remembered until it can."""
        gone = 0
        for file in self.files():
            try:
                gone += file.delete(runs)
            except TROUBLE as fault:
                self._fail(fault)
                self._owe(runs)
        return gone

    def mend(self) -> None:
        """Where the disk was in trouble, try again if it is time to."""
        if self.trouble and self._clock.monotonic() >= self._retry_at:
            self._attempt(start=not self.starts)

    def close(self) -> None:
        """Let go of everything; what is only in memory is tried once more to be brought to the disk."""
        if self._memory is not None:
            self._retry_at = 0.0
            self.mend()
        for file in (self._disk, self._memory):
            if file is not None:
                file.close()
        self._disk = self._memory = None

    def _attempt(self, *, start: bool) -> None:
        """Bring to the disk what waited in memory; with a file opened anew (or rescued), unless the one that is open
        is in its place and can be read."""
        try:
            if self._disk is None or not self._in_place():
                self._open_or_rescue(start=start)
            self._absorb()
        except TROUBLE as fault:
            self._say(f"{type(fault).__name__}: {fault}")
            if not writing_only(fault):
                self._drop_disk()
            return
        self._say("")

    def _in_place(self) -> bool:
        return self._path.exists() and self._path.stat().st_ino == self._inode

    def _open_or_rescue(self, *, start: bool) -> None:
        try:
            self._open(start=start)
        except sqlite3.Error as fault:
            if not damaged(fault):
                raise
            self._rescue()
            self._open(start=start)

    def _open(self, *, start: bool) -> None:
        self._drop_disk()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if unfinished(self._path):
            self._rescue()
        there = self._path.exists()
        size = self._path.stat().st_size if there else 0
        if there and not size:
            raise DamagedError(f"{self._path} is empty")
        now = self._clock.now()
        made = opened(self._path, now.boot, self._bounds.log_pages, start=start)
        self._disk, self._inode = SpoolFile(made), self._path.stat().st_ino
        self.starts = made.starts
        if size <= CHECKED_UP_TO:
            self._disk.check()

    def _rescue(self) -> None:
        self._drop_disk()
        now = self._clock.now()

        def alarm(aside: str) -> Fresh:
            told = Alarm("spool-damaged", self._path.stem, f"{self._path.stem}-{aside}", Event.OPENED, now)
            body = encode_kept(told)
            return Fresh(Rank.ALARM, Kind.ALARM, body, now.wall_ms, len(body), now.mono_ms)

        rescue(self._path, now.boot, now.wall_ms, alarm)
        self.epoch += 1

    def _drop_disk(self) -> None:
        if self._disk is not None:
            self._disk.close()
            self._disk = None

    def _absorb(self) -> None:
        """Bring to the disk what waited for it in memory."""
        assert self._disk is not None
        if self.trouble:
            self._disk.probe()
        if self.owed:
            self._disk.delete(self.owed)
            self.owed = {}
        if self._memory is not None:
            self._disk.put(self._memory.everything(), self._bounds, self._spare())
            self._disk.note_dropped(self._memory.dropped())
            self._memory.close()
            self._memory = None
            self.epoch += 1

    def _spare(self) -> int:
        return self._bounds.spare(*room(self._path.parent))

    def _stand_in(self) -> SpoolFile:
        if self._memory is None:
            made = opened(None, self._clock.now().boot, IN_MEMORY.log_pages, start=False, first=MEMORY_FROM)
            self._memory = SpoolFile(made)
        return self._memory

    def _fail(self, fault: Exception) -> None:
        """The disk is in trouble, which is looked at again later; or the file is, which is mended at once."""
        self._say(f"{type(fault).__name__}: {fault}")
        if not damaged(fault):
            return
        try:
            self._rescue()
        except TROUBLE as another:
            self._say(f"{type(another).__name__}: {another}")
        else:
            self._attempt(start=False)

    def _owe(self, runs: Mapping[str, list[Run]]) -> None:
        for stream, found in runs.items():
            self.owed[stream] = merged([*self.owed.get(stream, ()), *found])[-MAX_OWED:]

    def _say(self, trouble: str) -> None:
        """Remember how the disk is, and log where that changed."""
        if trouble:
            self._retry_at = self._clock.monotonic() + RETRY_S
        if trouble and trouble != self.trouble:
            log.error("the spool can't be written, messages wait in memory: %s: %s", self._path, trouble)
        if self.trouble and not trouble:
            log.info("the spool can be written again: %s", self._path)
            self.epoch += 1
        self.trouble = trouble
