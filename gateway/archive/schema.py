"""The archive's tables, made and migrated by steps that are each applied once, in order."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from edge.link.link import Outgoing
from edge.wire.squeeze import PLAIN, deflated, inflated

BUSY_S = 30.0
"""How long one connection waits for another's commit."""

# `message` is every message's identity and time; the other tables hold what is particular to a kind.
_FIRST = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
    wall_ms INTEGER NOT NULL, mono_ms INTEGER NOT NULL, boot TEXT NOT NULL, clock TEXT NOT NULL, error_ms INTEGER,
    received_ms INTEGER NOT NULL, UNIQUE (site, stream, seq));
CREATE TABLE series (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, instrument TEXT NOT NULL, channel TEXT NOT NULL, unit TEXT NOT NULL,
    code TEXT NOT NULL, UNIQUE (site, instrument, channel, unit, code));
CREATE TABLE reading (
    series INTEGER NOT NULL REFERENCES series, message INTEGER NOT NULL REFERENCES message, wall_ms INTEGER NOT NULL,
    mono_ms INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL, reasons TEXT NOT NULL);
CREATE INDEX reading_by_time ON reading (series, wall_ms);
CREATE TABLE alarm (
    message INTEGER PRIMARY KEY REFERENCES message, kind TEXT NOT NULL, source TEXT NOT NULL, episode TEXT NOT NULL,
    event TEXT NOT NULL, score REAL, boxes TEXT NOT NULL, model TEXT NOT NULL, evidence TEXT);
CREATE TABLE evidence (
    message INTEGER PRIMARY KEY REFERENCES message, source TEXT NOT NULL, episode TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX evidence_by_sha256 ON evidence (sha256);
CREATE TABLE health (message INTEGER PRIMARY KEY REFERENCES message, program TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE latest_health (
    site TEXT NOT NULL, program TEXT NOT NULL, message INTEGER NOT NULL REFERENCES message, stream TEXT NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (site, program));
CREATE TABLE presence (
    id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, program TEXT NOT NULL, online INTEGER NOT NULL,
    version TEXT NOT NULL, received_ms INTEGER NOT NULL);
CREATE INDEX presence_by_program ON presence (site, program, id);
CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, topic TEXT NOT NULL, site TEXT NOT NULL,
    reason TEXT NOT NULL, payload BLOB NOT NULL, times INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
    retain INTEGER NOT NULL, media_type TEXT NOT NULL);
CREATE INDEX outbox_by_platform ON outbox (platform, id);
CREATE VIEW reading_named AS
    SELECT message.site, series.instrument, series.channel, series.unit, series.code, reading.wall_ms, reading.mono_ms,
        message.boot, message.clock, message.error_ms, reading.value, reading.flag, reading.reasons,
        message.stream, message.seq
    FROM reading JOIN series ON series.id = reading.series JOIN message ON message.id = reading.message;
"""


# A correction may come twice, or before the reading that it corrects; what is worst stays (QARTOD's numbers rise).
_SECOND = """
CREATE TABLE correction (
    series INTEGER NOT NULL REFERENCES series, boot TEXT NOT NULL, mono_ms INTEGER NOT NULL, flag INTEGER NOT NULL,
    reasons TEXT NOT NULL, message INTEGER NOT NULL REFERENCES message, PRIMARY KEY (series, boot, mono_ms))
    WITHOUT ROWID;
DROP VIEW reading_named;
CREATE VIEW reading_named AS
    SELECT message.site, series.instrument, series.channel, series.unit, series.code, reading.wall_ms, reading.mono_ms,
        message.boot, message.clock, message.error_ms, reading.value,
        max(reading.flag, coalesce(correction.flag, 0)) AS flag,
        CASE WHEN correction.flag > reading.flag THEN correction.reasons ELSE reading.reasons END AS reasons,
        message.stream, message.seq
    FROM reading JOIN series ON series.id = reading.series JOIN message ON message.id = reading.message
        LEFT JOIN correction ON correction.series = reading.series AND correction.boot = message.boot
            AND correction.mono_ms = reading.mono_ms;
"""

_THIRD = """
CREATE TABLE legend (
    id INTEGER PRIMARY KEY AUTOINCREMENT, site TEXT NOT NULL, digest BLOB NOT NULL, data BLOB NOT NULL,
    UNIQUE (site, digest));
"""

# A message is in doubt if its clock was; its readings are those numbered from `first` to `last`. Without `error_ms` it
# still is; with it, it was put right by the fix of its boot, within that. A fix has looked at the doubts of messages up
# to `seen`, and at all of them once that is null.
_CLOCK = """
CREATE TABLE clock_fix (
    message INTEGER PRIMARY KEY REFERENCES message, site TEXT NOT NULL, boot TEXT NOT NULL, offset_ms INTEGER NOT NULL,
    error_ms INTEGER NOT NULL, mono_ms INTEGER NOT NULL, off_ms INTEGER NOT NULL, seen INTEGER);
CREATE INDEX clock_fix_by_boot ON clock_fix (site, boot);
CREATE INDEX clock_fix_at_work ON clock_fix (message) WHERE seen IS NOT NULL;
CREATE TABLE doubt (
    message INTEGER PRIMARY KEY REFERENCES message, site TEXT NOT NULL, boot TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, error_ms INTEGER);
CREATE INDEX doubt_by_boot ON doubt (site, boot);
INSERT INTO doubt SELECT message.id, message.site, message.boot, coalesce(min(reading.rowid), 1),
    coalesce(max(reading.rowid), 0), NULL FROM message LEFT JOIN reading ON reading.message = message.id
    WHERE message.clock <> 'synchronised' GROUP BY message.id;
"""


def packed(message: Outgoing) -> bytes:
    """A payload as the outbox keeps it: JSON is deflated, so that a platform may be away for days."""
    return PLAIN + message.payload if message.media_type.startswith("image/") else deflated(message.payload, effort=1)


def unpacked(payload: bytes) -> bytes:
    """What was packed."""
    return inflated(payload)


def opened(path: Path) -> sqlite3.Connection:
    """A connection that writes, its tables up to date; sqlite3.Error or OSError where that can't be done.

    A commit is on the disk when it returns (`synchronous=FULL`); readers never wait for it (WAL).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA temp_store=MEMORY")
    _migrations().apply(Database(connection))
    return connection


def opened_to_read(path: Path) -> sqlite3.Connection | None:
    """A connection that only reads; None where there is no archive yet."""
    if not path.exists():
        return None
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)


def _migrations() -> Migrations:
    steps = Migrations("archive")
    steps(name="first")(lambda database: _run(database, _FIRST))
    steps(name="second")(lambda database: _run(database, _SECOND))
    steps(name="third")(lambda database: _run(database, _THIRD))
    steps(name="outbox is packed")(_pack_outbox)
    steps(name="clock")(lambda database: _run(database, _CLOCK))
    return steps


def _pack_outbox(database: Database) -> None:
    database.conn.create_function("packed", 1, lambda payload: PLAIN + payload)
    database.execute("UPDATE outbox SET payload = packed(payload)")


def _run(database: Database, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            database.execute(statement)
