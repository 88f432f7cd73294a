"""What the stand-in county received, written down by id."""

import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from edge.link.link import Incoming
from gateway.county_messages import Readings


@dataclass(frozen=True, slots=True)
class Counts:
    """What came so far, each id counted once; `twice` are the ids that came more than once."""

    messages: int
    readings: int
    alarms: int
    pictures: int
    twice: int


class _Named(msgspec.Struct, frozen=True):
    """Any of the county's JSON messages, as far as its name goes."""

    id: str


class Ledger:
    """The SQLite file in which the county writes what it received."""

    def __init__(self, path: Path) -> None:
        """Open or make it; OSError or sqlite3.Error where that can't be done."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL,"
            " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, times INTEGER NOT NULL, readings INTEGER NOT NULL)"
        )

    def record(self, messages: list[Incoming], now_ms: int) -> None:
        """Write down a group of messages in one commit."""
        rows = [(*_named(message), message.topic, message.payload, now_ms, now_ms) for message in messages]
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO message (id, readings, topic, payload, first_ms, last_ms, times) VALUES (?, ?, ?, ?, ?, ?, 1)"
            " ON CONFLICT (id) DO UPDATE SET times = times + 1, last_ms = excluded.last_ms",
            rows,
        )
        self._db.execute("COMMIT")

    def counts(self) -> Counts:
        """What is written down."""
        row = self._db.execute(
            "SELECT count(*), coalesce(sum(readings), 0), coalesce(sum(topic LIKE '%/alarm'), 0),"
            " coalesce(sum(topic LIKE '%/picture/%'), 0), coalesce(sum(times > 1), 0) FROM message"
        ).fetchone()
        return Counts(*row)

    def messages(self, leaf: str) -> list[tuple[str, bytes]]:
        """Ids and payloads of the messages whose topic ends in `/<leaf>`, in the order in which they first came."""
        return self._db.execute(
            "SELECT id, payload FROM message WHERE topic LIKE ? ORDER BY rowid", (f"%/{leaf}",)
        ).fetchall()

    def latest(self, leaf: str, count: int) -> list[bytes]:
        """The payloads of the newest messages whose topic ends in `/<leaf>`, newest first."""
        rows = self._db.execute(
            "SELECT payload FROM message WHERE topic LIKE ? ORDER BY rowid DESC LIMIT ?", (f"%/{leaf}", count)
        )
        return [payload for (payload,) in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def told(message: Incoming) -> str:
    """One message as one line."""
    if is_picture(message.topic):
        return f"{message.topic}  JPEG {len(message.payload)} B"
    text = message.payload.decode("utf-8", "replace")
    return f"{message.topic}  {text if len(text) <= 200 else text[:199] + '…'}"


def is_picture(topic: str) -> bool:
    """Is a topic one that carries a picture itself?"""
    return topic.split("/")[-2:-1] == ["picture"]


def _named(message: Incoming) -> tuple[str, int]:
    """A message's id and how many readings it holds; pictures and foreign messages, without id, go by their topic."""
    if is_picture(message.topic):
        return message.topic, 0
    try:
        if message.topic.endswith("/readings"):
            batch = msgspec.json.decode(message.payload, type=Readings)
            return batch.id, len(batch.readings)
        return msgspec.json.decode(message.payload, type=_Named).id, 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return f"? {message.topic} {sha256(message.payload).hexdigest()}", 0
