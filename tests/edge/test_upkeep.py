"""Windows that people open: kept through anything, ended by themselves, and taken up by `sense` while it runs."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from commission_kit import NOW_MS

from edge.config import Site
from edge.planned import Planned
from edge.upkeep import Book, DamagedError, Window, Windows
from sensors.clock import HandClock
from sensors.quality.judge import Judge
from sensors.quality.marks import mark
from sensors.quality.upkeep import Upkeep
from sensors.reading import GOOD, ClockState, Reading, Reason, Stamp

HOUR_MS = 3_600_000
MAINTENANCE = Window(Reason.MAINTENANCE, "oxygen", NOW_MS, NOW_MS + 2 * HOUR_MS, "li")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "state")


def windows(book: Book, clock: HandClock, planned: tuple[Planned, ...] = ()) -> Windows:
    site = Site.model_construct(state=book.path.parent)
    return Windows(site, planned, clock.now)


def test_without_a_file_there_are_none(book: Book) -> None:
    assert book.windows() == ()
    assert book.close(NOW_MS, lambda _: True) == ()
    assert not book.path.exists()


def test_what_is_opened_is_kept(book: Book) -> None:
    other = Window(Reason.STOPPED, "", NOW_MS, NOW_MS + HOUR_MS, "zhang")
    book.open(MAINTENANCE)
    book.open(other)
    assert Book(book.path.parent).windows() == (MAINTENANCE, other)
    assert book.path.stat().st_mode & 0o777 == 0o644, "sense must read what sudo wrote"


def test_one_that_is_closed_ends_now_and_others_go_on(book: Book) -> None:
    other = Window(Reason.STOPPED, "", NOW_MS, NOW_MS + HOUR_MS)
    book.open(MAINTENANCE)
    book.open(other)
    assert book.close(NOW_MS + 60_000, lambda one: one.instrument == "oxygen") == (MAINTENANCE,)
    assert [one.until_ms for one in book.windows()] == [NOW_MS + 60_000, other.until_ms]
    assert book.close(NOW_MS + 61_000, lambda one: one.instrument == "oxygen") == ()


def test_one_that_is_closed_at_once_never_was(book: Book) -> None:
    book.open(MAINTENANCE)
    book.close(NOW_MS, lambda _: True)
    assert book.windows() == ()


def test_what_ended_long_ago_is_forgotten(book: Book) -> None:
    book.open(MAINTENANCE)
    later = NOW_MS + 60 * 24 * HOUR_MS
    fresh = Window(Reason.STOPPED, "", later, later + HOUR_MS)
    book.open(fresh)
    assert book.windows() == (fresh,)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '[{"kind": "repair"}]', '[{"kind": "maintenance"}]'])
def test_a_damaged_file_is_told_of_and_not_overwritten(book: Book, text: str) -> None:
    book.path.parent.mkdir()
    book.path.write_text(text)
    for attempt in (book.windows, lambda: book.open(MAINTENANCE), lambda: book.close(NOW_MS, lambda _: True)):
        with pytest.raises(DamagedError, match=r"upkeep\.json.*delete it"):
            attempt()
    assert book.path.read_text() == text


def test_two_people_at_once_lose_nothing(book: Book) -> None:
    code = (
        "import sys; from pathlib import Path; from edge.upkeep import Book, Window\n"
        "from sensors.reading import Reason; book = Book(Path(sys.argv[1]))\n"
        "for nth in range(20): book.open(Window(Reason.STOPPED, sys.argv[2], 10**13 + nth, 2 * 10**13))"
    )
    people = [subprocess.Popen([sys.executable, "-c", code, str(book.path.parent), name]) for name in ("a", "b", "c")]
    assert [person.wait(60) for person in people] == [0, 0, 0]
    assert len(book.windows()) == 60


# As sense takes it up


def test_sense_sees_what_is_opened_and_closed_while_it_runs(book: Book) -> None:
    clock = HandClock(wall_ms=NOW_MS)
    seen = windows(book, clock)
    assert seen() == ()
    book.open(MAINTENANCE)
    assert seen() == (Upkeep(Reason.MAINTENANCE, NOW_MS, NOW_MS + 2 * HOUR_MS, "oxygen"),)
    clock.sleep(60)
    book.close(clock.now().wall_ms, lambda _: True)
    assert seen()[0].until_ms == NOW_MS + 60_000


def test_the_site_s_own_windows_are_seen_too(book: Book) -> None:
    rule = Planned.model_validate_json('{"kind": "calibration", "daily": "02:30", "for": "1h"}')
    seen = windows(book, HandClock(wall_ms=NOW_MS), (rule,))
    assert {one.kind for one in seen()} == {Reason.CALIBRATION}
    book.open(MAINTENANCE)
    assert {one.kind for one in seen()} == {Reason.CALIBRATION, Reason.MAINTENANCE}


def test_what_ended_more_than_an_hour_ago_is_not_looked_at(book: Book) -> None:
    clock = HandClock(wall_ms=NOW_MS)
    seen = windows(book, clock)
    book.open(MAINTENANCE)
    clock.sleep(4 * 3600)
    assert seen() == ()


def test_a_file_that_is_damaged_meanwhile_leaves_what_was_known(book: Book, caplog: pytest.LogCaptureFixture) -> None:
    seen = windows(book, HandClock(wall_ms=NOW_MS))
    book.open(MAINTENANCE)
    before = seen()
    book.path.write_text("nonsense")
    with caplog.at_level(logging.ERROR):
        assert seen() == seen() == before
    assert len(caplog.records) == 1, "once, not at every turn"


def test_a_file_that_is_deleted_ends_all(book: Book) -> None:
    seen = windows(book, HandClock(wall_ms=NOW_MS))
    book.open(MAINTENANCE)
    assert seen()
    book.path.unlink()
    assert seen() == ()


# To the mark


def reading(at_ms: int, clock: ClockState = ClockState.SYNCHRONISED) -> Reading:
    return Reading("oxygen", "dissolved_oxygen", "mg/L", "w01009", 8.0, GOOD, Stamp(at_ms, 0, "boot", clock))


@pytest.mark.parametrize(
    ("kind", "letter"),
    [(Reason.MAINTENANCE, "M"), (Reason.CALIBRATION, "C"), (Reason.STOPPED, "F"), (Reason.MANUAL, "S")],
)
def test_every_kind_has_its_mark_and_no_reading_is_lost(book: Book, kind: Reason, letter: str) -> None:
    book.open(Window(kind, "oxygen", NOW_MS, NOW_MS + HOUR_MS))
    upkeep = windows(book, HandClock(wall_ms=NOW_MS))()
    moments = (NOW_MS - 1, NOW_MS, NOW_MS + HOUR_MS - 1, NOW_MS + HOUR_MS)
    judged = Judge({}).judge([reading(at) for at in moments], upkeep).readings
    assert [mark(one.quality) for one in judged] == ["N", letter, letter, "N"]
    assert [one.value for one in judged] == [8.0] * 4


def test_under_a_clock_that_was_never_set_nothing_is_marked(book: Book) -> None:
    book.open(MAINTENANCE)
    upkeep = windows(book, HandClock(wall_ms=NOW_MS))()
    (judged,) = Judge({}).judge([reading(NOW_MS, ClockState.UNSET)], upkeep).readings
    assert mark(judged.quality) == "N"
