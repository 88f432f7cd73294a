"""Damaged files: the program starts, what can be read is there under its old name, and an alarm tells of it."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from spool_kit import EVIDENCE, HEALTH, alarm, batch, bodies

from edge.spool.rescue import KEPT
from edge.spool.store import Spool
from edge.wire.codec import decode_kept
from edge.wire.messages import Alarm, Evidence
from edge.wire.topics import Kind
from sensors.clock import HandClock

BIG = Evidence("field-1", "field", EVIDENCE.at, "image/jpeg", 4, 3, "0" * 64, Random(1).randbytes(30_000))
CLOCK = HandClock(wall_ms=1_790_000_000_000)
PUT = 400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sense.db"


@pytest.fixture
def stream(path: Path) -> str:
    """A file with much in it; the name under which that was given."""
    with closing(Spool(path, CLOCK)) as spool:
        spool.put([alarm(1), BIG, HEALTH])
        for first in range(0, PUT, 100):
            spool.put([batch(number) for number in range(first, first + 100)])
        return spool.stream


@pytest.fixture
def opened(path: Path, stream: str) -> Iterator[Callable[[], Spool]]:
    """Opens the file again, as the program does after a restart."""
    made: list[Spool] = []

    def again() -> Spool:
        made.append(Spool(path, CLOCK))
        return made[-1]

    yield again
    for spool in made:
        spool.close()


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def told(spool: Spool) -> list[Alarm]:
    return [one for one in bodies(spool) if isinstance(one, Alarm) and one.kind == "spool-damaged"]


def rescued(spool: Spool, stream: str) -> dict[int, object]:
    return {
        one.seq: decode_kept(one.kind, one.body)
        for one in spool.waiting(10_000)
        if (one.stream == stream and one.kind is not Kind.ALARM) or one.seq == 1
    }


EVERYTHING = {2: BIG, 3: HEALTH} | {number + 4: batch(number) for number in range(PUT)}
DAMAGE: dict[str, tuple[Callable[[Path], None], float]] = {
    "header": (lambda path: overwrite(path, 0, b"garbage!" * 12), 0.95),
    "first page": (lambda path: overwrite(path, 0, bytes(4096)), 0.95),
    "a page in the middle": (lambda path: overwrite(path, path.stat().st_size // 2 // 4096 * 4096, bytes(4096)), 0.8),
    "torn pages": (lambda path: [overwrite(path, at, bytes(2048)) for at in range(8192, 90_000, 16384)], 0.3),  # type: ignore[dict-item,return-value]
    "the last third cut off": (cut_off, 0.1),
    "noise all over": (lambda path: [overwrite(path, at, b"?") for at in range(7, 90_000, 9_999)], 0.3),  # type: ignore[dict-item,return-value]
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_can_be_read_is_there_under_its_old_name(
    path: Path, stream: str, opened: Callable[[], Spool], kind: str
) -> None:
    damage, share = DAMAGE[kind]
    damage(path)
    spool = opened()
    assert spool.stream != stream
    found = rescued(spool, stream)
    assert {seq: body for seq, body in found.items() if seq > 1}.items() <= EVERYTHING.items(), "nothing is invented"
    assert len(found) >= share * len(EVERYTHING)
    [one] = told(spool)
    assert one.source == "sense"
    assert one.episode.startswith("sense-sense.db.damaged-2026")
    assert spool.put([batch(1000)])
    assert spool.depth().trouble == ""


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100_000, b"not a database at all\n" * 1000], ids=["empty", "NUL", "text"]
)
def test_a_file_that_holds_nothing_is_replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with closing(Spool(path, CLOCK)) as spool:
        assert spool.put([batch(1)])
        assert len(told(spool)) == 1
        assert bodies(spool)[1:] == [batch(1)]
    [aside] = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == content


def test_a_database_that_is_no_spool_is_set_aside(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE message (title TEXT)")
    with closing(Spool(path, CLOCK)) as spool:
        assert len(told(spool)) == 1
        assert spool.put([batch(1)])


def test_what_is_only_in_the_log_is_rescued_too(path: Path, stream: str, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with closing(Spool(path, CLOCK)) as spool:
        spool.put([batch(5000)])
        name = spool.waiting(10_000)[-1].name
        for end in ("", "-wal"):  # as kill -9 would leave them
            (crashed / f"sense.db{end}").write_bytes(path.with_name(f"sense.db{end}").read_bytes())
    overwrite(crashed / "sense.db", 16384, bytes(4096))
    with closing(Spool(crashed / "sense.db", CLOCK)) as spool:
        assert len(told(spool)) == 1
        assert name in [one.name for one in spool.waiting(10_000)]


def test_rescued_messages_are_deleted_by_their_old_name(path: Path, stream: str, opened: Callable[[], Spool]) -> None:
    overwrite(path, 0, b"garbage!" * 12)
    spool = opened()
    assert stream in spool.streams()
    assert spool.delete({stream: [(1, 10_000)]}) == PUT + 3
    assert spool.streams() == (spool.stream,)
    assert [one.kind for one in spool.waiting(9)] == ["alarm"]


def test_alarms_first_then_in_the_old_order(path: Path, stream: str, opened: Callable[[], Spool]) -> None:
    overwrite(path, 0, bytes(4096))
    spool = opened()
    spool.put([batch(9000)])
    numbers = [one.seq for one in spool.waiting(10_000) if one.stream == stream]
    assert numbers[:3] == [1, 2, 3]
    assert sorted(numbers) == numbers
    assert bodies(spool)[-1] == batch(9000)


def test_a_file_damaged_while_it_is_open_is_rescued_while_the_program_runs(
    path: Path, stream: str, opened: Callable[[], Spool], caplog: pytest.LogCaptureFixture
) -> None:
    spool = opened()
    with closing(sqlite3.connect(path)) as other, other:  # another's commit: what is cached must be read again
        other.execute("INSERT INTO meta VALUES ('looked', '1')")
    with caplog.at_level(logging.WARNING):
        for at in range(0, path.stat().st_size, 4096):
            if at != 8192:
                overwrite(path, at, b"\xff" * 4096)
        for number in range(40):
            spool.put([batch(number)])
            spool.waiting(1000)
    assert "damaged" in caplog.text
    assert len(told(spool)) == 1
    assert batch(39) in bodies(spool)


def test_only_so_many_files_are_kept(path: Path) -> None:
    for number in range(KEPT + 3):
        path.write_bytes(b"garbage" * (number + 1))
        with closing(Spool(path, CLOCK)):
            pass
    kept = sorted(one.stat().st_size for one in path.parent.glob("*.damaged-*"))
    assert kept == [7 * (KEPT + 2), 7 * (KEPT + 3)], "the newest"


@pytest.mark.parametrize("step", ["named", "log left behind", "half written", "in place"])
def test_a_rescue_that_was_cut_short_is_done_again(
    path: Path, stream: str, opened: Callable[[], Spool], step: str
) -> None:
    work = path.with_name("sense.db.rescue")
    overwrite(path, 0, b"garbage!" * 12)
    path.rename(work)
    if step == "log left behind":
        path.with_name("sense.db-wal").write_bytes(b"")
    if step == "half written":
        path.with_name("sense.db.new").write_bytes(b"SQLite format 3\0")
    if step == "in place":
        with closing(Spool(path.with_name("other.db"), CLOCK)) as spool:
            spool.put([batch(7)])
        path.with_name("other.db").rename(path)
    spool = opened()
    assert (len(spool.waiting(1000)) == PUT + 4) is (step != "in place")
    assert not work.exists()
    assert not path.with_name("sense.db.new").exists()
    assert len(list(path.parent.glob("*.damaged-*Z"))) == 1
