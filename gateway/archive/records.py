"""Computing what is stale, and telling the platforms of what changed, in commits short enough to hold nobody up."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gateway.archive import tallies
from gateway.archive.schema import opened, packed
from gateway.archive.store import Platform
from gateway.records import stale
from gateway.records.record import EMPTY, Bucket, Record, Series
from gateway.records.spans import Span

AT_ONCE = {Span.MINUTE: 30, Span.TEN_MINUTES: 30, Span.HOUR: 6, Span.DAY: 6}
"""So many buckets are computed for one commit: each time about as much to read."""
AHEAD_MS = 2 * Span.DAY.ms
"""A bucket that would be due later than this was marked by a clock that was wrong, and is computed at once."""
_TOGETHER = {Span.MINUTE: Span.HOUR, Span.TEN_MINUTES: Span.DAY, Span.HOUR: Span.DAY, Span.DAY: Span.DAY}
"""Stale buckets within the same one of these are counted in one query."""

# What a bucket is made of comes first: it would otherwise be computed, and told, twice.
_DUE = """
SELECT site, start_ms, times FROM stale WHERE span = :span AND (due_ms <= :now OR due_ms > :now + :ahead)
    AND NOT EXISTS (SELECT 1 FROM stale AS part WHERE part.span < stale.span AND part.site = stale.site
        AND part.start_ms >= stale.start_ms AND part.start_ms < stale.start_ms + stale.span * 60000)
ORDER BY site, start_ms LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A bucket in which something is different now, and what; `revision` counts such changes."""

    bucket: Bucket
    revision: int
    records: tuple[tuple[Series, Record], ...]


class RecordStore:
    """The archive's records, written through a connection of their own by one thread."""

    def __init__(self, path: Path, platforms: Mapping[str, Platform] | None = None) -> None:
        """Open the archive; sqlite3.Error or OSError where that can't be done."""
        self._db = opened(path)
        self._platforms = dict(platforms or {})
        tallies.prepare(self._db)

    def turn(self, now_ms: int) -> int:
        """Compute some of what is due, shortest buckets first; how many: 0 when nothing is due any more.

        sqlite3.Error where the archive can't be read or written: what is stale stays so.
        """
        for span in Span:
            due = self._due(span, now_ms)
            if due:
                self._compute(due, now_ms)
                return len(due)
        return 0

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _due(self, span: Span, now_ms: int) -> dict[Bucket, int]:
        """What is due, and how often it was marked."""
        asked = {"span": span, "now": now_ms, "ahead": AHEAD_MS, "limit": AT_ONCE[span]}
        return {
            Bucket(site, span, start_ms): times for site, start_ms, times in self._db.execute(_DUE, asked).fetchall()
        }

    def _compute(self, due: dict[Bucket, int], now_ms: int) -> None:
        """Count first, with nothing locked; then write. What is marked meanwhile stays stale."""
        with self._transaction("DEFERRED"):  # all at one moment: meanwhile ingest adds channels, too
            changes = [change for group in _groups(due) for change in self._changes(group)]
        above = [row for change in changes for row in stale.above(change.bucket, now_ms)]
        told = list(self._told(changes))
        done = [(bucket.span, bucket.site, bucket.start_ms, times) for bucket, times in due.items()]
        with self._transaction("IMMEDIATE"):
            self._write(changes)
            self._db.executemany(stale.MARK, above)
            self._db.executemany("INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?, ?)", told)
            self._db.executemany("DELETE FROM stale WHERE span = ? AND site = ? AND start_ms = ? AND times = ?", done)

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        self._db.execute(f"BEGIN {kind}")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _changes(self, buckets: list[Bucket]) -> Iterator[Change]:
        """What is different in buckets that lie close together."""
        first, until_ms = buckets[0], buckets[-1].start_ms + buckets[-1].span.ms
        channels = tallies.channels(self._db, first.site)
        fresh: dict[int, dict[int, Record]] = {bucket.start_ms: {} for bucket in buckets}
        for series, start_ms, record in tallies.computed(self._db, first.span, first, until_ms, channels):
            fresh.get(start_ms, {})[series.number] = record
        before: dict[int, dict[int, Record]] = {}
        revisions: dict[int, int] = {}
        for number, start_ms, record, revision in tallies.stored(self._db, first, until_ms):
            before.setdefault(start_ms, {})[number] = record
            revisions[start_ms] = max(revision, revisions.get(start_ms, 0))
        for bucket in buckets:
            start_ms = bucket.start_ms
            changed = tuple(_changed(channels, before.get(start_ms, {}), fresh[start_ms]))
            if changed:
                yield Change(bucket, revisions.get(start_ms, 0) + 1, changed)

    def _write(self, changes: Iterable[Change]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(series.number, change.bucket.span, change.bucket.start_ms, record.count, record.seen),
                    *(record.low, record.mean, record.high, record.mark, record.valid, record.weighted),
                    *(record.worst, change.revision),
                )
                for change in changes
                for series, record in change.records
            ),
        )

    def _told(self, changes: Iterable[Change]) -> Iterator[tuple[str, str, bytes, bool, str]]:
        for change in changes:
            for name, platform in self._platforms.items():
                for told in platform.records(change.bucket, change.revision, change.records):
                    yield name, told.topic, packed(told), told.retain, told.media_type


def _groups(due: Iterable[Bucket]) -> Iterator[list[Bucket]]:
    """Buckets of one site that lie close together; they come in order."""
    for _, group in groupby(due, lambda bucket: (bucket.site, _TOGETHER[bucket.span].start(bucket.start_ms))):
        yield list(group)


def _changed(
    channels: Iterable[Series], before: Mapping[int, Record], fresh: Mapping[int, Record]
) -> Iterator[tuple[Series, Record]]:
    """What is new or different, and what was there and has nothing left."""
    for series in channels:
        old, new = before.get(series.number), fresh.get(series.number)
        if new is None and old is not None:
            new = EMPTY
        if new is not None and new != old:
            yield series, new
