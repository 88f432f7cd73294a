"""The archive and clocks that were wrong: corrected within a boot, before and after, else left and shown as wrong."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from gateway_kit import ALARM, AT, HEALTH, batch, known, sent
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.messages import Body, ClockFix
from gateway.archive.doubts import AT_ONCE
from gateway.archive.schema import unpacked
from gateway.archive.store import Archive
from gateway.county_mqtt import CountyTopics
from gateway.inbound import judge
from sensors.reading import ClockState, Stamp

TRUE = 1_790_000_000_000
SITES = frozenset({"pond-1", "pond-2"})


def wrong(mono_ms: int, wall_ms: int | None = None, boot: str = "boot-1") -> Stamp:
    """A moment of a clock that was never set."""
    return Stamp(mono_ms if wall_ms is None else wall_ms, mono_ms, boot, ClockState.UNSET)


def fix(mono_ms: int, offset_ms: int = TRUE, error_ms: int = 20, boot: str = "boot-1") -> ClockFix:
    return ClockFix(Stamp(mono_ms + offset_ms, mono_ms, boot, ClockState.SYNCHRONISED, error_ms), offset_ms)


class Bench:
    """An archive with the county as its platform."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "archive.db"
        self.open()
        self.seq = 0

    def open(self) -> None:
        self.archive = Archive(self.path, {"county": CountyTopics("county/1")})

    def restart(self) -> None:
        self.archive.close()
        self.open()

    def keep(self, *bodies: Body, site: str = "pond-1") -> None:
        group = []
        for body in bodies:
            self.seq += 1
            group.append(judge(sent(body, self.seq, site), SITES, known))
        assert self.archive.keep(group, TRUE) == len(bodies)

    def settle(self) -> None:
        while self.archive.unsettled:
            self.archive.keep([], TRUE)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.archive._db.execute(query).fetchall()

    def moments(self) -> list[tuple[object, ...]]:
        """Time, clock and error of every reading, in the order in which they came."""
        return self.rows("SELECT wall_ms, clock, error_ms FROM reading_named ORDER BY seq, mono_ms")

    def told(self) -> list[dict[str, object]]:
        return [
            json.loads(unpacked(bytes(payload))) for (payload,) in self.rows("SELECT payload FROM outbox ORDER BY id")
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.archive.close()


def test_what_came_before_the_fix_is_put_right_when_it_comes(bench: Bench) -> None:
    bench.keep(batch(8.5, 8.6, at=wrong(10_000)), batch(8.7, at=wrong(20_000)))
    bench.keep(batch(8.8, at=AT), fix(60_000))
    assert bench.moments() == [
        (TRUE + 10_000, "corrected", 23),
        (TRUE + 10_000, "corrected", 23),
        (TRUE + 20_000, "corrected", 22),
        (AT.wall_ms, "synchronised", 3),
    ]
    assert bench.told()[-1]["offset_ms"] == TRUE


def test_what_comes_after_the_fix_is_put_right_before_the_county_is_told(bench: Bench) -> None:
    bench.keep(fix(60_000))
    bench.restart()
    bench.keep(batch(8.5, at=wrong(10_000)), msgspec.structs.replace(ALARM, at=wrong(10_000)))
    assert bench.moments() == [(TRUE + 10_000, "corrected", 23)]
    _, readings, alarm = bench.told()
    assert (readings["clock"], readings["clock_error_ms"]) == ("corrected", 23)
    assert alarm["clock"] == "corrected"
    assert alarm["time"] == "2026-09-21T22:13:30.000+08:00"
    assert readings["readings"][0]["time"] == alarm["time"]  # type: ignore[index]


def test_alarms_and_health_are_put_right_too(bench: Bench) -> None:
    bench.keep(msgspec.structs.replace(ALARM, at=wrong(5000)), msgspec.structs.replace(HEALTH, at=wrong(6000)))
    bench.keep(fix(60_000))
    assert bench.rows("SELECT wall_ms - mono_ms, clock FROM message") == [
        (TRUE, "corrected"),
        (TRUE, "corrected"),
        (TRUE, "synchronised"),
    ]


def test_another_boot_and_another_site_are_left_alone_and_stay_untrusted(bench: Bench) -> None:
    bench.keep(batch(8.5, at=wrong(10_000, boot="boot-0")))
    bench.keep(batch(8.6, at=wrong(10_000)), site="pond-2")
    bench.keep(fix(60_000), batch(8.7, at=wrong(11_000, boot="boot-0")))
    assert bench.moments() == [(10_000, "unset", None), (10_000, "unset", None), (11_000, "unset", None)]
    assert [message.get("clock") for message in bench.told()] == ["unset", "unset", "synchronised", "unset"]
    assert bench.rows("SELECT flag, reasons FROM reading") == [(1, ""), (1, ""), (1, "")], "quality is not invented"


def test_a_more_exact_fix_corrects_again_and_a_worse_one_does_not(bench: Bench) -> None:
    bench.keep(batch(8.5, at=wrong(10_000)), fix(11_000, TRUE + 700, error_ms=1000))
    assert bench.moments() == [(TRUE + 10_700, "corrected", 1001)]
    bench.keep(fix(600_000, error_ms=20), fix(700_000, TRUE + 900, error_ms=5000))
    bench.settle()
    assert bench.moments() == [(TRUE + 10_000, "corrected", 50)]


def test_a_long_doubt_is_put_right_bit_by_bit_and_goes_on_after_a_restart(bench: Bench) -> None:
    count = 3 * AT_ONCE + 7
    bench.keep(*[batch(1.0 * number, at=wrong(10 * number)) for number in range(count)])
    assert not bench.archive.unsettled
    bench.keep(fix(60_000))
    rights = []
    while bench.archive.unsettled:
        rights.append(sum(row[1] == "corrected" for row in bench.moments()))
        bench.restart()
        assert bench.archive.keep([], TRUE) == 0
    assert rights[:3] == [AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE]
    assert {(row[0], row[1]) for row in bench.moments()} == {(TRUE + 10 * one, "corrected") for one in range(count)}


def test_a_group_that_could_not_be_kept_taught_nothing(bench: Bench) -> None:
    (size,) = bench.rows("PRAGMA page_count")[0]
    bench.archive._db.execute(f"PRAGMA max_page_count = {size}")
    with pytest.raises(sqlite3.Error):
        bench.keep(fix(60_000), *[batch(*[8.5] * 500)] * 8)
    bench.archive._db.execute("PRAGMA max_page_count = 1000000")
    bench.keep(batch(8.5, at=wrong(10_000)))
    assert bench.moments() == [(10_000, "unset", None)]


def test_a_fix_that_leads_out_of_the_calendar_corrects_nothing_and_stops_nobody(bench: Bench) -> None:
    bench.keep(batch(8.5, at=wrong(2**52, 5)), fix(0, 253_402_000_000_000))
    bench.keep(batch(8.6, at=wrong(2**52, 5)))
    assert [row[1] for row in bench.moments()] == ["unset", "unset"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["wrong", "right", "fix"]), st.sampled_from(["a", "b"]), st.integers(0, 10**8)),
    max_size=12,
)


@given(STEPS, st.randoms())
def test_in_whatever_order_they_come_all_of_a_boot_is_right_or_none(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]], luck: st.DataObject
) -> None:
    bench = Bench(tmp_path_factory.mktemp("doubts"))
    offsets = {"a": TRUE, "b": TRUE + 10**9}
    for what, boot, mono_ms in steps:
        if what == "wrong":
            bench.keep(batch(1.0, at=wrong(mono_ms, mono_ms % 1000, boot)))
        elif what == "right":
            right = Stamp(mono_ms + offsets[boot], mono_ms, boot, ClockState.SYNCHRONISED, 5)
            bench.keep(batch(1.0, at=right))
        else:
            bench.keep(fix(mono_ms, offsets[boot], boot=boot))
    bench.settle()
    fixed = {boot for what, boot, _ in steps if what == "fix"}
    for boot, wall_ms, mono_ms, clock in bench.rows("SELECT boot, wall_ms, mono_ms, clock FROM reading_named"):
        true = clock in {"corrected", "synchronised"}
        assert true or boot not in fixed
        assert not true or wall_ms == int(str(mono_ms)) + offsets[str(boot)]
    (open_doubts,) = bench.rows("SELECT count(*) FROM doubt WHERE error_ms IS NULL")[0]
    assert open_doubts == sum(what == "wrong" and boot not in fixed for what, boot, _ in steps)
    bench.archive.close()


def test_an_archive_of_before_gets_its_doubts(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.keep(batch(8.5, 8.6, at=wrong(10_000)), batch(8.7), batch(8.8, at=wrong(20_000)))
    for table in ("doubt", "clock_fix"):
        bench.archive._db.execute(f"DROP TABLE {table}")
    bench.archive._db.execute("DELETE FROM _sqlite_migrations WHERE name = 'clock'")
    bench.restart()
    assert bench.rows("SELECT message, first, last FROM doubt") == [(1, 1, 2), (3, 4, 4)]
    bench.keep(fix(60_000))
    assert [row[1] for row in bench.moments()] == ["corrected", "corrected", "synchronised", "corrected"]
    bench.archive.close()
