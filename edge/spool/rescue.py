"""A damaged spool file: set aside under a dated name, and what can be read out of it brought into a new one.

Every step may be cut short by a power cut and is then done again: the damaged file gets its new name first, the new
file comes into its place last, whole.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from zlib import crc32

from edge.runtime.files import settle
from edge.spool import pages
from edge.spool.bounds import PAGE, Bounds
from edge.spool.disk import room
from edge.spool.file import SpoolFile
from edge.spool.message import RANKS, Dropped, Fresh, Rank
from edge.spool.schema import COLUMNS, DamagedError, opened
from edge.wire.codec import MalformedError, decode_kept
from edge.wire.topics import Kind

log = logging.getLogger(__name__)

KEPT = 2
"""So many damaged files are kept for whoever wants to look."""
AT_ONCE = 200
_DAMAGED, _LOGS = ".damaged-", ("-wal", "-shm")
_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNREADABLE = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}
_WRITING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR_WRITE}
Row = tuple[pages.Value, ...]


def damaged(fault: Exception) -> bool:
    """Does an error say that the file itself is of no use, and not that the disk is full or away?"""
    code = getattr(fault, "sqlite_errorcode", None) or 0
    return isinstance(fault, DamagedError) or code & 0xFF in _CODES or code in _UNREADABLE


def writing_only(fault: Exception) -> bool:
    """Does an error say no more than that nothing can be written at the moment?"""
    code = getattr(fault, "sqlite_errorcode", None) or 0
    return code in _WRITING or code & 0xFF in _WRITING


def unfinished(path: Path) -> bool:
    """Was a rescue begun here and cut short?"""
    return at_work(path).exists()


def rescue(path: Path, boot: str, now_ms: int, alarm: Callable[[str], Fresh]) -> None:
    """Put a new file in the damaged one's place, with all that could be read.

    `alarm` makes the message that tells of it, from the name of the file set aside. OSError or sqlite3.Error where it
    can't be done now; it may be tried again then.
    """
    work, aside = at_work(path), _free_name(path, now_ms)
    if not work.exists():
        log.error("the spool %s is damaged and is set aside as %s", path, aside.name)
        path.rename(work)
    if not path.exists():  # else it was done, but for the names
        _move_logs(path, work)
        settle(path.parent)
        _build(path, boot, work, alarm(aside.name))
    _move_logs(work, aside)
    work.rename(aside)
    settle(path.parent)
    for older in set_aside_before(path)[:-KEPT]:
        _remove(older)


def _build(path: Path, boot: str, work: Path, alarm: Fresh) -> None:
    fresh = path.with_name(path.name + ".new")
    _remove(fresh)
    with closing(SpoolFile(opened(fresh, boot, Bounds().log_pages, start=False))) as file:
        whole = _fill(file, work)
        kept = sum(sums.messages for sums in file.tally.waiting.values())
        file.put([alarm], Bounds(), room(path.parent)[0])
    fresh.rename(path)
    settle(path.parent)
    log.warning("rescued %d messages for %s%s", kept, path, "" if whole else ", until the disk was full")


def _fill(file: SpoolFile, aside: Path) -> bool:
    """Copy what can be read, alarms and their evidence first; False where the disk was full before the end."""
    with Damaged(aside) as old:
        for ranks in ({Rank.ALARM, Rank.EVIDENCE}, {Rank.HEALTH, Rank.READING}):
            rows = old.messages(ranks)
            while group := list(islice(rows, AT_ONCE)):
                try:
                    file.put(group, Bounds(), room(aside.parent)[0])
                except sqlite3.OperationalError as fault:
                    if fault.sqlite_errorcode != sqlite3.SQLITE_FULL:
                        raise
                    return False
        file.note_dropped(old.dropped())
    return True


class Damaged:
    """A damaged file with its log, to read pages of."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        log_file = path.with_name(path.name + "-wal")
        self._log = log_file.read_bytes() if log_file.exists() else b""
        self._frames = pages.log_frames(self._log)
        self._size = pages.page_size(self._file.read(100), PAGE)
        self._pages = max(-(-path.stat().st_size // self._size), max(self._frames, default=0))
        self._free = pages.free_pages(self.page, self._pages)
        self._stream = self._old_stream()

    def __enter__(self) -> "Damaged":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def page(self, number: int) -> bytes:
        """One page as it was last committed; what is cut off reads as zeros, what can't be read as empty."""
        at = self._frames.get(number)
        if at is not None:
            return self._log[at : at + self._size]
        try:
            self._file.seek((number - 1) * self._size)
            found = self._file.read(self._size)
        except OSError:
            return b""
        return found.ljust(self._size, b"\0") if found else b""

    def messages(self, ranks: set[Rank]) -> Iterator[Fresh]:
        """Messages of these ranks that are whole, each with the name that it had."""
        for rowid, row in self._rows():
            found = _message(rowid, row, self._stream)
            if found is not None and found.rank in ranks:
                yield found

    def dropped(self) -> list[Dropped]:
        """The runs of dropped numbers that can still be read."""
        return [run for _, row in self._rows() if (run := _dropped(row)) is not None]

    def _rows(self) -> Iterator[tuple[int, Row]]:
        for number in range(1, self._pages + 1):
            if number not in self._free:
                yield from pages.rows(self.page, number)

    def _old_stream(self) -> str:
        """The name that older files kept beside the rows; empty where it can't be read."""
        found = [row[1] for _, row in self._rows() if len(row) == 2 and row[0] == "stream"]
        return str(found[0]) if found else ""


def _message(rowid: int, row: Row, old_stream: str) -> Fresh | None:
    """A row of `message` that is whole and means something; None for any other."""
    if len(row) < 5 or row[0] is not None:
        return None
    padded: Row = (*row, *(None,) * len(COLUMNS))  # an older file has fewer columns
    _, rank, kind, body, written_ms, _, _, stream, number, crc = padded[: len(COLUMNS)]
    if not isinstance(body, bytes) or not isinstance(written_ms, int) or kind not in set(Kind):
        return None
    if crc is not None and crc != crc32(body):
        return None
    if RANKS.get(Kind(str(kind))) != rank or not (stream or old_stream):
        return None
    try:
        decode_kept(Kind(str(kind)), body)
    except (MalformedError, ValueError):
        return None
    seq = number if isinstance(number, int) else rowid
    return Fresh(int(str(rank)), str(kind), body, written_ms, len(body), None, str(stream or old_stream), seq)


def _dropped(row: Row) -> Dropped | None:
    if len(row) != 7 or row[0] is not None or not isinstance(row[1], str):
        return None
    numbers = [value for value in row[2:] if isinstance(value, int)]
    if len(numbers) != 5 or numbers[2] not in set(Rank):
        return None
    return Dropped(row[1], *numbers)


def at_work(path: Path) -> Path:
    """What a damaged file is called while it is being rescued."""
    return path.with_name(path.name + ".rescue")


def set_aside_before(path: Path) -> list[Path]:
    """The damaged files beside this one, oldest first."""
    found = [one for one in path.parent.glob(f"{path.name}{_DAMAGED}*") if not one.name.endswith(_LOGS)]
    return sorted(found, key=lambda one: (one.stat().st_mtime_ns, one.name))


def _free_name(path: Path, now_ms: int) -> Path:
    name = f"{path.name}{_DAMAGED}{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(f"{name}-{n}" if n else name) for n in count())
    return next(one for one in names if not one.exists())


def _move_logs(old: Path, new: Path) -> None:
    for end in _LOGS:
        log_file = old.with_name(old.name + end)
        if log_file.exists():
            log_file.rename(new.with_name(new.name + end))


def _remove(path: Path) -> None:
    for end in ("", *_LOGS):
        path.with_name(path.name + end).unlink(missing_ok=True)
