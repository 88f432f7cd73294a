"""The spool's tables, in plain SQL: importing sqlite-utils costs a device 21 MB, because it looks for numpy.

`message` holds what waits; whatever left it without an acknowledgement stands in `dropped` (runs of numbers) or in
`aside` (with the reason), so that every number ever given can be accounted for. `stream` tells which numbers were given
under which name: the first number of each, and the boot in which it was made.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from edge.spool.bounds import PAGE
from edge.spool.message import Fresh

BUSY_S = 5.0
"""How long to wait for somebody who looks into the file (`luxi spool`)."""
LOG_KEPT = 4_000_000
"""Bytes to which a log is cut back that had to grow."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY AUTOINCREMENT, rank INTEGER NOT NULL,"
    " kind TEXT NOT NULL, body BLOB NOT NULL, written_ms INTEGER NOT NULL, size INTEGER, mono_ms INTEGER, stream TEXT,"
    " number INTEGER, crc INTEGER)",
    "CREATE TABLE IF NOT EXISTS stream (first INTEGER PRIMARY KEY, name TEXT NOT NULL, boot TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS dropped (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, rank INTEGER NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aside (id INTEGER PRIMARY KEY, reason TEXT NOT NULL, stream TEXT NOT NULL,"
    " number INTEGER NOT NULL, rank INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, written_ms INTEGER"
    " NOT NULL)",
)
_INDICES = (
    "CREATE INDEX IF NOT EXISTS waiting ON message (rank, seq, size)",
    "CREATE UNIQUE INDEX IF NOT EXISTS named ON message (stream, number) WHERE number IS NOT NULL",
    "DROP INDEX IF EXISTS by_rank",
)
COLUMNS = ("seq", *Fresh._fields)
"""The columns of `message`. New ones come last, and may be null: an older file gets them when it is opened."""
_ADDED = {"size": "INTEGER", "mono_ms": "INTEGER", "stream": "TEXT", "number": "INTEGER", "crc": "INTEGER"}


class DamagedError(sqlite3.DatabaseError):
    """A file that is no spool, or no longer one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection with the tables made, the name under which numbers are given, and the first of these numbers."""

    db: sqlite3.Connection
    stream: str
    first: int
    starts: int


def opened(path: Path | None, boot: str, log_pages: int, *, start: bool, first: int = 1) -> Opened:
    """Open or make a spool's file (None: in memory); OSError or sqlite3.Error where that can't be done.

    A new boot gives numbers under a new name: after a power cut, a card that never wrote what it said it had written
    may have forgotten numbers that the gateway knows. `start` counts a start of the program; `first` is the least
    number that a new file gives.
    """
    db = sqlite3.connect(":memory:" if path is None else path, BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA page_size={PAGE}")
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA wal_autocheckpoint={log_pages}")
        db.execute(f"PRAGMA journal_size_limit={LOG_KEPT}")
        db.execute("BEGIN IMMEDIATE")
        _make(db, first)
        made = _named(db, boot, start=start)
        db.execute("COMMIT")
    except sqlite3.Error:
        db.close()
        raise
    return made


def _make(db: sqlite3.Connection, first: int) -> None:
    for statement in _TABLES:
        db.execute(statement)
    for name in _missing(db):
        db.execute(f"ALTER TABLE message ADD COLUMN {name} {_ADDED[name]}")
    for statement in _INDICES:
        db.execute(statement)
    if first > 1:
        db.execute("INSERT INTO sqlite_sequence SELECT 'message', ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence)",
                   (first - 1,))  # fmt: skip
    db.execute("UPDATE message SET size = length(body) WHERE size IS NULL")


def _missing(db: sqlite3.Connection) -> list[str]:
    """Columns that an older file hasn't got; DamagedError where one is missing that every spool has."""
    there = {str(row[1]) for row in db.execute("PRAGMA table_info(message)")}
    missing = [name for name in COLUMNS if name not in there]
    if not set(missing) <= set(_ADDED):
        raise DamagedError(f"table message has columns {sorted(there)}; expected {list(COLUMNS)}")
    return missing


def _named(db: sqlite3.Connection, boot: str, *, start: bool) -> Opened:
    db.execute("INSERT OR IGNORE INTO meta VALUES ('starts', '0')")
    if start:
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'starts'")
    last = last_given(db)
    newest = db.execute("SELECT first, name, boot FROM stream ORDER BY first DESC LIMIT 1").fetchone()
    if newest is None:
        newest = _adopted(db, boot)
    if newest is None or newest[2] != boot:
        newest = (last + 1, secrets.token_hex(5), boot)
        db.execute("INSERT OR REPLACE INTO stream VALUES (?, ?, ?)", newest)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('stream', ?)", (newest[1],))
    (starts,) = db.execute("SELECT value FROM meta WHERE key = 'starts'").fetchone()
    return Opened(db, str(newest[1]), int(newest[0]), int(starts))


def _adopted(db: sqlite3.Connection, boot: str) -> tuple[int, str, str] | None:
    """The name that an older file, without a table of names, gave its numbers under."""
    old = db.execute("SELECT value FROM meta WHERE key = 'stream'").fetchone()
    if old is None:
        return None
    db.execute("INSERT INTO stream VALUES (1, ?, ?)", (old[0], boot))
    db.execute("UPDATE message SET stream = ? WHERE stream IS NULL", old)
    return 1, str(old[0]), boot


def last_given(db: sqlite3.Connection) -> int:
    """The highest number ever given; 0 where none was."""
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
    return 0 if found is None else int(found[0])
