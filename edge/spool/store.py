"""The spool: a SQLite file in which every message waits until the gateway says that it is on the gateway's disk.

Order is the sequence number's, never the wall clock's; a number is given once and never again (AUTOINCREMENT); the
`stream` is made with the file, so that (site, stream, seq) names a message for ever. Writing is one commit, synced.
"""

import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from edge.wire.codec import Encoded, Encoder, decode_body, decode_legend
from edge.wire.legend import Legend
from edge.wire.messages import Body, Depth
from edge.wire.topics import Kind
from sensors.clock import Clock


class Rank(IntEnum):
    """What goes first when the way is free again."""

    ALARM = 0
    EVIDENCE = 1
    HEALTH = 2
    READING = 3


RANKS: dict[Kind, Rank] = {
    Kind.ALARM: Rank.ALARM,
    Kind.EVIDENCE: Rank.EVIDENCE,
    Kind.HEALTH: Rank.HEALTH,
    Kind.CLOCK: Rank.HEALTH,
    Kind.BATCH: Rank.READING,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits: its number in the stream, its kind, its body as the codec made it, and of a batch the
    digest of its legend."""

    seq: int
    kind: Kind
    body: bytes
    legend: bytes = b""


class Spool:
    """One file, safe to use from several threads of one program."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open the file or make it; OSError or sqlite3.Error where that can't be done."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self.stream, self.starts = _prepared(self._db)
        self._encoder = Encoder()
        self._changed = threading.Event()
        self._changed.set()

    def put(self, bodies: Iterable[Body]) -> None:
        """Keep messages, in one commit: when this returns, they survive a power cut."""
        now_ms = self._clock.now().wall_ms
        with self._commit():
            for body in bodies:
                self._keep(self._encoder.encode(body), now_ms)
        self._changed.set()

    def _keep(self, one: Encoded, now_ms: int) -> None:
        if one.digest:
            self._db.execute("INSERT OR IGNORE INTO legend VALUES (?, ?)", (one.digest, one.legend))
        self._db.execute(
            "INSERT INTO message (rank, kind, body, legend, written_ms) VALUES (?, ?, ?, ?, ?)",
            (RANKS[one.kind], one.kind, one.body, one.digest, now_ms),
        )

    def legend(self, digest: bytes) -> bytes | None:
        """What a waiting batch refers to, as it goes on the air; None where it was lost."""
        with self._lock:
            found = self._db.execute("SELECT data FROM legend WHERE digest = ?", (digest,)).fetchone()
        return None if found is None else bytes(found[0])

    def waiting(self, limit: int, besides: Collection[int] = ()) -> list[Waiting]:
        """The next messages to send, by rank and then by number, without those named in `besides`."""
        marks = ",".join("?" * len(besides))
        with self._lock:
            self._changed.clear()
            rows = self._db.execute(
                f"SELECT seq, kind, body, legend FROM message WHERE seq NOT IN ({marks}) ORDER BY rank, seq LIMIT ?",  # noqa: S608
                (*besides, limit),
            ).fetchall()
        return [Waiting(seq, Kind(kind), body, legend) for seq, kind, body, legend in rows]

    def body(self, waiting: Waiting) -> Body:
        """A waiting message as it was put in; MalformedError or UnknownLegendError where it can't be read any more."""
        return decode_body(waiting.kind, waiting.body, self._legend)

    def _legend(self, digest: bytes) -> Legend | None:
        data = self.legend(digest)
        return None if data is None else decode_legend(data)

    def changed(self) -> bool:
        """Was anything put in since `waiting` was last asked?"""
        return self._changed.is_set()

    def delete(self, runs: Iterable[tuple[int, int]]) -> int:
        """Forget messages that the gateway has on its disk: runs of numbers, both ends included; how many went."""
        with self._commit():
            gone = self._db.executemany("DELETE FROM message WHERE seq BETWEEN ? AND ?", list(runs)).rowcount
        return max(gone, 0)

    def depth(self) -> Depth:
        """How much waits, and for how long by the wall clock (never below 0, should the clock have been set back)."""
        with self._lock:
            count, size, oldest = self._db.execute(
                "SELECT count(*), coalesce(sum(length(body)), 0), min(written_ms) FROM message"
            ).fetchone()
        age = None if oldest is None else max(0, self._clock.now().wall_ms - oldest)
        return Depth(count, size, age)

    def remember(self, key: str, value: str) -> None:
        """Keep one fact beside the messages, in place of the one of before."""
        with self._commit():
            self._db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
            )

    def recall(self, key: str) -> str | None:
        """A fact that was remembered."""
        with self._lock:
            found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _commit(self) -> Iterator[None]:
        """One transaction: all of it is on the disk when the block ends, or, after an error, none of it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _prepared(connection: sqlite3.Connection) -> tuple[str, int]:
    """Make the tables if need be; the stream's name, and how often the file was opened to write.

    In plain SQL: importing sqlite-utils costs a device 21 MB, because it looks for numpy.
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY AUTOINCREMENT, rank INTEGER NOT NULL,"
        " kind TEXT NOT NULL, body BLOB NOT NULL, legend BLOB NOT NULL, written_ms INTEGER NOT NULL)"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS legend (digest BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
    connection.execute("CREATE INDEX IF NOT EXISTS by_rank ON message (rank, seq)")
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('stream', ?)", (secrets.token_hex(5),))
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('starts', '0')")
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'starts'")
    connection.execute("COMMIT")
    found = dict(connection.execute("SELECT key, value FROM meta"))
    return str(found["stream"]), int(found["starts"])
