"""What left the spool without an acknowledgement: dropped for want of room, or set aside because it can't be sent.

Both are kept in the spool's file, so that whoever counts from outside can account for every number.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from edge.spool.message import Dropped, Rank

MAX_RUNS = 10_000
"""So many runs of dropped numbers are told one by one; then the two oldest of a kind become one."""
_ASIDE = (
    "INSERT INTO aside (reason, stream, number, rank, kind, body, written_ms)"
    " SELECT ?, ?, ?, rank, kind, body, written_ms FROM message"
)


def runs(rank: Rank, gone: Iterable[tuple[str, int, int]]) -> list[Dropped]:
    """Messages of one rank, by stream, number and size, as the fewest runs."""
    found: list[Dropped] = []
    for stream, number, size in sorted(gone):
        newest = found[-1] if found else None
        if newest is not None and (newest.stream, newest.last) == (stream, number - 1):
            found[-1] = Dropped(stream, newest.first, number, rank, newest.messages + 1, newest.bytes + size)
        else:
            found.append(Dropped(stream, number, number, rank, 1, size))
    return found


def note(db: sqlite3.Connection, run: Dropped) -> None:
    """Write down what was dropped: with the newest run where it follows on that, else as a run of its own."""
    more = db.execute(
        "UPDATE dropped SET last = ?, messages = messages + ?, bytes = bytes + ?"
        " WHERE id = (SELECT max(id) FROM dropped) AND stream = ? AND rank = ? AND last = ?",
        (run.last, run.messages, run.bytes, run.stream, run.rank, run.first - 1),
    )
    if more.rowcount:
        return
    db.execute(
        "INSERT INTO dropped (stream, first, last, rank, messages, bytes) VALUES (?, ?, ?, ?, ?, ?)",
        (run.stream, run.first, run.last, run.rank, run.messages, run.bytes),
    )
    _fold(db)


def noted(db: sqlite3.Connection) -> list[Dropped]:
    """Every run that was written down, oldest first."""
    found = db.execute("SELECT stream, first, last, rank, messages, bytes FROM dropped ORDER BY id")
    return [Dropped(*row) for row in found]


def set_aside(db: sqlite3.Connection, where: str, values: Sequence[object], name: tuple[str, int], reason: str) -> int:
    """Copy the message that a condition names to those set aside; how many that were."""
    return max(0, db.execute(f"{_ASIDE} WHERE {where}", (reason, *name, *values)).rowcount)


def aside_dropped(db: sqlite3.Connection) -> list[Dropped]:
    """Give up the oldest message that was set aside; what went."""
    gone = db.execute(
        "DELETE FROM aside WHERE id = (SELECT min(id) FROM aside) RETURNING stream, number, rank, length(body)"
    ).fetchall()
    return [Dropped(stream, number, number, rank, 1, size) for stream, number, rank, size in gone]


def _fold(db: sqlite3.Connection) -> None:
    """Keep the table short: the oldest run is told together with the next of its kind."""
    (count,) = db.execute("SELECT count(*) FROM dropped").fetchone()
    if count <= MAX_RUNS:
        return
    oldest, stream, first, _, rank, messages, size = db.execute(
        "SELECT id, stream, first, last, rank, messages, bytes FROM dropped ORDER BY id LIMIT 1"
    ).fetchone()
    following = db.execute(
        "UPDATE dropped SET first = min(first, ?), messages = messages + ?, bytes = bytes + ? WHERE id ="
        " (SELECT id FROM dropped WHERE stream = ? AND rank = ? AND id > ? ORDER BY id LIMIT 1)",
        (first, messages, size, stream, rank, oldest),
    )
    if following.rowcount:
        db.execute("DELETE FROM dropped WHERE id = ?", (oldest,))
