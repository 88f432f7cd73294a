"""The service that keeps records up to date: it waits, it works, it waits a fault out, it stops."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker_kit import until
from gateway_kit import running
from records_kit import DAY, MIDNIGHT, MINUTE, Kept, every_minute, locked, oracle, reading, same

from edge.runtime.clock import SystemClock
from gateway.recorder import Recorder
from sensors.clock import HandClock

LATER = MIDNIGHT + 30 * DAY


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path, now_ms=LATER)
    yield made
    made.close()


def test_it_works_until_nothing_is_due(kept: Kept) -> None:
    clock = HandClock(wall_ms=LATER)
    recorder = Recorder(kept.store, clock)
    assert not recorder.turn()
    kept.take(every_minute(130))
    assert not recorder.turn(), "the grace isn't over"
    clock.sleep(11)
    assert [recorder.turn() for _ in range(6)] == [True] * 5 + [False], "thirty minutes a turn"
    for _ in range(3):
        clock.sleep(61)
        recorder.turn()
    assert same(kept.all(), oracle(every_minute(130)))


def test_a_fault_is_said_once_and_waited_out(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    kept.take([reading(MIDNIGHT)])
    kept.store._db.execute("PRAGMA busy_timeout = 1")
    recorder = Recorder(kept.store, HandClock(wall_ms=LATER + DAY))
    lock = locked(kept.path)
    with caplog.at_level(logging.INFO, "gateway.recorder"):
        assert [recorder.turn() for _ in range(3)] == [False] * 3
        lock.close()
        assert recorder.turn()
    first, second = caplog.messages
    assert "locked" in first and "computed again" in second


def test_it_runs_beats_and_stops(kept: Kept) -> None:
    kept.take(every_minute(3))
    kept.change("UPDATE stale SET due_ms = 0")
    beats = threading.Event()
    recorder = Recorder(kept.store, SystemClock())
    stop = threading.Event()
    thread = threading.Thread(target=recorder.run, args=(stop, beats.set))
    thread.start()
    try:
        until(lambda: bool(kept.told.changes) and beats.is_set(), "the minutes are told")
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_ingest_and_recorder_work_on_one_archive(kept: Kept) -> None:
    """Batches and new channels come while records are computed; neither loses anything to the other."""
    whole = [one for nth in range(100) for one in every_minute(3, MIDNIGHT + nth * 3 * MINUTE, code=f"x{nth // 2}")]
    with running(Recorder(kept.store, SystemClock())):
        for nth in range(0, len(whole), 3):
            kept.take(whole[nth : nth + 3])
            kept.archive._db.execute("UPDATE stale SET due_ms = 0")
        until(lambda: not kept.archive._db.execute("SELECT count(*) FROM stale WHERE span = 1").fetchone()[0], "done")
    assert same(kept.settle().all(), oracle(whole))
