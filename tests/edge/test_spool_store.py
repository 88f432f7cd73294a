"""The spool's file: what was put survives, in order, under one identity, until it is deleted by number."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.spool.bounds import Bounds
from edge.spool.message import Rank
from edge.spool.store import Spool
from edge.wire.codec import decode_kept, encode_kept
from edge.wire.messages import Alarm, Batch, Body, Event, Evidence
from edge.wire.topics import Kind
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp

AT = Stamp(1_790_000_000_000, 5_000, "boot-1", ClockState.SYNCHRONISED, 3)
ALARM = Alarm("smoke", "field", "field-1", Event.OPENED, AT)
EVIDENCE = Evidence("field-1", "field", AT, "image/jpeg", 4, 3, "0" * 64, b"picture")


def batch(number: int) -> Batch:
    return Batch("boot-1", ClockState.SYNCHRONISED, 3, 1_790_000_000_000 + number, number, ())


@pytest.fixture
def clock() -> HandClock:
    return HandClock(wall_ms=1_790_000_000_000)


@pytest.fixture
def spool(tmp_path: Path, clock: HandClock) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool.db", clock)
    yield spool
    spool.close()


def bodies(spool: Spool, limit: int = 100) -> list[Body]:
    return [decode_kept(waiting.kind, waiting.body) for waiting in spool.waiting(limit)]


def test_keeps_in_order_and_by_rank(spool: Spool) -> None:
    spool.put([batch(1), batch(2)])
    spool.put([EVIDENCE, ALARM])
    assert bodies(spool) == [ALARM, EVIDENCE, batch(1), batch(2)]
    assert [waiting.seq for waiting in spool.waiting(2)] == [4, 3]


def test_reads_on_after_a_row_and_up_to_one(spool: Spool) -> None:
    spool.put([batch(number) for number in range(1, 8)])
    taken = spool.take(Rank.READING, 2, 3)
    assert [waiting.seq for waiting in taken] == [3, 4, 5]
    assert [waiting.row for waiting in spool.take(Rank.READING, taken[-1].row, 9, below=7)] == [6]
    assert spool.take(Rank.ALARM, 0, 9) == []
    size = len(taken[0].body)
    assert len(spool.take(Rank.READING, 0, 9, size=2 * size)) == 2
    assert len(spool.take(Rank.READING, 0, 9, size=0)) == 1, "one always, or a large one would stop the rest"
    assert [waiting.seq for waiting in spool.at([7, 99, 1])] == [7, 1]


def test_deletes_runs_and_says_how_many(spool: Spool) -> None:
    spool.put([batch(number) for number in range(1, 8)])
    assert spool.delete({spool.stream: [(5, 5), (1, 2), (90, 2**70)], "another": [(3, 3)]}) == 3
    assert [waiting.seq for waiting in spool.waiting(10)] == [3, 4, 6, 7]
    assert spool.delete({}) == 0


def test_a_number_is_never_given_twice(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    spool.put([batch(1), batch(2)])
    spool.delete({spool.stream: [(1, 2)]})
    stream = spool.stream
    spool.close()
    again = Spool(tmp_path / "spool.db", clock)
    again.put([batch(3)])
    assert [waiting.seq for waiting in again.waiting(10)] == [3]
    assert again.stream == stream
    assert again.starts == 2
    again.close()


def test_every_file_has_a_stream_of_its_own(tmp_path: Path, clock: HandClock) -> None:
    one, other = Spool(tmp_path / "one.db", clock), Spool(tmp_path / "other.db", clock)
    assert one.stream != other.stream
    assert len(one.stream) == 10
    one.close()
    other.close()


def test_says_when_something_was_put_in(spool: Spool) -> None:
    told: list[int] = []
    spool.on_change(lambda: told.append(len(spool.waiting(9))))
    spool.waiting(1)
    assert told == []
    spool.put([batch(1)])
    assert told == [1]
    held = spool.hold(batch(2))
    assert held is not None
    assert told == [1], "what is not done is nobody's business"
    spool.release(held)
    assert told == [1, 2]


def test_depth_counts_messages_bytes_and_age(spool: Spool, clock: HandClock) -> None:
    depth = spool.depth()
    assert (depth.messages, depth.bytes, depth.oldest_age_ms) == (0, 0, None)
    spool.put([batch(1)])
    clock.sleep(2.5)
    spool.put([batch(2)])
    depth = spool.depth()
    assert (depth.messages, depth.oldest_age_ms) == (2, 2500)
    assert depth.bytes == sum(len(waiting.body) for waiting in spool.waiting(9))


def test_age_is_told_by_the_boots_own_time_and_never_by_the_wall_clock(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    with closing(Spool(path, HandClock(monotonic=50, wall_ms=1_790_000_000_000))) as spool:
        spool.put([batch(1)])
    with closing(Spool(path, HandClock(monotonic=80, wall_ms=0))) as same_boot:
        assert same_boot.depth().oldest_age_ms == 30_000
    with closing(Spool(path, HandClock(monotonic=5, wall_ms=1_790_000_000_000, boot="next"))) as another:
        another.put([batch(2)])
        assert another.depth().oldest_age_ms is None
        another.delete({another.streams()[1]: [(1, 1)]})
        assert another.depth().oldest_age_ms == 0


def test_a_new_boot_gives_numbers_under_a_new_name(tmp_path: Path, clock: HandClock) -> None:
    """A card that forgets what it said it had written would else give numbers a second time."""
    path = tmp_path / "spool.db"
    with closing(Spool(path, clock)) as spool:
        spool.put([batch(1), batch(2)])
        old = spool.stream
    with closing(Spool(path, HandClock(boot="next"))) as spool:
        spool.put([batch(3)])
        assert spool.stream != old
        assert spool.streams() == (spool.stream, old)
        assert [waiting.name for waiting in spool.waiting(9)] == [(old, 1), (old, 2), (spool.stream, 3)]
        assert spool.delete({spool.stream: [(1, 2)], old: [(2, 3)]}) == 1
        assert [waiting.seq for waiting in spool.waiting(9)] == [1, 3]


def test_depth_is_the_same_after_a_restart(tmp_path: Path, clock: HandClock) -> None:
    with closing(Spool(tmp_path / "spool.db", clock)) as spool:
        spool.put([ALARM, EVIDENCE, batch(1), batch(2)])
        spool.delete({spool.stream: [(3, 3)]})
        spool.set_aside((spool.stream, 2), "too large")
        before = spool.depth()
    with closing(Spool(tmp_path / "spool.db", clock)) as spool:
        assert spool.depth() == before
    assert [(rank.rank, rank.messages) for rank in before.ranks] == [("alarm", 1), ("reading", 1)]
    assert before.aside == 1


def test_what_is_set_aside_waits_no_longer_and_is_kept_with_its_reason(tmp_path: Path, clock: HandClock) -> None:
    with closing(Spool(tmp_path / "spool.db", clock)) as spool:
        spool.put([batch(1), batch(2)])
        name = spool.waiting(1)[0].name
        spool.set_aside(name, "too large")
        spool.set_aside(name, "again")
        assert bodies(spool) == [batch(2)]
    with closing(sqlite3.connect(tmp_path / "spool.db")) as database:
        rows = database.execute("SELECT reason, stream, number, kind FROM aside").fetchall()
    assert rows == [("too large", *name, "batch")]


def test_a_file_of_the_first_version_goes_on(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "spool.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        database.execute(
            "CREATE TABLE message (seq INTEGER PRIMARY KEY AUTOINCREMENT, rank INTEGER NOT NULL, kind TEXT NOT NULL,"
            " body BLOB NOT NULL, written_ms INTEGER NOT NULL)"
        )
        database.execute("CREATE INDEX by_rank ON message (rank, seq)")
        database.execute("INSERT INTO meta VALUES ('stream', '0123456789abcdef'), ('starts', '7')")
        database.execute("INSERT INTO message VALUES (41, 3, 'batch', ?, 5)", (encode_kept(batch(1)),))
    with closing(Spool(path, clock)) as spool:
        assert (spool.stream, spool.starts) == ("0123456789abcdef", 8)
        spool.put([batch(2)])
        assert [waiting.name for waiting in spool.waiting(9)] == [(spool.stream, 41), (spool.stream, 42)]
        assert spool.depth().bytes == sum(len(waiting.body) for waiting in spool.waiting(9))


def test_another_configuration_leaves_what_waits_alone(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "spool.db"
    with closing(Spool(path, clock)) as spool:
        spool.put([batch(number) for number in range(500)])
    with closing(Spool(path, clock, Bounds(max_bytes=16_000_000, disk_floor=2**60))) as spool:
        assert len(spool.waiting(1000)) == 500


def test_what_was_put_survives_kill_9(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from edge.spool.store import Spool\n"
        "from edge.runtime.clock import SystemClock\n"
        "from edge.wire.messages import Batch\n"
        "from sensors.reading import ClockState\n"
        "spool = Spool(pathlib.Path(sys.argv[1]), SystemClock())\n"
        "for number in range(20):\n"
        "    spool.put([Batch('b', ClockState.UNSET, None, number, number, ())])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / "spool.db"
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -9
    spool = Spool(path, HandClock())
    assert [waiting.seq for waiting in spool.waiting(100)] == list(range(1, 21))
    spool.close()


@given(st.lists(st.lists(st.sampled_from(["alarm", "evidence", "batch"]), max_size=4), max_size=8), st.data())
def test_order_against_a_model(
    tmp_path_factory: pytest.TempPathFactory, puts: list[list[str]], data: st.DataObject
) -> None:
    made: dict[str, Body] = {"alarm": ALARM, "evidence": EVIDENCE, "batch": batch(1)}
    rank = {"alarm": 0, "evidence": 1, "batch": 3}
    with closing(Spool(tmp_path_factory.mktemp("spool") / "spool.db", HandClock())) as spool:
        for put in puts:
            spool.put([made[name] for name in put])
        names = [name for put in puts for name in put]
        gone = data.draw(st.sets(st.integers(1, max(1, len(names)))))
        spool.delete({spool.stream: [(seq, seq) for seq in gone]})
        model = sorted((rank[name], seq) for seq, name in enumerate(names, 1) if seq not in gone)
        assert [waiting.seq for waiting in spool.waiting(1000)] == [seq for _, seq in model]
        assert {Kind(waiting.kind) for waiting in spool.waiting(1000)} <= set(Kind)
