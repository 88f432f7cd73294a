"""The outage soak in its short form, and the kits by which it sees memory and order."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hil.virtual.site import VirtualSite, Wishes
from tests.bench.memory_kit import Watched, cpu_s, resident_mb
from tests.bench.soak_outage import GOAL_READINGS, GOAL_S, PROGRAMS, _held, _out_of_rank, run


@pytest.mark.journey
def test_short_form() -> None:
    """An hour and a half without a county, then as long without a broker: some thousands of readings."""
    outcome = run(["--days", "0.0625", "--broker-hours", "1.5"])
    assert outcome.held, outcome.line("outage")
    assert outcome.figures["readings"] == 2 * 1.5 * 360 * 40
    assert outcome.figures["out_of_rank"] == 0
    assert int(outcome.figures["messages"]) > 2 * 1.5 * 110, "about a batch and health a minute"


GOOD: dict[str, float | int | str] = {
    **dict.fromkeys(("out_of_rank", "lost", "uneven", "doubled", "dead_letters", "dropped"), 0),
    **{f"{name}_peak_mb": 80.0 for name in PROGRAMS},
    "readings": GOAL_READINGS,
    "measured": GOAL_READINGS,
    "drain_readings": GOAL_READINGS,
    "drain_s": GOAL_S,
    "growth_mb": 1.0,
    "spool_mb": 14.0,
}


def test_the_books_of_a_good_run_hold() -> None:
    assert _held(GOOD)
    assert _held({**GOOD, "drain_readings": 2 * GOAL_READINGS, "drain_s": 2 * GOAL_S}), "twice as much may take longer"


@pytest.mark.parametrize(
    "bad",
    [
        *({name: 1} for name, value in GOOD.items() if value == 0),
        {"readings": GOAL_READINGS - 1},
        {"readings": 0, "measured": 0},
        {"growth_mb": 17.0},
        {"gateway_peak_mb": 201.0},
        {"spool_mb": 2001.0},
        {"drain_s": GOAL_S + 1},
    ],
)
def test_one_of_anything_is_too_much_for_it(bad: dict[str, float]) -> None:
    assert not _held({**GOOD, **bad})


def test_who_overtakes_too_late_is_counted(tmp_path: Path) -> None:
    site = VirtualSite(tmp_path, Wishes(watch=False, bare=True))
    site.relay.close()
    with closing(sqlite3.connect(site.archive)) as archive, archive:
        archive.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, kind TEXT, seq INTEGER)")
        kinds = ("batch", "alarm", "evidence", "health", "batch", "alarm", "batch")
        rows = [(kind, number) for number, kind in enumerate(kinds, 1)]
        archive.executemany("INSERT INTO message (kind, seq) VALUES (?, ?)", rows)
    assert _out_of_rank(site, 1, 99) == 1
    assert _out_of_rank(site, 0, 99) == 4
    assert _out_of_rank(site, 6, 99) == 0
    assert _out_of_rank(site, 1, 5) == 0, "what was written later may come later"


def test_memory_and_processor_of_a_process_that_is_there_and_one_that_is_not() -> None:
    assert resident_mb(os.getpid()) > 5
    assert cpu_s(os.getpid()) > 0
    assert (resident_mb(None), cpu_s(None)) == (0, 0)


def test_growth_is_what_the_later_half_holds_more() -> None:
    watched = Watched({"us": os.getpid}, {"us": [10.0, 50.0, 40.0, 70.0], "still": [30.0] * 4, "once": [1.0]})
    assert (watched.peak("us"), watched.growth("us")) == (70, 20)
    assert (watched.growth("still"), watched.growth("once"), watched.growth("nobody")) == (0, 0, 0)


def test_what_is_not_done_in_time_is_said() -> None:
    watched = Watched({"us": os.getpid})
    assert watched.until(lambda: True, 5) < 5
    assert watched.peak("us") > 5
    with pytest.raises(AssertionError, match="not done"):
        watched.until(lambda: False, 0.01)
