"""The spool's file: what was put survives, in order, under one identity, until it is deleted by number."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.spool.store import Spool
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
    return [spool.body(waiting) for waiting in spool.waiting(limit)]


def test_keeps_in_order_and_by_rank(spool: Spool) -> None:
    spool.put([batch(1), batch(2)])
    spool.put([EVIDENCE, ALARM])
    assert bodies(spool) == [ALARM, EVIDENCE, batch(1), batch(2)]
    assert [waiting.seq for waiting in spool.waiting(2)] == [4, 3]


def test_leaves_out_what_is_under_way(spool: Spool) -> None:
    spool.put([batch(number) for number in range(1, 6)])
    assert [waiting.seq for waiting in spool.waiting(10, besides=(1, 3))] == [2, 4, 5]


def test_deletes_runs_and_says_how_many(spool: Spool) -> None:
    spool.put([batch(number) for number in range(1, 8)])
    assert spool.delete([(1, 2), (5, 5), (90, 99)]) == 3
    assert [waiting.seq for waiting in spool.waiting(10)] == [3, 4, 6, 7]
    assert spool.delete([]) == 0


def test_a_number_is_never_given_twice(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    spool.put([batch(1), batch(2)])
    spool.delete([(1, 2)])
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


def test_says_whether_something_changed_since_it_was_asked(spool: Spool) -> None:
    assert spool.changed()
    spool.waiting(1)
    assert not spool.changed()
    spool.put([batch(1)])
    assert spool.changed()


def test_a_fact_is_remembered_beside_the_messages(tmp_path: Path, clock: HandClock) -> None:
    spool = Spool(tmp_path / "spool.db", clock)
    assert spool.recall("clock") is None
    spool.remember("clock", "one")
    spool.remember("clock", "two")
    spool.close()
    again = Spool(tmp_path / "spool.db", clock)
    assert again.recall("clock") == "two"
    assert again.waiting(10) == []
    again.close()


def test_depth_counts_messages_bytes_and_age(spool: Spool, clock: HandClock) -> None:
    depth = spool.depth()
    assert (depth.messages, depth.bytes, depth.oldest_age_ms) == (0, 0, None)
    spool.put([batch(1)])
    clock.sleep(2.5)
    spool.put([batch(2)])
    depth = spool.depth()
    assert (depth.messages, depth.oldest_age_ms) == (2, 2500)
    assert depth.bytes == sum(len(waiting.body) for waiting in spool.waiting(9))


def test_age_is_never_negative_after_the_clock_was_set_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db", HandClock(wall_ms=1_790_000_000_000))
    spool.put([batch(1)])
    spool.close()
    later = Spool(tmp_path / "spool.db", HandClock(wall_ms=0))
    assert later.depth().oldest_age_ms == 0
    later.close()


def test_a_failed_commit_leaves_nothing_behind_and_the_spool_usable(spool: Spool) -> None:
    unwritable = msgspec.structs.replace(batch(2), wall_ms="soon")
    with pytest.raises(TypeError):
        spool.put([batch(1), unwritable])
    spool.put([batch(3)])
    assert bodies(spool) == [batch(3)]


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
        spool.delete([(seq, seq) for seq in gone])
        model = sorted((rank[name], seq) for seq, name in enumerate(names, 1) if seq not in gone)
        assert [waiting.seq for waiting in spool.waiting(1000)] == [seq for _, seq in model]
        assert {Kind(waiting.kind) for waiting in spool.waiting(1000)} <= set(Kind)
