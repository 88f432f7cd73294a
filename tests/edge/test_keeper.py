"""The keeper: every reading is on the disk an interval later, in batches as long as they are wished."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spool_kit import alarm, no_writing

from edge.keeper import KEEP_EVERY_S, MOST_READINGS, OFFLINE_S, Keeper
from edge.spool.bounds import Bounds
from edge.spool.footing import RETRY_S
from edge.spool.message import Rank
from edge.spool.store import Spool
from edge.wire.columns import unpack, unpack_corrections
from edge.wire.messages import Batch
from sensors.clock import HandClock
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason


@dataclass
class Bench:
    """A keeper on a spool, with a clock cranked by hand and a connection switched by hand."""

    folder: Path
    batch_s: float = 0.0
    connected: bool = True

    def __post_init__(self) -> None:
        self.clock = HandClock(1000.0, 1_790_000_000_000)
        self.path = self.folder / "sense.db"
        self.open()

    def open(self) -> None:
        """As at a start: what was in memory is gone."""
        self.spool = Spool(self.path, self.clock, Bounds(disk_floor=0))
        self.keeper = Keeper(self.spool, self.clock, self.batch_s, lambda: self.connected)

    def reading(self, value: float) -> Reading:
        return Reading("y504-1", "do", "mg/L", "w01009", value, GOOD, self.clock.now())

    def take(self, *values: float) -> None:
        self.keeper.take([self.reading(value) for value in values])

    def passes(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.clock.sleep(KEEP_EVERY_S)
            self.keeper.turn()

    def sent(self) -> list[list[float | None]]:
        """The values of each batch that the sender would be given."""
        return [[one.value for one in unpack(batch)] for batch in self.batches(self.spool)]

    def kept(self) -> list[float | None]:
        """All values that are on the disk, as a program that starts now finds them."""
        with closing(Spool(self.path, self.clock, Bounds(disk_floor=0))) as other:
            return [one.value for batch in self.batches(other) for one in unpack(batch)]

    def batches(self, spool: Spool) -> list[Batch]:
        bodies = [spool.body(one) for one in spool.waiting(1000)]
        return [body for body in bodies if isinstance(body, Batch)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.spool.close()


def test_readings_of_an_interval_are_one_message_in_one_commit(bench: Bench) -> None:
    bench.take(1.0)
    bench.take(2.0, 3.0)
    assert bench.sent() == []
    bench.keeper.turn()
    assert bench.sent() == [[1.0, 2.0, 3.0]]
    bench.keeper.turn()
    assert bench.spool.newest_row() == 1


def test_a_long_batch_is_on_the_disk_all_the_time_and_sent_when_it_is_done(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=60.0)
    for value in range(50):
        bench.take(float(value))
        bench.passes(1.0)
        assert bench.kept() == [float(one) for one in range(value + 1)]
        assert bench.sent() == []
    bench.passes(11.0)
    assert bench.sent() == [[float(value) for value in range(50)]]
    assert bench.spool.newest_row() == 1, "one number for all of it"
    bench.take(50.0)
    bench.passes(61.0)
    assert bench.sent()[1] == [50.0]
    bench.spool.close()


def test_the_backlog_of_a_cut_is_in_long_batches(bench: Bench) -> None:
    bench.connected = False
    for value in range(30):
        bench.take(float(value))
        bench.passes(1.0)
    assert bench.sent() == []
    bench.connected = True
    bench.passes(KEEP_EVERY_S)
    assert bench.sent() == [[float(value) for value in range(30)]]
    bench.take(30.0)
    bench.keeper.turn()
    assert bench.sent()[1] == [30.0], "connected again, nothing waits"


def test_a_batch_ends_where_the_clock_steps(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=OFFLINE_S)
    bench.take(1.0)
    bench.keeper.turn()
    stepped = bench.reading(2.0)
    bench.keeper.take([replace(stepped, at=replace(stepped.at, wall_ms=0, clock=ClockState.UNSET))])
    bench.keeper.turn()
    assert bench.sent() == [[1.0]]
    bench.keeper.finish()
    assert bench.sent() == [[1.0], [2.0]]
    bench.spool.close()


def test_a_batch_of_too_many_readings_is_done(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=OFFLINE_S)
    bench.take(*[0.0] * MOST_READINGS)
    bench.keeper.turn()
    bench.take(1.0)
    bench.keeper.turn()
    assert [len(values) for values in bench.sent()] == [MOST_READINGS]
    bench.keeper.finish()
    assert [len(values) for values in bench.sent()] == [MOST_READINGS, 1]
    bench.spool.close()


def test_corrections_travel_with_the_readings_of_their_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=OFFLINE_S)
    spike = replace(bench.reading(80.0), quality=Quality(Flag.BAD, (Reason.SPIKE,)))
    bench.take(80.0)
    bench.keeper.turn()
    bench.keeper.take([bench.reading(8.0)], [spike])
    bench.keeper.turn()
    bench.keeper.finish()
    (batch,) = bench.batches(bench.spool)
    assert list(unpack_corrections(batch)) == [spike]
    bench.spool.close()


def test_while_the_disk_is_in_trouble_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=OFFLINE_S)
    bench.take(1.0)
    bench.keeper.turn()
    with no_writing():
        for value in (2.0, 3.0):
            bench.take(value)
            bench.keeper.turn()
    bench.clock.sleep(RETRY_S)
    bench.spool.mend()
    bench.take(4.0)
    bench.keeper.turn()
    bench.keeper.finish()
    assert sorted(value for values in bench.sent() for value in values if value) == [1.0, 2.0, 3.0, 4.0]
    assert bench.kept() == [value for values in bench.sent() for value in values]
    bench.spool.close()


def test_an_alarm_passes_a_batch_that_is_not_done(tmp_path: Path) -> None:
    bench = Bench(tmp_path, batch_s=OFFLINE_S)
    bench.take(1.0)
    bench.keeper.turn()
    bench.spool.put([alarm()])
    assert [bench.spool.body(one) for one in bench.spool.waiting(10)] == [alarm()]
    assert bench.spool.take(Rank.READING, 0, 10) == []
    bench.spool.close()


STEPS = st.lists(
    st.one_of(
        st.integers(1, 3).map(lambda count: ("take", count)),
        st.floats(0.25, 70.0).map(lambda seconds: ("pass", seconds)),
        st.sampled_from([("cut", 0), ("mend", 0), ("crash", 0)]),
    ),
    max_size=12,
)


@given(STEPS, st.sampled_from([0.0, 5.0, 60.0]))
def test_whatever_happens_what_was_committed_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]], batch_s: float
) -> None:
    bench = Bench(tmp_path_factory.mktemp("keeper"), batch_s)
    given_out, committed = 0.0, list[float]()
    fresh: list[float] = []
    for what, amount in steps:
        if what == "take":
            for _ in range(int(amount)):
                given_out += 1
                bench.take(given_out)
                fresh.append(given_out)
        elif what == "pass":
            bench.clock.sleep(amount)
            bench.keeper.turn()
            committed, fresh = committed + fresh, []
        elif what == "crash":
            bench.spool.close()
            bench.open()
            fresh = []
        else:
            bench.connected = what == "mend"
    assert bench.kept() == committed
    bench.keeper.finish()
    assert [value for values in bench.sent() for value in values] == committed + fresh
    bench.spool.close()
