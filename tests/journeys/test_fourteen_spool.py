"""The statements of the fourteen that are about the spool's file itself: damage, bounds, and a replay that is paced."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from fourteen_kit import AT, counted, sense, site_file, spooled, status

from edge.link.memory import MemoryBroker
from edge.runtime.clock import SystemClock
from edge.spool.bounds import Bounds
from edge.spool.pace import Pace
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire import topics
from edge.wire.messages import Alarm, Batch, Event, Evidence
from edge.wire.topics import Kind
from sensors.clock import HandClock
from sensors.reading import ClockState


def alarm(number: int) -> Alarm:
    return Alarm("smoke", "north", f"e-{number}", Event.OPENED, AT, 0.9)


def batch(number: int, size: int) -> Batch:
    """An empty batch that can't be deflated; so many bytes longer than others."""
    return Batch(os.urandom(size // 2).hex(), ClockState.UNSET, None, 0, number, ())


def picture(number: int) -> Evidence:
    return Evidence(f"e-{number}", "north", AT, "image/jpeg", 640, 480, f"{number:064x}", os.urandom(60_000))


# 5 (TG #18528: "manually delete the wal"; VT #2016, KU #2169, Z2 #11759)
@pytest.mark.journey
@pytest.mark.parametrize("harm", ["head", "middle", "cut", "nonsense"])
def test_05_a_damaged_spool_is_set_aside_rescued_and_told_and_the_program_starts(
    tmp_path: Path, port: Path, harm: str
) -> None:
    site = site_file(tmp_path, port)
    file = tmp_path / "state" / "sense.db"
    with sense(site):
        pass
    with closing(Spool(file, SystemClock())) as spool:
        spool.put([picture(1), picture(2)])
    hurt(file, harm)
    with sense(site):
        health = status(site)
        assert health is not None
        assert all(service.alive for service in health.services)
    assert list(file.parent.glob("sense.db.damaged-*")), "the damaged file is gone"
    with closing(Spool(file, SystemClock())) as spool:
        told = [spool.body(one) for one in spool.waiting(10_000)]
        assert counted(spooled(spool))["air"] > 0
    assert [one.kind for one in told if isinstance(one, Alarm)] == ["spool-damaged"]


def hurt(file: Path, harm: str) -> None:
    """Do to a database what a dying card does."""
    size = file.stat().st_size
    with file.open("r+b") as database:
        if harm == "cut":
            database.truncate(size // 2 // 4096 * 4096 + 1000)
        if harm == "head":
            database.write(b"\0" * 100)
        if harm == "middle":
            database.seek(4096)
            database.write(os.urandom(8192))
        if harm == "nonsense":
            database.truncate(0)
            database.write(b"not a database" * 1000)


# 6 (VT #2286: all rows instead of the excess; TB #2094: 45 GB; TB #2155)
def test_06_a_full_spool_drops_the_oldest_of_the_lowest_rank_no_more_than_it_must_and_counts(tmp_path: Path) -> None:
    bound = 2_000_000
    path = tmp_path / "spool.db"
    with closing(Spool(path, HandClock(), Bounds(bound, 0))) as spool:
        spool.put([alarm(0), picture(0)])
        for number in range(4000):
            spool.put([batch(number, 800), *([alarm(number)] if number % 500 == 0 else [])])
            files = [path, path.with_name("spool.db-wal")]
            assert sum(one.stat().st_size for one in files if one.exists()) <= bound
        depth = spool.depth()
        waiting = spool.waiting(100_000)
    dropped = {rank.rank: rank.dropped for rank in depth.ranks}
    assert dropped.get("reading", 0) > 0
    assert not any(dropped.get(rank, 0) for rank in ("alarm", "evidence"))
    readings = [one.seq for one in waiting if one.kind is Kind.BATCH]
    assert readings == sorted(readings)
    assert len(readings) + dropped["reading"] == 4000
    assert depth.bytes > bound // 2, "it dropped more than it had to"
    assert kept_newest(readings)


def kept_newest(readings: list[int]) -> bool:
    """Are they the last ones given, without a gap but for the alarms between?"""
    return readings[-1] - readings[0] <= len(readings) + 20


def test_06_a_disk_that_others_filled_is_left_its_floor(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with closing(Spool(tmp_path / "spool.db", HandClock(), Bounds(10**12, free * 2))) as spool:
        for number in range(300):
            spool.put([batch(number, 4000)])
        spool.put([alarm(1)])
        depth = spool.depth()
        waiting = spool.waiting(10_000)
    assert depth.messages < 301, "it went on growing below the floor"
    assert sum(rank.dropped for rank in depth.ranks) == 301 - depth.messages
    assert waiting[0].kind is Kind.ALARM
    assert waiting[-1].seq >= 300


# 10 (KU's schedule for metered lines, EX #1526)
def test_10_a_replay_keeps_to_the_bytes_per_hour_and_alarms_pass_at_once(tmp_path: Path) -> None:
    clock, broker, budget = HandClock(monotonic=1000.0), MemoryBroker(), 100_000
    with closing(Spool(tmp_path / "spool.db", clock)) as spool:
        sender = Sender("farm", spool, broker.link(), clock, Manners(pace=Pace(budget), broker_confirms=True))
        spool.put([batch(number, 800) for number in range(2000)])
        for _ in range(3600):
            clock.sleep(1)
            sender.turn(0)
        first = sum(len(one.payload) + len(one.topic) for one in broker.carried)
        spool.put([alarm(1)])
        sender.turn(0)
        kinds = [address.kind for one in broker.carried if (address := topics.parse(one.topic)) is not None]
        left = spool.depth().messages
    assert budget / 2 < first < 1.2 * budget
    assert kinds[-1] is Kind.ALARM or Kind.ALARM in kinds[-3:]
    assert left > 1000
