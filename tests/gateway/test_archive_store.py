"""The archive: one commit per group, each message once, and the outbox filled in the same commit."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from gateway_kit import ALARM, AT, HEALTH, JPEG, PICTURE, SHA256, STREAM, batch, came, corrected, known, sent

from edge.link.link import Incoming, Outgoing
from edge.wire.messages import Body, Health, Online
from gateway.archive.queries import overview
from gateway.archive.schema import opened_to_read, packed, unpacked
from gateway.archive.store import MAX_DEAD_LETTERS, Archive
from gateway.inbound import DeadLetter, Entry, Judged, judge

SITES = frozenset({"pond-1", "pond-2"})
NOW = 1_790_000_001_000


class Plain:
    """A platform that is told each identity, to see what would be sent."""

    def entry(self, entry: Entry) -> list[Outgoing]:
        return [Outgoing("told", str(entry.identity).encode())]

    def online(self, site: str, change: int, programs: Sequence[Online], now_ms: int) -> list[Outgoing]:
        names = ",".join(f"{one.program}={one.online:d}" for one in programs)
        return [Outgoing("online", f"{site} {change} {names}".encode(), retain=True)]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "archive.db", {"county": Plain(), "other": Plain()})
    yield made
    made.close()


@pytest.fixture
def rows(tmp_path: Path) -> Iterator["Rows"]:
    made = Rows(tmp_path / "archive.db")
    yield made
    made.close()


class Rows:
    """Questions to the archive's file, through a connection of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: sqlite3.Connection | None = None

    def __call__(self, query: str) -> list[tuple[object, ...]]:
        if self.connection is None:
            self.connection = opened_to_read(self.path)
        assert self.connection is not None
        return self.connection.execute(query).fetchall()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()


def judged(*messages: Incoming) -> list[Judged]:
    return [judge(message, SITES, known) for message in messages]


def test_readings_are_kept_with_everything_that_is_known_of_them(archive: Archive, rows: Rows) -> None:
    assert archive.keep(judged(sent(batch(8.5, None), 1)), NOW) == 1
    assert rows(
        "SELECT site, instrument, channel, unit, code, wall_ms, mono_ms, boot, clock, error_ms FROM reading_named"
    )[0] == ("pond-1", "y504-1", "do", "mg/L", "w01009", AT.wall_ms, AT.mono_ms, "boot-1", "synchronised", 3)
    assert rows("SELECT value, flag, reasons, stream, seq FROM reading_named") == [
        (8.5, 1, "", STREAM, 1),
        (None, 9, "no-reply", STREAM, 1),
    ]
    assert rows("SELECT kind, received_ms FROM message") == [("batch", NOW)]


BEFORE = replace(AT, wall_ms=AT.wall_ms - 10_000, mono_ms=AT.mono_ms - 10_000)
FLAGS = "SELECT value, flag, reasons FROM reading_named ORDER BY mono_ms"


def test_a_correction_is_seen_at_its_reading_and_is_none_itself(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(sent(batch(80.0, at=BEFORE), 1)), NOW)
    assert rows(FLAGS) == [(80.0, 1, "")]
    archive.keep(judged(sent(corrected(8.5, 80.0), 2)), NOW)
    assert rows(FLAGS) == [(80.0, 4, "spike"), (8.5, 1, "")]


def test_a_correction_may_come_first_or_twice(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(sent(corrected(8.5, 80.0), 2), sent(corrected(8.5, 80.0), 2)), NOW)
    assert rows(FLAGS) == [(8.5, 1, "")]
    archive.keep(judged(sent(batch(80.0, at=BEFORE), 1)), NOW)
    assert rows(FLAGS) == [(80.0, 4, "spike"), (8.5, 1, "")]


def test_the_worst_flag_holds(archive: Archive, rows: Rows) -> None:
    milder = msgspec.structs.replace(
        corrected(8.5, 80.0), corrections=(msgspec.structs.replace(corrected(8.5, 80.0).corrections[0], flags=(3,)),)
    )
    archive.keep(judged(sent(batch(80.0, at=BEFORE), 1), sent(corrected(8.5, 80.0), 2), sent(milder, 3)), NOW)
    assert rows(FLAGS)[0] == (80.0, 4, "spike")


def test_a_correction_of_another_boot_is_not_this_ones(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(sent(batch(80.0, at=replace(BEFORE, boot="boot-0")), 1), sent(corrected(8.5, 80.0), 2)), NOW)
    assert rows(FLAGS)[0] == (80.0, 1, "")


def test_alarms_and_pictures_are_kept(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(sent(ALARM, 1), sent(PICTURE, 2)), NOW)
    ((kind, source, episode, event, score, boxes, evidence),) = rows(
        "SELECT kind, source, episode, event, score, boxes, evidence FROM alarm"
    )
    assert (kind, source, episode, event, score, evidence) == ("smoke", "north", "e1", "opened", 0.91, SHA256)
    assert isinstance(boxes, bytes) and json.loads(boxes) == [[0.1, 0.2, 0.3, 0.4, 0.91]]
    assert rows("SELECT sha256, data, width, height, media_type FROM evidence") == [
        (SHA256, JPEG, 640, 480, "image/jpeg")
    ]


def test_the_latest_health_is_the_highest_number_whatever_came_last(archive: Archive, rows: Rows) -> None:
    def health(uptime_ms: int) -> Health:
        return msgspec.structs.replace(HEALTH, uptime_ms=uptime_ms)

    archive.keep(judged(sent(health(1), 1), sent(health(3), 3)), NOW)
    archive.keep(judged(sent(health(2), 2)), NOW)
    assert rows("SELECT seq FROM latest_health") == [(3,)]
    assert rows("SELECT count(*) FROM health") == [(3,)]
    archive.keep(judged(sent(health(4), 1, stream="after-a-new-disk")), NOW)
    assert rows("SELECT stream, seq FROM latest_health") == [("after-a-new-disk", 1)]


@pytest.mark.parametrize("body", [batch(8.5), ALARM, PICTURE, HEALTH], ids=lambda body: type(body).__name__)
def test_a_duplicate_changes_nothing(archive: Archive, rows: Rows, body: Body) -> None:
    assert archive.keep(judged(sent(body, 1)), NOW) == 1
    assert archive.keep(judged(sent(body, 1), sent(body, 1)), NOW + 5) == 0
    for table in ("message", "reading", "alarm", "evidence", "health"):
        assert rows(f"SELECT count(*) FROM {table}")[0][0] in {0, 1}
    assert rows("SELECT count(*) FROM outbox WHERE platform = 'county'") == [(1,)]


def test_the_same_number_of_another_stream_or_site_is_another_message(archive: Archive, rows: Rows) -> None:
    group = judged(sent(ALARM, 1), sent(ALARM, 1, stream="other"), sent(ALARM, 1, site="pond-2"))
    assert archive.keep(group, NOW) == 3


def waiting(rows: Rows, platform: str) -> list[tuple[bytes, object]]:
    """Payloads in a platform's outbox, and whether they are to be retained."""
    found = rows(f"SELECT payload, retain FROM outbox WHERE platform = '{platform}' ORDER BY id")
    return [(unpacked(bytes(payload)), retain) for payload, retain in found if isinstance(payload, bytes)]


def test_json_is_deflated_for_the_time_that_it_waits(archive: Archive, rows: Rows) -> None:
    long = Outgoing("t", b'{"id": "x", "readings": []}' * 100, media_type="application/json")
    assert len(packed(long)) < len(long.payload) / 10
    picture = Outgoing("t", JPEG * 100, media_type="image/jpeg")
    assert packed(picture)[1:] == picture.payload
    assert [unpacked(packed(one)) for one in (long, picture)] == [long.payload, picture.payload]


def test_each_platform_is_told_once_in_order(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(sent(ALARM, 2), sent(ALARM, 1), sent(ALARM, 2)), NOW)
    for platform in ("county", "other"):
        assert waiting(rows, platform) == [
            (f"pond-1/{STREAM}/2".encode(), 0),
            (f"pond-1/{STREAM}/1".encode(), 0),
        ]


def test_presence_is_kept_and_told_on_change_alone(archive: Archive, rows: Rows) -> None:
    archive.keep(judged(came("sense"), came("watch"), came("sense")), NOW)
    archive.keep(judged(came("sense")), NOW)
    archive.keep(judged(came("sense", online=False)), NOW)
    assert rows("SELECT program, online FROM presence ORDER BY id") == [("sense", 1), ("watch", 1), ("sense", 0)]
    assert waiting(rows, "county") == [
        (b"pond-1 1 sense=1", 1),
        (b"pond-1 2 sense=1,watch=1", 1),
        (b"pond-1 3 sense=0,watch=1", 1),
    ]


def test_a_dead_letter_is_kept_whole_and_counted(archive: Archive, rows: Rows) -> None:
    letter = DeadLetter("luxi/1/pond-1/up/batch", b"\x00\xffbytes", "no envelope", "pond-1")
    archive.keep([letter], NOW)
    archive.keep([letter, replace(letter, payload=b"other")], NOW + 7)
    assert rows("SELECT payload, reason, site, times, first_ms, last_ms FROM dead_letter ORDER BY id") == [
        (b"\x00\xffbytes", "no envelope", "pond-1", 2, NOW, NOW + 7),
        (b"other", "no envelope", "pond-1", 1, NOW + 7, NOW + 7),
    ]
    assert rows("SELECT count(*) FROM outbox") == [(0,)]


def test_dead_letters_are_bounded(archive: Archive, rows: Rows) -> None:
    letters = [DeadLetter("t", str(number).encode(), "r") for number in range(MAX_DEAD_LETTERS + 20)]
    archive.keep(letters, NOW)
    assert rows("SELECT count(*), min(payload) FROM dead_letter")[0][0] == MAX_DEAD_LETTERS
    assert rows("SELECT payload FROM dead_letter ORDER BY id LIMIT 1") == [(b"20",)]


def test_a_group_is_kept_whole_or_not_at_all(archive: Archive, rows: Rows) -> None:
    class Broken(Plain):
        def entry(self, entry: Entry) -> list[Outgoing]:
            if entry.identity.seq == 2:
                raise RuntimeError("a bug")
            return super().entry(entry)

    archive._platforms["county"] = Broken()
    new_series = msgspec.structs.replace(batch(1.0).series[0], channel="new")
    body = msgspec.structs.replace(batch(1.0), series=(new_series,))
    with pytest.raises(RuntimeError):
        archive.keep(judged(sent(body, 1), sent(ALARM, 2)), NOW)
    for table in ("message", "series", "reading", "outbox"):
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)]
    archive._platforms["county"] = Plain()
    assert archive.keep(judged(sent(body, 1), sent(ALARM, 2)), NOW) == 2
    assert rows("SELECT site, channel, value FROM reading_named") == [("pond-1", "new", 1.0)]


def test_a_full_disk_keeps_nothing_and_is_over_when_it_is_over(archive: Archive, rows: Rows) -> None:
    (size,) = archive._db.execute("PRAGMA page_count").fetchone()
    archive._db.execute(f"PRAGMA max_page_count = {size + 2}")
    big = judged(*(sent(batch(*[1.0] * 500), seq) for seq in range(1, 9)))
    with pytest.raises(sqlite3.OperationalError, match="full"):
        archive.keep(big, NOW)
    assert rows("SELECT count(*) FROM message") == [(0,)]
    archive._db.execute("PRAGMA max_page_count = 1000000")
    assert archive.keep(big, NOW) == 8


def test_opening_again_finds_everything(tmp_path: Path) -> None:
    for expected in (1, 0):
        archive = Archive(tmp_path / "a.db")
        assert archive.keep(judged(sent(batch(8.5), 1)), NOW) == expected
        archive.close()


def test_commits_are_synced(archive: Archive) -> None:
    assert archive._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert archive._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_overview_tells_it_all(archive: Archive, tmp_path: Path) -> None:
    assert overview(tmp_path / "nowhere.db") is None
    archive.keep(judged(sent(batch(8.5, 8.6), 1), sent(ALARM, 2), sent(PICTURE, 3), sent(HEALTH, 4)), NOW)
    archive.keep(
        judged(came("sense"), came("watch", online=False), came("sense", site="pond-2"), Incoming("x", b"")), NOW
    )
    found = overview(tmp_path / "archive.db")
    assert found is not None
    counts = (found.messages, found.readings, found.alarms, found.pictures, found.dead_letters)
    assert counts == (4, 2, 1, 1, 1)
    assert found.outbox == {"county": 7, "other": 7}
    pond, second = found.sites
    assert (pond.site, pond.messages, pond.last_message_ms) == ("pond-1", 4, NOW)
    assert [(one.program, one.online, one.health) for one in pond.programs] == [
        ("sense", True, HEALTH),
        ("watch", False, None),
    ]
    assert (second.site, second.messages, second.programs[0].since_ms) == ("pond-2", 0, NOW)
