"""Looking at a site's records while they are computed."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.archive.schema import opened_to_read
from gateway.archive.tallies import RECORD, recorded
from gateway.records.record import Record, Series
from gateway.records.spans import Span

_NEWEST = """
SELECT max((SELECT max(start_ms) FROM record WHERE record.series = series.id AND record.span = :span))
FROM series WHERE site = :site
"""
_LAST = f"""
SELECT series.id, series.instrument, series.channel, series.unit, series.code, record.start_ms,
    record.revision, {RECORD}
FROM series CROSS JOIN record ON record.series = series.id
WHERE series.site = :site AND record.span = :span AND record.start_ms > :after
ORDER BY record.start_ms, series.instrument, series.channel, series.id
"""  # noqa: S608 - names of our own


@dataclass(frozen=True, slots=True)
class Line:
    """One record with its name, where it starts, and how often it was computed to something new."""

    series: Series
    start_ms: int
    revision: int
    record: Record


@dataclass(frozen=True, slots=True)
class Records:
    """The newest records of a site; `stale` counts its buckets of any span that are to be computed."""

    lines: tuple[Line, ...]
    stale: int


def newest(path: Path, site: str, span: Span, last: int) -> Records | None:
    """The records of the `last` spans up to the newest; None without an archive.

    sqlite3.Error where it can't be read.
    """
    connection = opened_to_read(path)
    if connection is None:
        return None
    with closing(connection):
        connection.execute("BEGIN")  # one moment for all
        return _newest(connection, site, span, last)


def _newest(connection: sqlite3.Connection, site: str, span: Span, last: int) -> Records:
    asked = {"site": site, "span": span}
    (start_ms,) = connection.execute(_NEWEST, asked).fetchone()
    (stale,) = connection.execute("SELECT count(*) FROM stale WHERE site = ?", (site,)).fetchone()
    if start_ms is None:
        return Records((), stale)
    rows = connection.execute(_LAST, {**asked, "after": start_ms - last * span.ms})
    return Records(tuple(Line(Series(*row[:5]), row[5], row[6], recorded(row[7:])) for row in rows), stale)
