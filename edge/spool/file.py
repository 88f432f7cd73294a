"""One spool file: a SQLite database in which messages wait, on disk or, where there is none, in memory.

Order is the row number's, never the wall clock's; a number is given once and never again (AUTOINCREMENT). What was
rescued from another file keeps its name and lies in rows below 0. Not safe to use from several threads.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from zlib import crc32

from edge.spool import losses
from edge.spool.bounds import PAGE, Bounds, pages_for
from edge.spool.message import Dropped, Fresh, Rank, Waiting
from edge.spool.runs import Run
from edge.spool.schema import COLUMNS, DamagedError, Opened, last_given
from edge.spool.tally import Sums, Tally
from edge.wire.topics import Kind

MAX_ASIDE = 1_000
"""So many messages that can't be sent are kept; then the oldest is dropped."""
FIRST_RESCUED = -(2**62)
_FREE_KEPT, _FREED_AT_ONCE = 64, 128
_INSERT = f"INSERT INTO message ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_INSERT += " ON CONFLICT (stream, number) WHERE number IS NOT NULL DO NOTHING"
_MAX = 2**63 - 1


class SpoolFile:
    """The file while it is open; every method may end in sqlite3.Error, and has then changed nothing."""

    def __init__(self, opened: Opened) -> None:
        """Take over an open database and count once what is there."""
        self._db = opened.db
        self.stream, self.starts, self._first = opened.stream, opened.starts, opened.first
        self.tally = self._counted()

    def put(self, rows: Sequence[Fresh], bounds: Bounds, spare: int) -> None:
        """Keep rows, in one commit, and drop what there is no room for; `spare` bytes of the disk may be taken."""
        with self._commit():
            (held,) = self._db.execute("PRAGMA page_count").fetchone()
            allowed = bounds.pages(held, spare)
            lowest = max((row.rank for row in rows), default=Rank.READING)
            self._make_room(allowed - pages_for([row.size for row in rows]), Rank(lowest))
            self._insert(rows)
            self._make_room(allowed, Rank.ALARM)

    def replace(self, row: int, fresh: Fresh, bounds: Bounds, spare: int) -> bool:
        """Write a waiting message anew, larger than it was, in one commit; False where it was dropped meanwhile."""
        with self._commit():
            (held,) = self._db.execute("PRAGMA page_count").fetchone()
            self._make_room(bounds.pages(held, spare) - pages_for([fresh.size]), Rank(fresh.rank))
            before = self._db.execute("SELECT size FROM message WHERE seq = ?", (row,)).fetchone()
            if before is None:
                return False
            self._db.execute(
                "UPDATE message SET body = ?, size = ?, crc = ? WHERE seq = ?",
                (fresh.body, fresh.size, crc32(fresh.body), row),
            )
            self.tally.waiting[Rank(fresh.rank)].add(0, fresh.size - before[0])
        return True

    def take(self, rank: Rank, after: int, below: int, messages: int, size: int) -> list[Waiting]:
        """The next of a rank with rows between `after` and `below`: up to so many, of up to `size` bytes but one."""
        cursor = self._db.execute(
            "SELECT seq, kind, body, stream, number, size FROM message WHERE rank = ? AND seq > ? AND seq < ?"
            " ORDER BY seq LIMIT ?",
            (rank, after, below, messages),
        )
        found: list[Waiting] = []
        for row, kind, body, stream, number, length in cursor:
            size -= length
            if found and size < 0:
                break
            found.append(Waiting(row if number is None else number, Kind(kind), body, stream, row))
        cursor.close()
        return found

    def at(self, rows: Iterable[int]) -> list[Waiting]:
        """What waits in these rows; those that are gone are left out."""
        found = []
        for wanted in rows:
            row = self._db.execute("SELECT kind, body, stream, number FROM message WHERE seq = ?", (wanted,)).fetchone()
            if row is not None:
                kind, body, stream, number = row
                found.append(Waiting(wanted if number is None else number, Kind(kind), body, stream, wanted))
        return found

    def delete(self, runs: Mapping[str, Sequence[Run]]) -> int:
        """Forget what the gateway has, by stream; how many went. Not synced: lost, it is only sent again."""
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            with self._commit():
                gone = sum(self._delete(stream, run) for stream, found in runs.items() for run in found)
                self._shrink()
        finally:
            self._db.execute("PRAGMA synchronous=FULL")
        return gone

    def set_aside(self, name: tuple[str, int], reason: str) -> list[int]:
        """Take a message that can't be sent out of the queue, and remember why; how many that were."""
        with self._commit():
            where, marks = _where(name)
            moved = losses.set_aside(self._db, where, marks, name, reason)
            self._forget(f"DELETE FROM message WHERE {where}", marks)  # noqa: S608
            self.tally.aside += max(moved, 0)
            while self.tally.aside > MAX_ASIDE:
                self._drop_aside()
        return [max(moved, 0)]

    def last_row(self) -> int:
        """The highest number ever given; 0 where none was."""
        return last_given(self._db)

    def oldest(self) -> list[int | None]:
        """When the oldest message was written, in milliseconds of the monotonic clock: None where that was before
        this boot. Empty where nothing waits."""
        found = self._db.execute("SELECT seq, mono_ms FROM message ORDER BY seq LIMIT 1").fetchone()
        return [] if found is None else [None if found[0] < self._first else found[1]]

    def probe(self) -> None:
        """Write something that changes nothing; sqlite3.Error where that can't be done."""
        with self._commit():
            self._db.execute("UPDATE meta SET value = value")

    def check(self) -> None:
        """Read the whole file; sqlite3.DatabaseError where it is damaged."""
        told = [str(row[0]) for row in self._db.execute("PRAGMA quick_check(3)")]
        if told != ["ok"]:
            raise DamagedError("; ".join(told))

    def streams(self) -> list[str]:
        """The names under which something waits, and the one in use, which comes first."""
        given = self._db.execute("SELECT first, name FROM stream ORDER BY first DESC").fetchall()
        found, end = [self.stream], _MAX
        for first, name in given:
            if self._db.execute("SELECT 1 FROM message WHERE seq >= ? AND seq < ?", (first, end)).fetchone():
                found.append(name)
            end = first
        brought = self._db.execute("SELECT DISTINCT stream FROM message WHERE number IS NOT NULL")
        return list(dict.fromkeys([*found, *(str(row[0]) for row in brought)]))

    def everything(self) -> list[Fresh]:
        """All that waits, as rows that bring their names along."""
        columns = ", ".join(COLUMNS)
        found = self._db.execute(f"SELECT {columns} FROM message ORDER BY rank, seq")  # noqa: S608
        return [_named(Fresh(*row[1:]), row[0]) for row in found]

    def dropped(self) -> list[Dropped]:
        """Every run of numbers that was dropped."""
        return losses.noted(self._db)

    def note_dropped(self, runs: Iterable[Dropped]) -> None:
        """Take over what another file had dropped."""
        with self._commit():
            self._note(runs)

    def close(self) -> None:
        """Let go of the file; a file that can't even be closed is left as it is."""
        try:
            self._db.close()
        except sqlite3.Error:
            return

    def _counted(self) -> Tally:
        tally = Tally()
        for rank, messages, size in self._db.execute(
            "SELECT rank, count(*), coalesce(sum(size), 0) FROM message INDEXED BY waiting GROUP BY rank"
        ):
            tally.waiting[Rank(rank)] = Sums(messages, size)
        for rank, messages, size in self._db.execute("SELECT rank, sum(messages), sum(bytes) FROM dropped GROUP BY 1"):
            tally.dropped[Rank(rank)] = Sums(messages, size)
        (tally.aside,) = self._db.execute("SELECT count(*) FROM aside").fetchone()
        return tally

    def _insert(self, rows: Sequence[Fresh]) -> None:
        (last,) = self._db.execute("SELECT max(seq) FROM message WHERE seq < 0").fetchone()
        following = FIRST_RESCUED if last is None else last + 1
        for row in rows:
            own, checked = row.number is None, row._replace(crc=crc32(row.body))
            values = (None, *checked._replace(stream=self.stream)) if own else (following, *checked)
            if self._db.execute(_INSERT, values).rowcount:
                self.tally.waiting[Rank(row.rank)].add(1, row.size)
                following += not own

    def _make_room(self, allowed: int, highest: Rank) -> None:
        """Drop the oldest of the lowest rank, none above `highest`, until no more pages than allowed are in use.

        What was set aside goes first of all.
        """
        while (over := self._pages_in_use() - allowed) > 0:
            if self.tally.aside:
                self._drop_aside()
                continue
            worst = max((rank for rank in Rank if self.tally.waiting[rank].messages), default=None)
            if worst is None or worst < highest:
                return
            self._drop(worst, over * PAGE)

    def _drop(self, rank: Rank, size: int) -> None:
        """Drop the oldest of a rank, so many bytes of it."""
        rows = self._db.execute("SELECT seq, size FROM message WHERE rank = ? ORDER BY seq", (rank,))
        last = None
        for row, length in rows:
            last, size = row, size - length
            if size <= 0:
                break
        rows.close()
        gone = self._forget("DELETE FROM message WHERE rank = ? AND seq <= ?", (rank, last))
        self._note(losses.runs(rank, gone))

    def _note(self, runs: Iterable[Dropped]) -> None:
        for run in runs:
            self.tally.dropped[Rank(run.rank)].add(run.messages, run.bytes)
            losses.note(self._db, run)

    def _drop_aside(self) -> None:
        self._note(losses.aside_dropped(self._db))
        self.tally.aside -= 1

    def _delete(self, stream: str, run: Run) -> int:
        first, last = max(run[0], 1), min(run[1], _MAX)
        own = "DELETE FROM message WHERE seq BETWEEN ? AND ? AND stream = ?"
        brought = "DELETE FROM message WHERE stream = ? AND number BETWEEN ? AND ?"
        return len(self._forget(own, (first, last, stream))) + len(self._forget(brought, (stream, first, last)))

    def _forget(self, statement: str, values: Sequence[object]) -> list[tuple[str, int, int]]:
        """Delete; what went, by stream, number and size."""
        gone = self._db.execute(f"{statement} RETURNING rank, size, stream, coalesce(number, seq)", values).fetchall()
        for rank, size, _, _ in gone:
            self.tally.waiting[Rank(rank)].add(-1, -size)
        return [(stream, number, size) for _, size, stream, number in gone]

    def _pages_in_use(self) -> int:
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages) - int(free)

    def _shrink(self) -> None:
        """Give pages back to the disk, some at a time, where more than a quarter of the file is free."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        if free > _FREE_KEPT and free * 4 > pages:
            for _ in range(_FREED_AT_ONCE):  # one at a time: Python's sqlite3 steps through this pragma only once
                self._db.execute("PRAGMA incremental_vacuum(1)")

    @contextmanager
    def _commit(self) -> Iterator[None]:
        """One transaction: all of it is on the disk when the block ends, or, after an error, none of it."""
        before = self.tally
        self._db.execute("BEGIN IMMEDIATE")
        self.tally = deepcopy(before)
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self.tally = before
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _where(name: tuple[str, int]) -> tuple[str, tuple[object, ...]]:
    """The row of one message, as a condition and its values."""
    stream, number = name
    return "(seq = ? AND number IS NULL OR number = ?) AND stream = ?", (number, number, stream)


def _named(row: Fresh, seq: int) -> Fresh:
    """A row that brings the name along that it has in this file."""
    return row if row.number is not None else row._replace(number=seq)
