"""Telling a boot's clock: once when it is right, again when it steps, and not again after a restart of the program."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from spool_kit import no_writing

from edge.clock_fix import ClockService, memory_file
from edge.runtime.clock import KnowingClock
from edge.runtime.known import Known
from edge.spool.store import Spool
from edge.wire.messages import ClockFix
from edge.wire.topics import Kind
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp

TRUE = 1_790_000_000_000
DAY = 86_400_000


class Bench:
    """A board without a clock, and the spool of one of its programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memory = memory_file(folder, "sense")
        self.own = HandClock(monotonic=10, boot="b1")
        self.own.set(10_000, ClockState.UNSET)
        self.start()

    def start(self) -> None:
        """The program is started, in whichever boot."""
        self.clock = KnowingClock(self.own)
        self.spool = Spool(self.folder / "sense.db", self.clock)
        self.service = ClockService(self.spool, self.clock, self.memory)
        self.service.turn()

    def restart(self) -> None:
        self.spool.close()
        self.start()

    def told(self) -> list[ClockFix]:
        found = [self.spool.body(one) for one in self.spool.waiting(100) if one.kind is Kind.CLOCK]
        return [fix for fix in found if isinstance(fix, ClockFix)]

    def syncs(self, wall_ms: int, error_ms: int = 30) -> None:
        self.own.set(wall_ms, ClockState.SYNCHRONISED, error_ms)
        self.service.turn()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.spool.close()


def test_nothing_is_told_while_nothing_is_known(bench: Bench) -> None:
    bench.own.set(TRUE, ClockState.RESTORED)
    bench.service.turn()
    assert bench.told() == []
    assert not bench.memory.exists()


def test_told_once_when_the_clock_is_right_with_how_far_it_was_off(bench: Bench) -> None:
    bench.syncs(TRUE)
    bench.own.sleep(60)
    bench.service.turn()
    (fix,) = bench.told()
    assert fix == ClockFix(Stamp(TRUE, 10_000, "b1", ClockState.SYNCHRONISED, 30), TRUE - 10_000)
    assert fix.offset_ms == TRUE - 10_000


def test_a_clock_that_was_right_from_the_start_was_off_by_nothing(tmp_path: Path) -> None:
    """It is told all the same: the program may have been down while another was told that it was wrong."""
    clock = KnowingClock(HandClock(monotonic=10, wall_ms=TRUE, boot="b1"))
    spool = Spool(tmp_path / "sense.db", clock)
    ClockService(spool, clock, tmp_path / "memory").turn()
    (waiting,) = spool.waiting(10)
    assert spool.body(waiting) == ClockFix(clock.now(), 0)
    spool.close()


@pytest.mark.parametrize("step_ms", [-DAY, -1001, 1001, DAY])
def test_a_step_of_more_than_a_second_is_told(bench: Bench, step_ms: int) -> None:
    bench.syncs(TRUE)
    bench.syncs(TRUE + step_ms)
    assert [fix.off_ms for fix in bench.told()] == [TRUE - 10_000, step_ms]


def test_small_corrections_are_not(bench: Bench) -> None:
    bench.syncs(TRUE)
    bench.syncs(TRUE + 1000)
    bench.syncs(TRUE - 1000)
    assert len(bench.told()) == 1


def test_steps_of_a_clock_that_nobody_believes_are_not(bench: Bench) -> None:
    bench.clock.learn(Known("b1", TRUE, 20, 10_000))
    bench.service.turn()
    for wall in (TRUE + DAY, TRUE - DAY, 10_000):
        bench.own.set(wall, ClockState.RESTORED)
        bench.service.turn()
    assert [fix.offset_ms for fix in bench.told()] == [TRUE]


def test_a_restart_in_the_same_boot_knows_and_does_not_repeat(bench: Bench) -> None:
    bench.clock.learn(Known("b1", TRUE, 20, 10_000))
    bench.service.turn()
    bench.own.sleep(100)
    bench.restart()
    assert bench.clock.now() == Stamp(TRUE + 110_000, 110_000, "b1", ClockState.SYNCHRONISED, 25)
    assert len(bench.told()) == 1


def test_another_boot_knows_nothing_and_tells_anew(bench: Bench) -> None:
    bench.syncs(TRUE)
    bench.own = HandClock(monotonic=3, boot="b2")
    bench.own.set(3000, ClockState.UNSET)
    bench.restart()
    assert bench.clock.now().clock is ClockState.UNSET
    assert len(bench.told()) == 1
    bench.syncs(TRUE + DAY)
    assert [(fix.at.boot, fix.off_ms) for fix in bench.told()] == [("b1", TRUE - 10_000), ("b2", TRUE + DAY - 3000)]


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b'{"boot":"b1"}', b'{"boot":"b1","offset_ms":"x"}', b"\0\xff"])
def test_a_damaged_memory_is_none(bench: Bench, data: bytes) -> None:
    bench.memory.write_bytes(data)
    bench.restart()
    assert bench.clock.now().clock is ClockState.UNSET


def test_a_memory_that_cannot_be_written_only_makes_it_tell_again(bench: Bench) -> None:
    bench.memory.with_suffix(".new").mkdir()
    bench.syncs(TRUE)
    assert len(bench.told()) == 1
    bench.restart()
    assert len(bench.told()) == 2


def test_what_could_not_be_written_is_told_again_after_a_start(bench: Bench) -> None:
    with no_writing():
        bench.syncs(TRUE)
        assert [fix.off_ms for fix in bench.told()] == [TRUE - 10_000], "as long as the program runs"
        assert not bench.memory.exists()
        bench.spool.close()
    bench.start()
    assert len(bench.told()) == 1
    assert bench.memory.exists()


def test_it_says_once_that_the_clock_is_wrong_and_once_that_it_is_right(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        bench.restart()
        for _ in range(3):
            bench.service.turn()
        for _ in range(3):
            bench.syncs(TRUE)
    wrong, right = caplog.messages
    assert "时钟" in wrong
    assert "the clock is unset" in wrong
    assert "right within 30 ms; it was off by +1789999990.000 s" in right
