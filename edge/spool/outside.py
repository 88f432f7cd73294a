"""A spool's file seen from outside, whether its program runs or not: it is only read, and never held up for long.

For `luxi spool` alone: sqlite-utils, which the running programs go without, is used here.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlite_utils import Database

from edge.spool.message import Rank
from edge.spool.rescue import at_work, set_aside_before
from edge.spool.schema import BUSY_S
from edge.wire.codec import MalformedError, decode_kept
from edge.wire.messages import Body
from edge.wire.topics import Kind
from sensors.reading import Stamp

AT_ONCE = 200
"""Rows read at a time: a long reading would keep the program from cutting back its log."""
Row = dict[str, Any]
_RANKS = "SELECT rank, count(*) AS messages, sum(size) AS bytes FROM message GROUP BY rank"
_DROPPED = "SELECT stream, first, last, rank, messages, bytes FROM dropped ORDER BY id"
_ASIDE = "SELECT reason, stream, number AS seq, rank, kind, length(body) AS bytes, written_ms FROM aside ORDER BY id"


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest message that waits: when it was written by the wall clock, and how long ago; None where that was
    before this boot, because no clock tells then."""

    written_ms: int
    age_ms: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a spool holds: rows as mappings, sizes in bytes; `beside` are files that a rescue set aside."""

    stream: str
    starts: int
    file_bytes: int
    oldest: Oldest | None
    ranks: tuple[Row, ...]
    dropped: tuple[Row, ...]
    aside: tuple[Row, ...]
    beside: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a file as a whole, and with which messages: names and reasons. `messages` were looked at."""

    messages: int
    file: tuple[str, ...]
    bodies: tuple[Row, ...]


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A connection that only reads; sqlite3.Error where there is no file or it can't be read."""
    with closing(_connected(path)) as connection:
        yield Database(connection)


def contents(path: Path, now: Stamp) -> Contents:
    """What is in the file; sqlite3.Error where it can't be read."""
    with reading(path) as database:
        meta = {row["key"]: row["value"] for row in database.query("SELECT key, value FROM meta")}
        return Contents(
            stream=str(meta.get("stream", "")),
            starts=int(meta.get("starts", 0)),
            file_bytes=sum(file.stat().st_size for file in _files(path)),
            oldest=_oldest(database, now),
            ranks=tuple(map(_ranked, database.query(_RANKS))),
            dropped=tuple(map(_ranked, database.query(_DROPPED))),
            aside=tuple(map(_ranked, database.query(_ASIDE))),
            beside=beside(path),
        )


def beside(path: Path) -> tuple[Path, ...]:
    """Damaged files that were set aside, the rescue that isn't finished among them."""
    unfinished = [at_work(path)] if at_work(path).exists() else []
    return tuple(sorted([*set_aside_before(path), *unfinished]))


def messages(database: Database) -> Iterator[Row]:
    """All that waits, in the order of its rows, then all that was set aside: with its bytes as `body`."""
    query = "SELECT seq AS row, coalesce(number, seq) AS seq, stream, rank, kind, written_ms, body, crc FROM message"
    after = -(2**63)
    while found := list(database.query(f"{query} WHERE row > ? ORDER BY row LIMIT {AT_ONCE}", [after])):
        yield from map(_ranked, found)
        after = found[-1]["row"]
    yield from map(_ranked, database.query(_ASIDE.replace("length(body) AS bytes", "body, NULL AS crc")))


def body(row: Row) -> Body:
    """The message in a row; MalformedError where it isn't what was written, or can't be read."""
    if row["crc"] is not None and row["crc"] != crc32(row["body"]):
        raise MalformedError(f"CRC-32 {crc32(row['body']):08x}, expected {row['crc']:08x}")
    if row["kind"] not in set(Kind):
        raise MalformedError(f"kind {row['kind']!r}")
    return decode_kept(Kind(row["kind"]), row["body"])


def checked(path: Path) -> Checked:
    """The file read through, and every message in it decoded."""
    count, found = 0, list[Row]()
    try:
        with reading(path) as database:
            told = [row["integrity_check"] for row in database.query("PRAGMA integrity_check(20)")]
            for row in messages(database):
                count += 1
                try:
                    body(row)
                except MalformedError as fault:
                    found.append({**{name: row[name] for name in ("stream", "seq", "kind")}, "fault": str(fault)})
    except sqlite3.Error as fault:
        return Checked(count, (f"{type(fault).__name__}: {fault}",), tuple(found))
    return Checked(count, tuple(str(line) for line in told if line != "ok"), tuple(found))


def copy(path: Path, target: Path) -> None:
    """Write the file as it is at one moment, log and all, to another; sqlite3.Error, OSError where that fails."""
    with reading(path) as database, closing(sqlite3.connect(target)) as made:
        database.conn.backup(made)


def _connected(path: Path) -> sqlite3.Connection:
    """Where nothing may be written beside the file, and nothing waits there, the file alone is read."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, BUSY_S, uri=True, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if len(_files(path)) != 1:
            raise
        return sqlite3.connect(f"{uri}&immutable=1", BUSY_S, uri=True, isolation_level=None)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _files(path: Path) -> list[Path]:
    """The file and its log, as far as they are there."""
    return [file for file in (path, path.with_name(path.name + "-wal")) if file.exists()]


def _oldest(database: Database, now: Stamp) -> Oldest | None:
    found = next(database.query("SELECT seq, written_ms, mono_ms FROM message ORDER BY seq LIMIT 1"), None)
    if found is None:
        return None
    given = next(database.query("SELECT first, boot FROM stream ORDER BY first DESC LIMIT 1"), None)
    known = given is not None and given["boot"] == now.boot and found["seq"] >= given["first"]
    age = max(0, now.mono_ms - found["mono_ms"]) if known and found["mono_ms"] is not None else None
    return Oldest(found["written_ms"], age)


def _ranked(row: Row) -> Row:
    """A row with its rank in words."""
    return {**row, "rank": Rank(row["rank"]).name.lower()}
