"""What must be computed anew: rows of the table `stale`, written in the commit of whatever made them so (pure).

A bucket is a site's, not a channel's: readings of one minute mostly come together, and one row stands for all of them.
Its `due_ms` stays what it was when it was first marked, so that backlog that trickles in is computed once in a while
and not with each batch; `times` counts the markings, so that one that comes during the computing isn't lost.
"""

from collections.abc import Iterable

from edge.wire.messages import Batch
from gateway.records.record import Bucket
from gateway.records.spans import ABOVE, Span

GRACE_MS = {Span.MINUTE: 10_000, Span.TEN_MINUTES: 15_000, Span.HOUR: 20_000, Span.DAY: 60_000}
"""So long after its end, or where that is past after its marking, a bucket waits for what is still on its way."""

MARK = (
    "INSERT INTO stale (span, site, start_ms, due_ms, times) VALUES (?, ?, ?, ?, 1)"
    " ON CONFLICT DO UPDATE SET times = times + 1"
)
Row = tuple[int, str, int, int]
"""What `MARK` takes."""


def of_batch(site: str, batch: Batch, now_ms: int) -> list[Row]:
    """The minutes that a batch's readings and corrections fall into: for `executemany(MARK, …)`."""
    columns = {tuple(series.offsets) for series in (*batch.series, *batch.corrections)}  # channels read together agree
    return of_moments(site, (batch.wall_ms + offset for offsets in columns for offset in offsets), now_ms)


def of_moments(site: str, walls_ms: Iterable[int], now_ms: int) -> list[Row]:
    """The minutes that moments fall into, when what stands there at a site changed, came or went."""
    minutes = {wall_ms // Span.MINUTE.ms for wall_ms in walls_ms}
    return [_row(Bucket(site, Span.MINUTE, minute * Span.MINUTE.ms), now_ms) for minute in sorted(minutes)]


def above(bucket: Bucket, now_ms: int) -> list[Row]:
    """What is made of a bucket that changed."""
    return [_row(Bucket(bucket.site, span, span.start(bucket.start_ms)), now_ms) for span in ABOVE[bucket.span]]


def _row(bucket: Bucket, now_ms: int) -> Row:
    end_ms = bucket.start_ms + bucket.span.ms
    return bucket.span, bucket.site, bucket.start_ms, max(end_ms, now_ms) + GRACE_MS[bucket.span]
