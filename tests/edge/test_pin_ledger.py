"""The pins' ledger: replaced as a whole, survives, and says when it can't be trusted; and when it is written."""

from pathlib import Path

import pytest

from edge.pins.books import SAVE_EVERY_S, Books
from edge.pins.ledger import Episode, Ledger, Page, Stage
from sensors.pins.counter import Count

PAGE = Page(True, {"rain": Count(12, 10)}, {"gate": Episode("gate", "0123456789ab", 5000, Stage.OPEN)})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "pins.json").write(PAGE)
    assert Ledger(tmp_path / "pins.json").read() == PAGE
    assert [path.name for path in tmp_path.iterdir()] == ["pins.json"]


def test_nothing_yet_is_an_orderly_beginning(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "pins.json")
    assert ledger.read() == Page()
    assert ledger.trouble == ""


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"counts": {"rain": 3}}', b"\xff\xfe", b"null"])
def test_a_damaged_one_is_trouble_and_an_unclean_stop(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pins.json").write_bytes(data)
    ledger = Ledger(tmp_path / "pins.json")
    assert ledger.read() == Page(running=True)
    assert "pins.json" in ledger.trouble
    assert ledger.write(PAGE)
    assert ledger.trouble == ""


def test_one_that_cannot_be_written_leaves_the_old(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "pins.json")
    ledger.write(PAGE)
    (tmp_path / "pins.new").mkdir()
    assert not ledger.write(Page())
    assert "pins.new" in ledger.trouble
    assert ledger.read() == PAGE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_leaves_the_old(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "pins.json")
    ledger.write(PAGE)
    (tmp_path / "pins.new").symlink_to("/dev/full")
    assert not ledger.write(Page())
    assert "No space left" in ledger.trouble
    assert ledger.read() == PAGE


def test_an_episode_is_named_by_its_beginning() -> None:
    assert PAGE.episodes["gate"].name == "gate-01234567-5000"


class Desk:
    """Books, and how often they were written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pins.json"
        self.books = Books(Ledger(self.path))
        self.keep(0.0, 0)

    def keep(
        self, now: float, total: int, told: tuple[str, ...] = (), episodes: dict[str, Episode] | None = None
    ) -> bool:
        """Was it written?"""
        before = self.inode
        self.books.keep({"rain": Count(total, 0)}, told, episodes or {}, now)
        return self.inode != before

    @property
    def inode(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_that_the_program_runs_is_written_at_once(desk: Desk) -> None:
    assert Ledger(desk.path).read().running


def test_counts_are_written_now_and_then(desk: Desk) -> None:
    assert [desk.keep(now, now) for now in (1, 10, SAVE_EVERY_S - 1)] == [False] * 3
    assert desk.keep(SAVE_EVERY_S, 100)
    assert not desk.keep(SAVE_EVERY_S + 1, 101)
    assert desk.keep(2 * SAVE_EVERY_S, 101)
    assert not desk.keep(9 * SAVE_EVERY_S, 101), "in dry weather the card is left alone"


def test_what_is_about_to_be_told_is_written_first(desk: Desk) -> None:
    assert desk.keep(1, 5, told=("rain",))
    assert not desk.keep(2, 5, told=("rain",))
    assert not desk.keep(3, 6, told=("gate",))


def test_an_alarm_is_written_at_once(desk: Desk) -> None:
    episode = PAGE.episodes["gate"]
    assert desk.keep(1, 0, episodes={"gate": episode})
    assert not desk.keep(2, 0, episodes={"gate": episode})
    assert desk.keep(3, 0, episodes={"gate": None})
    assert Ledger(desk.path).read().episodes == {}


def test_what_belongs_to_pins_that_are_not_named_any_more_stays(tmp_path: Path) -> None:
    Ledger(tmp_path / "pins.json").write(PAGE)
    books = Books(Ledger(tmp_path / "pins.json"))
    books.keep({"water": Count(3, 3)}, ("water",), {}, 1.0)
    books.close({"water": Count(4, 3)}, 2.0)
    page = Ledger(tmp_path / "pins.json").read()
    assert page == Page(False, {"rain": Count(12, 10), "water": Count(4, 3)}, PAGE.episodes)


def test_trouble_is_told_once_and_tried_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    blocking = desk.path.with_suffix(".new")
    blocking.mkdir()
    for now in range(1, 8):
        assert not desk.keep(now, now, told=("rain",))
    blocking.rmdir()
    assert [desk.keep(now, now, told=("rain",)) for now in range(8, 13)] == [False] * 3 + [True] * 2
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_damaged_one_is_named_and_written_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "pins.json").write_text("{")
    books = Books(Ledger(tmp_path / "pins.json"))
    books.keep({"rain": Count(1, 0)}, (), {}, 61.0)
    assert Ledger(tmp_path / "pins.json").read().counts == {"rain": Count(1, 0)}
    assert "pins.json" in caplog.text
