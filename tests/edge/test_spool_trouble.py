"""A disk that is full, read-only or not there at all: measuring and sending go on, and it heals by itself."""

import logging
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from spool_kit import EVIDENCE, alarm, batch, bodies, fresh, no_writing

from edge.spool.bounds import Bounds
from edge.spool.footing import MEMORY_FROM, RETRY_S
from edge.spool.store import Spool
from edge.wire.codec import encode_kept
from sensors.clock import HandClock


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 800 kB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"mounting a tmpfs is not allowed here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def mounted(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


def fill(folder: Path) -> Path:
    """Take what is free on a disk."""
    junk = folder / "junk"
    with junk.open("wb", buffering=0) as file:
        for size in (4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return junk


CAPABLE = Bounds(disk_floor=0)


def test_a_full_disk_is_waited_out_in_memory(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    with closing(Spool(small_disk / "sense.db", clock, CAPABLE)) as spool, caplog.at_level(logging.INFO):
        assert spool.put([batch(1)])
        junk = fill(small_disk)
        kept = [spool.put_rows([fresh(EVIDENCE, 30_000)]) for _ in range(4)]
        assert not kept[-1], "there was no room for these"
        for _ in range(5):
            clock.sleep(RETRY_S)
            assert not spool.put([alarm()])
        assert "full" in spool.depth().trouble
        depth = spool.depth()
        assert depth.messages + sum(rank.dropped for rank in depth.ranks) == 10
        junk.unlink()
        clock.sleep(RETRY_S)
        spool.mend()
        assert spool.depth().trouble == ""
        assert spool.depth().messages == depth.messages
        assert spool.put([batch(2)])
        name = {one.seq: one.name for one in spool.waiting(99)}
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"], "said on change only"
    with closing(Spool(small_disk / "sense.db", clock, CAPABLE)) as spool:
        assert {one.seq: one.name for one in spool.waiting(99)} == name, "all of it on the disk, under the same names"
        assert spool.waiting(99)[-1].body == encode_kept(batch(2))


def test_what_the_gateway_has_is_not_sent_again_while_the_disk_cannot_forget_it(tmp_path: Path) -> None:
    clock = HandClock()
    with closing(Spool(tmp_path / "sense.db", clock)) as spool:
        spool.put([batch(1), batch(2)])
        stream = spool.stream
        with no_writing():
            assert not spool.put([batch(3)])
            spool.delete({stream: [(1, 1)]})
            assert [one.seq for one in spool.waiting(9)] == [2, MEMORY_FROM]
            assert [one.seq for one in spool.at([1, 2, MEMORY_FROM])] == [2, MEMORY_FROM]
            held = spool.waiting(9)[-1].stream
            assert set(spool.streams()) == {stream, held}
            clock.sleep(RETRY_S)
            spool.mend()
            assert spool.depth().trouble
        clock.sleep(RETRY_S)
        assert spool.put([batch(4)])
        assert {one.name for one in spool.waiting(9)} == {(stream, 2), (stream, 3), (held, MEMORY_FROM)}
        spool.delete({held: [(MEMORY_FROM, MEMORY_FROM)]})
        assert [one.seq for one in spool.waiting(9)] == [2, 3]


def test_a_program_starts_on_a_disk_that_it_cannot_write(small_disk: Path) -> None:
    clock = HandClock()
    mounted(small_disk, "ro")
    with closing(Spool(small_disk / "state" / "sense.db", clock)) as spool:
        try:
            assert spool.starts == 0
            assert not spool.put([alarm(), batch(1)])
            assert "OSError" in spool.depth().trouble
            assert bodies(spool) == [alarm(), batch(1)]
            name = spool.waiting(1)[0].name
        finally:
            mounted(small_disk, "rw")
        clock.sleep(RETRY_S)
        spool.mend()
        assert (spool.starts, spool.depth().trouble) == (1, "")
        assert spool.waiting(1)[0].name == name
        epoch = spool.epoch
        spool.mend()
        assert spool.epoch == epoch > 0


def test_memory_is_bounded_and_what_overflows_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "sense.db"
    path.mkdir()  # no file can be here
    clock = HandClock()
    with closing(Spool(path, clock)) as spool:
        spool.put([alarm()])
        for _ in range(20):
            assert not spool.put_rows([fresh(EVIDENCE, 1_000_000)])
        ranks = {rank.rank: rank for rank in spool.depth().ranks}
        assert ranks["alarm"].messages == 1
        assert ranks["evidence"].messages + ranks["evidence"].dropped == 20
        assert 5 <= ranks["evidence"].dropped <= 10
        path.rmdir()
        clock.sleep(RETRY_S)
        spool.mend()
        assert {rank.rank: rank for rank in spool.depth().ranks} == ranks


def test_what_is_in_memory_at_the_end_is_brought_to_a_disk_that_works_again(tmp_path: Path) -> None:
    path = tmp_path / "sense.db"
    path.mkdir()
    with closing(Spool(path, HandClock())) as spool:
        spool.put([alarm()])
        path.rmdir()
    with closing(Spool(path, HandClock())) as spool:
        assert bodies(spool) == [alarm()]


def test_a_disk_that_is_tried_again_is_not_tried_all_the_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "sense.db"
    path.mkdir()
    clock = HandClock()
    with closing(Spool(path, clock)) as spool:
        path.rmdir()
        clock.sleep(RETRY_S - 0.1)
        assert not spool.put([batch(1)])
        clock.sleep(0.2)
        assert spool.put([batch(2)])
        assert bodies(spool) == [batch(1), batch(2)]
