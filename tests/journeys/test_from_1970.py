"""A board without a clock boots in 1970, measures, is told the time by its gateway; the county gets true times."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from clock_kit import WrongClock, needs_gcc
from journey_kit import settled, until

from edge.wire.codec import decode_kept
from edge.wire.messages import Batch
from edge.wire.topics import Kind
from hil.count import rows
from hil.virtual.site import VirtualSite, Wishes

pytestmark = [pytest.mark.journey, needs_gcc]
DAY = 86_400.0
CLOSE_S = 120.0
"""The journey takes less: a time that is off by more is a wrong one."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[VirtualSite]:
    """A site whose `sense` lives under a clock of its own, and whose gateway's operator vouches for its clock."""
    made = VirtualSite(tmp_path, Wishes(watch=False))
    text = made.gateway_file.read_text("utf-8")
    made.gateway_file.write_text(text.replace('dir = "state"', 'dir = "state"\ntrust_clock_within = "200ms"'), "utf-8")
    yield made
    made.stop()
    for program in made.programs.values():
        print(f"--- {program.name}\n{program.tail(30)}")


def county(site: VirtualSite, leaf: str) -> list[dict[str, Any]]:
    """What the county holds of one topic, in the order in which it came."""
    found = rows(site.ledger, f"SELECT payload FROM message WHERE topic LIKE '%/{leaf}' ORDER BY rowid")
    return [json.loads(bytes(payload)) for (payload,) in found if isinstance(payload, bytes)]


def told(site: VirtualSite) -> list[tuple[float, str]]:
    """Time (seconds since 1970) and trust of every reading at the county, as it was told."""
    return [
        (datetime.fromisoformat(reading["time"]).timestamp(), message["clock"])
        for message in county(site, "readings")
        for reading in message["readings"]
    ]


def archived(site: VirtualSite) -> list[tuple[str, float, str, int]]:
    """Channel, time, trust and error of every reading in the archive, in the order in which it was written."""
    with closing(sqlite3.connect(f"file:{site.archive}?mode=ro", uri=True)) as database:
        query = "SELECT instrument || channel, wall_ms / 1000.0, clock, error_ms FROM reading_named ORDER BY seq"
        return database.execute(query).fetchall()


def measures_on(site: VirtualSite) -> None:
    def written() -> int:
        bodies = rows(site.spool("sense"), "SELECT body FROM message WHERE kind = 'batch'")
        batches = [decode_kept(Kind.BATCH, bytes(body)) for (body,) in bodies if isinstance(body, bytes)]
        return sum(len(one.series[0].offsets) for one in batches if isinstance(one, Batch))

    before = written()
    until(lambda: written() > before + 3, "it measures without network and without a clock")


def test_from_1970_to_true_times_at_the_county(site: VirtualSite, tmp_path: Path) -> None:
    clock, began = WrongClock(tmp_path), time.time()
    clock.shows(30)
    site.programs["sense"].environment = clock.environment
    site.relay.cut()
    site.start()
    for off in (DAY, -DAY):
        measures_on(site)
        clock.shows(began + off)
    measures_on(site)
    site.relay.mend()
    until(lambda: county(site, "clock"), "the county is told of the boot's clock")
    seen = len(told(site))
    until(lambda: len(told(site)) > seen + 20, "readings go on")
    found = settled(site)
    assert (found.readings_doubled, found.dead_letters) == (0, 0)
    rights = archived(site)
    assert {trust for _, _, trust, _ in rights} == {"corrected", "synchronised"}
    assert all(began - 1 < at < began + CLOSE_S for _, at, _, _ in rights), "true times, though it was 1970"
    for series in {series for series, _, _, _ in rights}:
        times = [at for name, at, _, _ in rights if name == series]
        assert times == sorted(times), "reordered"
    assert all(200 <= error < 5000 for _, _, _, error in rights)
    (fix,) = county(site, "clock")
    assert fix["clock_error_ms"] >= 200
    assert abs(fix["off_ms"] / 1000 - DAY) < CLOSE_S, "it had last been set back by a day"
    for at, trust in told(site):
        assert trust in {"unset", "restored"} or began - 1 < at < began + CLOSE_S


def test_without_anybody_who_knows_the_time_nothing_is_guessed(tmp_path: Path) -> None:
    site, clock = VirtualSite(tmp_path, Wishes(watch=False)), WrongClock(tmp_path)
    clock.shows(30)
    site.programs["sense"].environment = clock.environment
    try:
        site.start()
        until(lambda: len(told(site)) > 20, "the county is told all the same")
        assert {trust for _, trust in told(site)} == {"unset"}
        assert all(at < 600 for at, _ in told(site))
        assert county(site, "clock") == []
        assert "sites are offered no time" in " ".join(site.programs["gateway"].tail(100).split())
    finally:
        site.stop()
