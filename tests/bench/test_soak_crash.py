"""The crash soak in its short form, and that its verdict can be no."""

import pytest

from tests.bench.soak_crash import IN_HAND, _held, run

pytestmark = pytest.mark.journey
GOOD = {
    **dict.fromkeys(
        ("lost", "uneven", "doubled", "dead_letters", "answers_lost", "dropped", "aside", "fell", "thought_away"), 0
    ),
    "longest_in_hand": 3,
    "readings": 1000,
    "kills": 30,
}


def test_thirty_kills_lose_nothing_and_double_nothing() -> None:
    outcome = run(["--kills", "30", "--seed", "30", "--for", "150"])
    assert outcome.held, outcome.line("crash")
    assert outcome.figures["kills"] == 30


def test_the_books_of_a_good_run_hold() -> None:
    assert _held(GOOD)


@pytest.mark.parametrize("name", [name for name, value in GOOD.items() if value == 0])
def test_one_of_anything_is_too_much(name: str) -> None:
    assert not _held({**GOOD, name: 1})


def test_too_much_in_hand_or_too_little_measured_is_a_no() -> None:
    assert not _held({**GOOD, "longest_in_hand": IN_HAND + 1})
    assert not _held({**GOOD, "readings": 30})
