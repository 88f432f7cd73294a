"""The archive's readings and records, counted bucket by bucket in SQL, where the interpreter's lock isn't held."""

import math
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from gateway.records.record import Bucket, Record, Series
from gateway.records.rules import DIRECTION, WATER, Tally, flow_of, record
from gateway.records.spans import OFFSET_MS, PART, Span
from sensors.quality.marks import Mark, mark
from sensors.reading import Flag, Quality, Reason

# `LIMIT -1` keeps SQLite from copying the expressions of the inner query into each aggregate of the outer one.
_TALLY = f"""
SELECT series, (at + {OFFSET_MS}) / :length * :length - {OFFSET_MS} AS start_ms,
    count(*), sum(good), group_concat(CASE WHEN letter <> 'N' THEN letter END, ''),
    group_concat(CASE WHEN :length = {Span.HOUR.ms} THEN at %% {Span.HOUR.ms} / {Span.MINUTE.ms} END),
    min(CASE WHEN good THEN low END), avg(CASE WHEN good THEN mean END), max(CASE WHEN good THEN high END),
    min(low), avg(mean), max(high),
    sum(CASE WHEN good THEN mean * flow END), sum(CASE WHEN good AND mean IS NOT NULL THEN flow END),
    count(CASE WHEN good AND mean IS NOT NULL THEN flow END),
    avg(CASE WHEN good THEN east END), avg(CASE WHEN good THEN north END), avg(east), avg(north)
FROM (%s LIMIT -1)
GROUP BY series, start_ms
"""  # noqa: S608 - numbers of our own

# A reading whose clock was never set may be of any time: it waits until it was put right.
_READINGS = f"""
SELECT series, at, low, low AS mean, low AS high, letter = 'N' AS good, letter, NULL AS flow,
    CASE WHEN code = '{DIRECTION}' THEN eastward(low) END AS east,
    CASE WHEN code = '{DIRECTION}' THEN northward(low) END AS north
FROM (
    SELECT reading.series, reading.wall_ms AS at, reading.value AS low, series.code,
        CASE WHEN max(reading.flag, coalesce(correction.flag, 0)) = 1 THEN 'N' ELSE letter_of(
            max(reading.flag, coalesce(correction.flag, 0)),
            CASE WHEN correction.flag > reading.flag THEN correction.reasons ELSE reading.reasons END) END AS letter
    FROM series CROSS JOIN reading ON reading.series = series.id
        CROSS JOIN message ON message.id = reading.message
        LEFT JOIN correction ON correction.series = reading.series AND correction.boot = message.boot
            AND correction.mono_ms = reading.mono_ms
    WHERE series.site = :site AND reading.wall_ms >= :since AND reading.wall_ms < :until AND message.clock <> 'unset'
    LIMIT -1)
"""  # noqa: S608
_RECORDS = f"""
SELECT record.series, record.start_ms AS at, record.min AS low, record.mean, record.max AS high, record.valid AS good,
    CASE WHEN substr(series.code, 1, 1) = '{WATER}' THEN record.worst ELSE record.mark END AS letter,
    CASE WHEN flow.valid AND flow.mean >= 0 THEN flow.mean END AS flow,
    CASE WHEN series.code = '{DIRECTION}' THEN eastward(record.mean) END AS east,
    CASE WHEN series.code = '{DIRECTION}' THEN northward(record.mean) END AS north
FROM series CROSS JOIN record ON record.series = series.id
    LEFT JOIN record AS flow ON flow.series = :flow AND flow.span = record.span AND flow.start_ms = record.start_ms
WHERE series.site = :site AND record.span = :part AND record.start_ms >= :since AND record.start_ms < :until
    AND record.seen > 0
"""  # noqa: S608

RECORD = ", ".join(
    f"record.{column}" for column in ("count", "seen", "min", "mean", "max", "mark", "valid", "weighted", "worst")
)
"""The columns that `recorded` takes."""
_KNOWN = f"""
SELECT series.id, record.start_ms, record.revision, {RECORD}
FROM series CROSS JOIN record ON record.series = series.id
WHERE series.site = :site AND record.span = :span AND record.start_ms >= :since AND record.start_ms < :until
"""  # noqa: S608


def prepare(database: sqlite3.Connection) -> None:
    """Teach a connection what the queries ask of it."""
    database.create_function("letter_of", 2, _letter, deterministic=True)
    database.create_function("eastward", 1, _eastward, deterministic=True)
    database.create_function("northward", 1, _northward, deterministic=True)


def channels(database: sqlite3.Connection, site: str) -> list[Series]:
    """All channels of a site, by their number."""
    query = "SELECT id, instrument, channel, unit, code FROM series WHERE site = ? ORDER BY id"
    return [Series(*row) for row in database.execute(query, (site,))]


def computed(
    database: sqlite3.Connection, span: Span, since: Bucket, until_ms: int, known: list[Series]
) -> Iterator[tuple[Series, int, Record]]:
    """The records of a site's buckets from `since` to `until_ms`, with where each starts, as the archive has it now."""
    by_number = {series.number: series for series in known}
    bounds = {"site": since.site, "since": since.start_ms, "until": until_ms, "length": span.ms}
    part = PART.get(span)
    query = _TALLY % (_READINGS if part is None else _RECORDS)
    for number, start_ms, *counted in database.execute(query, {**bounds, "part": part, "flow": flow_of(known)}):
        series = by_number[number]
        yield series, start_ms, record(span, series.code, Tally(*counted))


def stored(database: sqlite3.Connection, since: Bucket, until_ms: int) -> Iterator[tuple[int, int, Record, int]]:
    """What is in the table of a site's buckets: series, start, record, revision."""
    bounds = {"site": since.site, "span": since.span, "since": since.start_ms, "until": until_ms}
    for number, start_ms, revision, *columns in database.execute(_KNOWN, bounds):
        yield number, start_ms, recorded(columns), revision


def recorded(columns: Sequence[Any]) -> Record:
    """A record from the columns `RECORD` of its row."""
    count, seen, low, mean, high, letter, valid, weighted, worst = columns
    return Record(count, seen, low, mean, high, Mark(letter), bool(valid), bool(weighted), Mark(worst))


@lru_cache(1024)
def _letter(flag: int, reasons: str) -> str:
    """A word that only a newer gateway knew says nothing here; one reading must not stop the records of all."""
    known = tuple(Reason(word) for word in reasons.split(",") if word in _REASONS)
    return str(mark(Quality(Flag(flag), known)))


_REASONS = frozenset(map(str, Reason))


def _eastward(degrees: float | None) -> float | None:
    return None if degrees is None else math.sin(math.radians(degrees))


def _northward(degrees: float | None) -> float | None:
    return None if degrees is None else math.cos(math.radians(degrees))
