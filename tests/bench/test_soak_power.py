"""The power soak in its short form, its file system, its books, and that its verdict can be no."""

from random import Random

import pytest

from tests.bench.power_books import Books
from tests.bench.soak_power import _held, missing, run

GOOD = {"cuts": 200, "kept": 1000, "sectors": 10, **dict.fromkeys(("lost", "refused", "reused"), 0)}
needs_fuse = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


@needs_fuse
@pytest.mark.journey
def test_some_cuts_lose_nothing_and_refuse_nothing() -> None:
    outcome = run(["--cuts", "15", "--seed", "3"])
    assert outcome.held, outcome.line("power")
    assert outcome.figures["cuts"] == 15


@needs_fuse
@pytest.mark.journey
def test_a_disk_that_lies_is_found_out() -> None:
    outcome = run(["--cuts", "3", "--seed", "3", "--lying"])
    assert not outcome.held
    assert int(outcome.figures["lost"]) > 0


def test_the_books_of_a_good_run_hold() -> None:
    assert _held(GOOD)


@pytest.mark.parametrize("name", ["lost", "refused", "reused"])
def test_one_of_anything_is_too_much(name: str) -> None:
    assert not _held({**GOOD, name: 1})


@pytest.mark.parametrize("name", ["cuts", "kept", "sectors"])
def test_where_nothing_was_cut_off_nothing_is_shown(name: str) -> None:
    assert not _held({**GOOD, name: 0})


def found(*rows: tuple[str, int, list[int]], dropped: tuple[tuple[str, int, int], ...] = ()) -> dict[str, object]:
    return {"found": rows, "dropped": dropped, "rescued": False, "trouble": ""}


def test_what_was_kept_must_wait_or_be_accounted_for() -> None:
    books = Books()
    books.heard({"kept": [("s", 1, [11]), ("s", 2, [12]), ("s", 3, [13]), ("s", 4, [14])]})
    books.heard({"kept": [("s", 4, [15])]})  # it grew
    books.heard({"forgotten": [("s", 1)]})
    books.heard(found(("s", 4, [14, 15, 16]), dropped=(("s", 2, 3),)))
    assert (books.kept, books.lost, books.dropped, books.reused) == (5, 0, 2, 0)
    books.heard(found(("s", 4, [14])))
    assert books.lost == 1
    books.heard(found())
    assert books.lost == 1, "nothing is counted as lost twice"


def test_a_message_that_is_gone_is_lost() -> None:
    books = Books()
    books.heard({"kept": [("s", 1, [11])]})
    books.heard(found(("s", 2, [11]), dropped=(("other", 1, 9),)))
    assert books.lost == 1


def test_a_name_that_stands_for_another_body_is_seen() -> None:
    books = Books()
    books.heard({"sent": [("s", 1, [11])]})
    books.heard({"sent": [("s", 1, [11])]})
    books.heard(found(("s", 1, [11])))
    assert books.reused == 0
    books.heard(found(("s", 1, [99])))
    books.heard({"sent": [("s", 1, [98])]})
    assert books.reused == 2


def test_trouble_at_a_start_is_a_refusal() -> None:
    books = Books()
    books.heard({**found(), "trouble": "OperationalError"})
    assert books.refused == 1


@needs_fuse
def test_a_cut_takes_what_was_not_synced_and_nothing_else() -> None:
    from tests.bench.forgetful_fs import SECTOR, Node

    whole, torn = 0, 0
    for seed in range(50):
        node = Node()
        node.change(0, b"a" * 3 * SECTOR)
        node.sync()
        node.change(SECTOR, b"b" * 4 * SECTOR)
        node.change(4 * SECTOR, None)
        node.cut(Random(seed))
        assert node.seen == node.disk
        assert node.seen[:SECTOR] == b"a" * SECTOR
        assert set(node.seen) <= set(b"ab\0")
        whole += node.seen == b"a" * 3 * SECTOR
        torn += node.seen.count(b"b") not in {0, 3 * SECTOR, 4 * SECTOR}
    assert whole
    assert torn


@needs_fuse
def test_of_names_the_first_changes_survive() -> None:
    from tests.bench.forgetful_fs import Forgetful

    seen = set()
    for seed in range(30):
        files = Forgetful()
        files.create("/kept", 0o644)
        files.fsyncdir("/", 0, 0)
        files.create("/new", 0o644)
        files.rename("/kept", "/moved")
        files.rename("/new", "/kept")
        files.unlink("/moved")
        files.cut(seed)
        seen.add(" ".join(sorted(files.names)))
    assert seen == {"/kept", "/kept /new", "/moved /new", "/kept /moved"}
