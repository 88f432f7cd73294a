"""Writing to the archive: a group of messages, and what the platforms are told of them, in one commit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from edge.link.link import Outgoing
from edge.wire.codec import kind_of
from edge.wire.messages import Alarm, Batch, ClockFix, Evidence, Health, Online
from gateway.archive.doubts import Doubts
from gateway.archive.readings import Readings
from gateway.archive.schema import opened, packed
from gateway.clocks import stamp_of
from gateway.inbound import DeadLetter, Entry, Judged, Presence, Told

MAX_DEAD_LETTERS = 10_000
"""So many are kept; the oldest go first."""
MAX_LEGENDS = 10_000


class Platform(Protocol):
    """How one platform is told: pure, and given only what is new."""

    def entry(self, entry: Entry) -> Iterable[Outgoing]:
        """What one message of a device becomes."""

    def online(self, site: str, change: int, programs: Sequence[Online], now_ms: int) -> Iterable[Outgoing]:
        """What a change of presence becomes; `programs` are all of the site's."""


class Archive:
    """One file, written by one thread. `platforms` by name: what each is told waits in the outbox under that name."""

    def __init__(self, path: Path, platforms: Mapping[str, Platform] | None = None) -> None:
        """Open or make the file; sqlite3.Error or OSError where that can't be done."""
        self._db = opened(path)
        self._platforms = dict(platforms or {})
        self._readings = Readings(self._db)
        self._doubts = Doubts(self._db)

    def keep(self, group: Iterable[Judged], now_ms: int) -> int:
        """Keep a group in one commit; how many entries of it were new. When this returns, they survive a power cut.

        sqlite3.Error where nothing of it could be kept (disk full, file gone): the group may be given again.
        """
        new = 0
        with self._transaction():
            for item in group:
                match item:
                    case Entry():
                        new += self._keep_entry(item, now_ms)
                    case Told():
                        self._keep_legend(item)
                    case Presence():
                        self._keep_presence(item, now_ms)
                    case DeadLetter():
                        self._keep_dead(item, now_ms)
            self._doubts.settle()
        return new

    @property
    def unsettled(self) -> bool:
        """Is there still something to correct? The next call of `keep` does some of it, even one of an empty group."""
        return self._doubts.open

    def legend(self, site: str, digest: bytes) -> bytes | None:
        """A legend as it came, None for one that never did or was forgotten."""
        query = "SELECT data FROM legend WHERE site = ? AND digest = ?"
        found = self._db.execute(query, (site, digest)).fetchone()
        return None if found is None else bytes(found[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._readings.forget()
            self._doubts.forget()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _keep_entry(self, entry: Entry, now_ms: int) -> bool:
        """False for a duplicate."""
        entry = self._doubts.settled(entry)
        who = entry.identity
        row = (who.site, who.stream, who.seq, kind_of(entry.body), *_moment(entry), now_ms)
        cursor = self._db.execute(
            "INSERT INTO message VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (site, stream, seq) DO NOTHING",
            row,
        )
        if cursor.rowcount == 0:
            return False
        message, before = cursor.lastrowid or 0, self._doubts.last_reading(entry)
        self._keep_body(message, entry)
        self._doubts.keep(message, entry, before)
        for name, platform in self._platforms.items():
            self._tell(name, platform.entry(entry))
        return True

    def _keep_body(self, message: int, entry: Entry) -> None:
        body = entry.body
        match body:
            case Batch():
                self._readings.keep(entry.identity.site, message, body)
            case Alarm():
                row = (body.kind, body.source, body.episode, body.event, body.score, msgspec.json.encode(body.boxes))
                self._insert("alarm", (message, *row, body.model, body.evidence))
            case Evidence():
                about = (body.source, body.episode, body.sha256, body.media_type, body.width, body.height)
                self._insert("evidence", (message, *about, body.data))
            case Health():
                self._insert("health", (message, body.program, msgspec.json.encode(body)))
                self._keep_latest(message, entry, body.program)
            case ClockFix():
                self._doubts.learn(message, entry.identity.site, body)

    def _keep_latest(self, message: int, entry: Entry, program: str) -> None:
        """The later of two of one stream stays, in whatever order they came."""
        who = entry.identity
        self._db.execute(
            "INSERT INTO latest_health VALUES (?, ?, ?, ?, ?) ON CONFLICT (site, program) DO UPDATE SET"
            " message = excluded.message, stream = excluded.stream, seq = excluded.seq"
            " WHERE stream <> excluded.stream OR seq < excluded.seq",
            (who.site, program, message, who.stream, who.seq),
        )

    def _keep_legend(self, told: Told) -> None:
        """A device tells its legends at each connection: only the newest of a site are kept."""
        row = (told.site, told.digest, told.data)
        if self._db.execute("INSERT OR IGNORE INTO legend (site, digest, data) VALUES (?, ?, ?)", row).rowcount:
            self._db.execute(
                "DELETE FROM legend WHERE site = ? AND id <= (SELECT max(id) FROM legend) - ?", (told.site, MAX_LEGENDS)
            )

    def _keep_presence(self, presence: Presence, now_ms: int) -> None:
        """Only changes are kept and told: the broker repeats what it retains at each connection."""
        online = presence.online
        state = (online.online, online.version)
        before = self._db.execute(
            "SELECT online, version FROM presence WHERE site = ? AND program = ? ORDER BY id DESC LIMIT 1",
            (presence.site, online.program),
        ).fetchone()
        if before == state:
            return
        change = self._insert("presence", (None, presence.site, online.program, *state, now_ms))
        for name, platform in self._platforms.items():
            self._tell(name, platform.online(presence.site, change, self._programs(presence.site), now_ms))

    def _programs(self, site: str) -> list[Online]:
        rows = self._db.execute(
            "SELECT program, online, version, max(id) FROM presence WHERE site = ? GROUP BY program", (site,)
        )
        return [Online(program, bool(online), version) for program, online, version, _ in rows]

    def _keep_dead(self, dead: DeadLetter, now_ms: int) -> None:
        """One row per topic and content, however often it is sent again."""
        digest = sha256(dead.topic.encode() + b"\0" + dead.payload).digest()
        self._db.execute(
            "INSERT INTO dead_letter (digest, topic, site, reason, payload, times, first_ms, last_ms)"
            " VALUES (?, ?, ?, ?, ?, 1, ?, ?)"
            " ON CONFLICT (digest) DO UPDATE"
            " SET times = times + 1, last_ms = excluded.last_ms, reason = excluded.reason",
            (digest, dead.topic, dead.site, dead.reason, dead.payload, now_ms, now_ms),
        )
        self._db.execute(
            "DELETE FROM dead_letter WHERE id <= (SELECT max(id) FROM dead_letter) - ?", (MAX_DEAD_LETTERS,)
        )

    def _tell(self, platform: str, messages: Iterable[Outgoing]) -> None:
        rows = [(None, platform, told.topic, packed(told), told.retain, told.media_type) for told in messages]
        self._db.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _insert(self, table: str, row: tuple[object, ...]) -> int:
        marks = ", ".join("?" * len(row))
        return self._db.execute(f"INSERT INTO {table} VALUES ({marks})", row).lastrowid or 0  # noqa: S608


def _moment(entry: Entry) -> tuple[int, int, str, str, int | None]:
    at = stamp_of(entry.body)
    return at.wall_ms, at.mono_ms, at.boot, "corrected" if entry.corrected else str(at.clock), at.error_ms
