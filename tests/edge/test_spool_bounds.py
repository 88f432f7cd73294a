"""How much the spool may take: figures by hand, and a file that is filled, drained and counted from outside."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spool_kit import EVIDENCE, HEALTH, alarm, batch, dropped, fresh, waiting
from spool_kit import given as numbers_given

from edge.spool.bounds import MIN_LOG, PAGE, Bounds, pages_for
from edge.spool.message import Rank
from edge.spool.store import Spool
from sensors.clock import HandClock

SMALL = Bounds(max_bytes=1_000_000, disk_floor=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    with closing(Spool(path, HandClock(), SMALL)) as spool:
        yield spool


def size(path: Path) -> int:
    """What the file and its log take on the disk."""
    return sum(one.stat().st_size for one in path.parent.iterdir() if not one.name.endswith("-shm"))


def test_an_eighth_is_kept_for_the_log_and_the_floor_is_left_alone() -> None:
    bounds = Bounds(max_bytes=160 * PAGE * 16, disk_floor=100 * PAGE)
    assert bounds.log_pages == 160
    assert bounds.pages(held=10, spare=10**12) == 160 * 16 - 320
    assert bounds.pages(held=50, spare=bounds.spare(free=130 * PAGE, total=10**9)) == 80
    assert bounds.pages(held=50, spare=bounds.spare(free=99 * PAGE, total=10**9)) == 50, "under the floor: no growth"
    assert Bounds(max_bytes=1).pages(held=0, spare=0) == MIN_LOG, "so much an empty file needs"


def test_the_floor_that_nobody_set_suits_the_disk() -> None:
    assert Bounds().spare(free=1_000_000_000, total=32_000_000_000) == 800_000_000
    assert Bounds().spare(free=150_000, total=200_000) == 140_000


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=20))
def test_rather_too_many_pages_are_expected(sizes: list[int]) -> None:
    assert pages_for(sizes) * PAGE >= sum(sizes)


def test_the_file_keeps_within_its_bound_and_drops_the_oldest_of_the_lowest_rank(spool: Spool, path: Path) -> None:
    spool.put_rows([fresh(alarm(1)), fresh(EVIDENCE, 20_000), fresh(HEALTH)])
    for number in range(200):
        spool.put_rows([fresh(batch(number), 1_000)] * 10)
        assert size(path) <= SMALL.max_bytes
    kept = [one.seq for one in spool.waiting(10_000)]
    assert kept[:3] == [1, 2, 3], "alarm, evidence and health are still there"
    assert kept[3:] == list(range(kept[3], 2_004)), "of the readings the newest, without a gap"
    assert len(kept) > 400, "no more than need be"
    depth = spool.depth()
    assert [(rank.rank, rank.dropped) for rank in depth.ranks if rank.dropped] == [("reading", 2_003 - len(kept))]
    assert sum(rank.dropped_bytes for rank in depth.ranks) == 1_000 * (2_003 - len(kept))


def test_stops_as_soon_as_there_is_room(spool: Spool) -> None:
    spool.put_rows([fresh(batch(1), 1_000)] * 500)
    while not any(rank.dropped for rank in spool.depth().ranks):
        spool.put_rows([fresh(batch(1), 1_000)])
    [reading] = spool.depth().ranks
    assert reading.dropped <= 12, "a few pages' worth, not more"


def test_evidence_goes_before_alarms_and_after_all_else(spool: Spool, path: Path) -> None:
    for number in range(300):
        spool.put_rows([fresh(alarm(number), 500), fresh(EVIDENCE, 3_000), fresh(HEALTH), fresh(batch(number), 500)])
    assert numbers_given(path) == waiting(path) | dropped(path)
    ranks = {rank.rank: rank for rank in spool.depth().ranks}
    assert ranks["alarm"].dropped == 0
    assert ranks["alarm"].messages == 300
    assert ranks["evidence"].dropped > 0
    assert (ranks["health"].dropped, ranks["reading"].dropped) == (299, 300), "all of these went before"


def test_even_alarms_keep_within_the_bound(spool: Spool, path: Path) -> None:
    for number in range(60):
        spool.put_rows([fresh(alarm(number), 4_000)] * 10)
    [alarms] = spool.depth().ranks
    assert (alarms.rank, alarms.messages + alarms.dropped) == ("alarm", 600)
    assert [one.seq for one in spool.waiting(1_000)] == list(range(alarms.dropped + 1, 601))


def test_a_message_larger_than_all_the_room_is_dropped_itself(spool: Spool, path: Path) -> None:
    spool.put_rows([fresh(alarm())])
    spool.put_rows([fresh(EVIDENCE, 2_000_000)])
    assert [one.seq for one in spool.waiting(9)] == [1]
    assert dropped(path) == {2}


def test_what_was_set_aside_goes_first(spool: Spool) -> None:
    spool.put_rows([fresh(EVIDENCE, 300_000)])
    spool.set_aside((spool.stream, 1), "too large")
    while not any(rank.dropped for rank in spool.depth().ranks):
        spool.put_rows([fresh(batch(1), 1_000)] * 4)
    depth = spool.depth()
    assert depth.aside == 0
    assert [(rank.rank, rank.dropped) for rank in depth.ranks] == [("evidence", 1), ("reading", 0)]


def test_a_file_that_was_emptied_gives_its_pages_back(path: Path) -> None:
    with closing(Spool(path, HandClock(), SMALL)) as spool:
        spool.put_rows([fresh(batch(1), 1_000)] * 500)
    full = path.stat().st_size
    with closing(Spool(path, HandClock(), SMALL)) as spool:
        for first in range(1, 501, 10):
            spool.delete({spool.stream: [(first, first + 9)]})
        assert spool.depth().messages == 0
    assert path.stat().st_size < full / 2


def test_pages_that_became_free_are_used_again(spool: Spool, path: Path) -> None:
    for _ in range(20):
        spool.put_rows([fresh(batch(1), 1_000)] * 200)
        spool.delete({spool.stream: [(1, 2**60)]})
    assert size(path) < 700_000


def test_under_the_floor_the_new_takes_the_place_of_the_old(path: Path) -> None:
    with closing(Spool(path, HandClock(), SMALL)) as spool:
        spool.put_rows([fresh(batch(1), 1_000)] * 200)
    before = path.stat().st_size
    with closing(Spool(path, HandClock(), Bounds(max_bytes=1_000_000, disk_floor=2**60))) as spool:
        assert spool.depth().messages == 200, "nothing goes because others filled the disk"
        for _ in range(100):
            spool.put_rows([fresh(batch(1), 1_000)] * 2)
        assert spool.waiting(1_000)[-1].seq == 400
        assert 150 <= spool.depth().messages <= 210
    assert path.stat().st_size <= before + 16 * PAGE


RANKED = {Rank.ALARM: alarm(), Rank.EVIDENCE: EVIDENCE, Rank.HEALTH: HEALTH, Rank.READING: batch(1)}


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(Rank), st.integers(50, 30_000), st.booleans()), min_size=20, max_size=60))
def test_every_number_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Rank, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool.db"
    gone: set[int] = set()
    with closing(Spool(path, HandClock(), Bounds(max_bytes=250_000, disk_floor=0))) as spool:
        for rank, length, acknowledged in steps:
            before = {one.seq for one in spool.waiting(10_000)}
            spool.put_rows([fresh(RANKED[rank], length)])
            if acknowledged:
                gone |= before
                spool.delete({spool.stream: [(seq, seq) for seq in before]})
        depth = spool.depth()
        tally = {one.rank: (one.messages, one.bytes) for one in depth.ranks if one.messages}
        seen: dict[str, tuple[int, int]] = {}
        for one in spool.waiting(10_000):
            name = {"batch": "reading"}.get(one.kind, str(one.kind))
            messages, size = seen.get(name, (0, 0))
            seen[name] = (messages + 1, size + len(one.body))
    assert tally == seen
    assert sum(one.dropped for one in depth.ranks) == len(dropped(path))
    assert waiting(path) | dropped(path) | gone == numbers_given(path)
    assert not waiting(path) & dropped(path)
