"""How long the records of a backlog of 1,000,000 readings take: 72 hours of a site of 40 channels, come at once.

Goal: at most 60 s as the gateway runs it, and another that commits to the archive meanwhile, as ingest does, waits for
at most 250 ms. Beside it: what it costs at full speed, what marking costs the ingest, and what a minute of such a site
costs once there is no backlog.
"""

import sqlite3
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from edge.runtime.clock import SystemClock
from edge.wire.messages import Batch, Series
from gateway.archive.records import RecordStore
from gateway.archive.schema import opened
from gateway.archive.store import Archive
from gateway.county_mqtt import CountyTopics
from gateway.recorder import Recorder
from gateway.records import stale
from sensors.reading import ClockState, Stamp
from tests.bench.outcome import Outcome

CHANNELS, HOURS, EVERY_MS = 40, 72, 10_000
BEGAN_MS = 1_789_920_000_000
SITE = "pond-1"


def run(arguments: list[str]) -> Outcome:
    """Fill an archive, compute; `--quick` for two hours instead of 72."""
    minutes = 120 if "--quick" in arguments else HOURS * 60
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "archive.db"
        filled = _fill(path, minutes)
        full_s, cpu_s = _at_full_speed(path)
        found = _counts(path)
        _anew(path)
        paced_s, longest_wait_s = _paced(path)
        live_ms = _live(path, minutes)
    figures = {
        "readings": found["reading"],
        "records": found["record"],
        "told": found["outbox"],
        "full_speed_s": full_s,
        "cpu_s": cpu_s,
        "paced_s": paced_s,
        "longest_wait_ms": longest_wait_s * 1000,
        "live_minute_ms": live_ms,
        "marking_us_per_batch": filled,
    }
    return Outcome(figures, held=paced_s <= 60 and longest_wait_s <= 0.25)


def _batch(minute: int) -> Batch:
    offsets = tuple(range(0, 60_000, EVERY_MS))
    series = tuple(
        Series(
            f"sonde-{channel // 8}",
            f"channel-{channel}",
            "mg/L",
            "w21003" if channel else "w00000",
            offsets,
            tuple(10 + (minute * 7 + channel * 3 + nth) % 100 / 8 for nth in range(len(offsets))),
            (1,) * len(offsets),
            ("",) * len(offsets),
        )
        for channel in range(CHANNELS)
    )
    return Batch("boot", ClockState.SYNCHRONISED, 3, BEGAN_MS + minute * 60_000, minute * 60_000, series)


def _fill(path: Path, minutes: int) -> float:
    """Rows as the archive writes them, in few commits; microseconds that marking took per batch."""
    Archive(path).close()
    database = opened(path)
    database.execute("PRAGMA synchronous=OFF")
    database.execute("BEGIN")
    first = _batch(0)
    database.executemany(
        "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)",
        [(nth, SITE, one.instrument, one.channel, one.unit, one.code) for nth, one in enumerate(first.series, 1)],
    )
    marking = 0.0
    for minute in range(minutes):
        batch = _batch(minute)
        database.execute(
            "INSERT INTO message VALUES (?, ?, 's', ?, 'batch', ?, ?, 'boot', 'synchronised', 3, ?)",
            (minute + 1, SITE, minute + 1, batch.wall_ms, batch.mono_ms, batch.wall_ms),
        )
        for nth, series in enumerate(batch.series, 1):
            rows = zip(series.offsets, series.values, strict=True)
            database.executemany(
                "INSERT INTO reading VALUES (?, ?, ?, ?, ?, 1, '')",
                [(nth, minute + 1, batch.wall_ms + at, batch.mono_ms + at, value) for at, value in rows],
            )
        began = time.perf_counter()
        database.executemany(stale.MARK, stale.of_batch(SITE, batch, 0))
        marking += time.perf_counter() - began
    database.execute("COMMIT")
    database.close()
    return marking / minutes * 1e6


def _at_full_speed(path: Path) -> tuple[float, float]:
    """Seconds, and seconds of CPU."""
    store = RecordStore(path, {"county": CountyTopics("county/1")})
    began, worked, clock = time.perf_counter(), time.process_time(), Hurried()
    while store.turn(clock.now().wall_ms):
        pass
    spent = time.perf_counter() - began, time.process_time() - worked
    store.close()
    return spent


class Hurried(SystemClock):
    """A clock on which an hour passes whenever it is looked at: nothing waits for its grace, only for its turn."""

    def __init__(self) -> None:
        super().__init__()
        self._hours = 7 * 24

    def now(self) -> Stamp:
        self._hours += 1
        return replace(super().now(), wall_ms=BEGAN_MS + self._hours * 3_600_000)


def _counts(path: Path) -> dict[str, int]:
    database = sqlite3.connect(path)
    found = {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("reading", "record", "outbox", "stale")
    }
    database.close()
    assert found["stale"] == 0
    return found


def _anew(path: Path) -> None:
    """As it was before anything was computed."""
    database = opened(path)
    for statement in ("DELETE FROM record", "DELETE FROM outbox"):
        database.execute(statement)
    database.execute("INSERT INTO stale SELECT DISTINCT 1, ?, wall_ms / 60000 * 60000, 0, 1 FROM reading", (SITE,))
    database.close()


def _paced(path: Path) -> tuple[float, float]:
    """Seconds until nothing is stale, with the service as the gateway runs it; the longest wait of another writer."""
    store, other = RecordStore(path, {"county": CountyTopics("county/1")}), opened(path)
    stop = threading.Event()
    service = threading.Thread(target=Recorder(store, Hurried()).run, args=(stop, lambda: None))
    began, longest = time.perf_counter(), 0.0
    service.start()
    while other.execute("SELECT EXISTS (SELECT 1 FROM stale)").fetchone()[0]:
        asked = time.perf_counter()
        other.execute("BEGIN IMMEDIATE")
        longest = max(longest, time.perf_counter() - asked)
        other.execute("COMMIT")
        time.sleep(0.02)
    spent = time.perf_counter() - began
    stop.set()
    service.join()
    other.close()
    store.close()
    return spent, longest


def _live(path: Path, minute: int) -> float:
    """Milliseconds of CPU for one more minute of the site, its ten minutes and its hour."""
    database, store = opened(path), RecordStore(path)
    batch = _batch(minute)
    database.execute(
        "INSERT INTO message VALUES (NULL, ?, 's', ?, 'batch', ?, ?, 'boot', 'synchronised', 3, 0)",
        (SITE, minute + 1, batch.wall_ms, batch.mono_ms),
    )
    for nth, series in enumerate(batch.series, 1):
        database.execute(
            "INSERT INTO reading SELECT ?, max(id), ?, ?, ?, 1, '' FROM message",
            (nth, batch.wall_ms, batch.mono_ms, series.values[0]),
        )
    database.executemany(stale.MARK, stale.of_batch(SITE, batch, 0))
    began = time.process_time()
    assert store.turn(Hurried().now().wall_ms) == 1
    spent = time.process_time() - began
    store.close()
    database.close()
    return spent * 1000
