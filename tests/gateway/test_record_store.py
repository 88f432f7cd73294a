"""Records as the archive's readings make them: a minute, an hour, a day, late, again, and put right."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from gateway_kit import HEALTH, known, sent
from jsonschema import Draft202012Validator
from records_kit import (
    DAY,
    HOUR,
    MIDNIGHT,
    MINUTE,
    NO_REPLY,
    SITE,
    SPIKE,
    STOPPED,
    SUSPECT,
    Kept,
    every_minute,
    locked,
    oracle,
    reading,
    same,
)

from edge.link.link import Outgoing
from edge.wire import columns
from edge.wire.messages import ClockFix
from gateway.archive.schema import opened, unpacked
from gateway.asyncapi import schema
from gateway.county_messages import Records
from gateway.county_mqtt import CountyTopics
from gateway.inbound import judge
from gateway.records import stale
from gateway.records.record import EMPTY, Bucket, Record, Series
from gateway.records.spans import Span
from sensors.reading import ClockState, Stamp


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.close()


def test_a_minute(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT + nth * 10_000, value) for nth, value in enumerate((3.0, 1.0, 2.0))])
    made = kept.settle().only(Span.MINUTE)
    assert (made.count, made.seen, made.low, made.mean, made.high) == (3, 3, 1.0, 2.0, 3.0)
    assert (made.mark, made.valid, made.weighted) == ("N", True, False)
    assert list(kept.records(Span.MINUTE)) == [MIDNIGHT]


def test_no_reading_no_record(kept: Kept) -> None:
    kept.archive.keep([judge(sent(HEALTH, 9), frozenset({SITE}), known)], kept.now_ms)
    assert kept.store.turn(kept.now_ms) == 0
    assert kept.all() == {}


def test_a_minute_without_any_value(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, None)])
    made = kept.settle().only(Span.MINUTE)
    assert (made.count, made.seen, made.low, made.mean, made.high) == (0, 1, None, None, None)
    assert (made.mark, made.valid) == ("B", False)


def test_a_millisecond_decides_the_day(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT - 1), reading(MIDNIGHT)])
    kept.settle()
    assert sorted(kept.records(Span.DAY)) == [MIDNIGHT - DAY, MIDNIGHT]
    assert sorted(kept.records(Span.MINUTE)) == [MIDNIGHT - MINUTE, MIDNIGHT]


@pytest.mark.parametrize(("minutes", "mark", "valid"), [(44, "D", False), (45, "N", True)])
@pytest.mark.parametrize("code", ["w21003", "a21026", ""])
def test_an_hour_needs_45_minutes(kept: Kept, minutes: int, mark: str, valid: bool, code: str) -> None:
    kept.take(every_minute(minutes, code=code))
    made = kept.settle().only(Span.HOUR, code)
    assert (made.count, made.seen, made.mark, made.valid) == (minutes, minutes, mark, valid)


@pytest.mark.parametrize(("hours", "mark", "valid"), [(19, "D", False), (20, "N", True)])
def test_a_day_needs_20_hours(kept: Kept, hours: int, mark: str, valid: bool) -> None:
    kept.take(every_minute(hours * 60 + 44))
    made = kept.settle().only(Span.DAY)
    assert (made.count, made.seen, made.mark, made.valid) == (hours, hours + 1, mark, valid)
    assert kept.records(Span.HOUR)[MIDNIGHT + hours * HOUR].mark == "D", "short, though nothing in it is abnormal"


def test_one_abnormal_sample_spoils_waters_minute_hour_and_day(kept: Kept) -> None:
    kept.take([*every_minute(1440), reading(MIDNIGHT + 700, None)])
    kept.take([*every_minute(1440, code="a21026"), reading(MIDNIGHT + 700, None, code="a21026")])
    kept.settle()
    for span in Span:
        assert kept.records(span)[MIDNIGHT].mark == "B"
    assert kept.records(Span.MINUTE)[MIDNIGHT + MINUTE].mark == "N"
    assert kept.only(Span.DAY).valid
    assert kept.only(Span.DAY, "a21026").mark == "N"


def test_a_suspect_value_is_normal_to_the_standard(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, 5.0, SUSPECT), reading(MIDNIGHT + 1, 7.0)])
    made = kept.settle().only(Span.MINUTE)
    assert (made.count, made.mean, made.mark) == (2, 6.0, "N")


def test_an_hour_that_stood_still_says_so(kept: Kept) -> None:
    kept.take([*every_minute(60, code="a21026", quality=STOPPED), *every_minute(60, quality=STOPPED)])
    kept.settle()
    assert (kept.only(Span.HOUR, "a21026").mark, kept.only(Span.HOUR).mark) == ("F", "F")
    assert kept.only(Span.HOUR).count == 0
    assert kept.only(Span.HOUR).high == 16.0


def test_means_of_water_follow_the_flow(kept: Kept) -> None:
    """Twenty minutes at 8 mg/L while 3 L/s flow, forty at 2 mg/L while 1 L/s does: 5.6, not 4."""
    minutes = [(MIDNIGHT + nth * MINUTE, nth < 20) for nth in range(60)]
    kept.take([reading(at, 8.0 if much else 2.0) for at, much in minutes])
    kept.take([reading(at, 8.0 if much else 2.0, code="w01001") for at, much in minutes])
    kept.take([reading(at, 3.0 if much else 1.0, code="w00000") for at, much in minutes])
    kept.settle()
    hour, ph = kept.only(Span.HOUR), kept.only(Span.HOUR, "w01001")
    assert (hour.mean, hour.weighted) == (pytest.approx((20 * 24 + 40 * 2) / 100), True)
    assert (ph.mean, ph.weighted) == (pytest.approx(4.0), False)
    assert not kept.records(Span.MINUTE)[MIDNIGHT].weighted


def test_flow_that_comes_late_weights_what_was_told_without(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT + nth * MINUTE, 1.0 + nth) for nth in range(2)])
    assert kept.settle().only(Span.HOUR).mean == 1.5
    kept.take([reading(MIDNIGHT + nth * MINUTE, 1.0 + 2 * nth, code="w00000") for nth in range(2)])
    assert kept.settle().only(Span.HOUR).mean == (1 + 2 * 3) / 4


def test_north_lies_between_350_and_10_degrees(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT + nth * MINUTE, 350.0 if nth % 2 else 10.0, code="a01008") for nth in range(60)])
    kept.settle()
    for span in (Span.TEN_MINUTES, Span.HOUR):
        mean = kept.records(span, "a01008")[MIDNIGHT].mean
        assert mean is not None and (mean + 180) % 360 == pytest.approx(180)


# --- late, again, and put right ----------------------------------------------------------------------------------


def test_late_readings_are_a_new_revision_that_is_told(kept: Kept) -> None:
    kept.take(every_minute(60))
    kept.settle()
    first = {(one.bucket.span, one.bucket.start_ms): one.revision for one in kept.told.changes}
    assert set(first.values()) == {1}
    kept.told.changes.clear()
    kept.take([reading(MIDNIGHT + 30_000, 99.0)])
    kept.settle()
    again = [(one.bucket.span, one.bucket.start_ms, one.revision) for one in kept.told.changes]
    assert again == [(span, MIDNIGHT, 2) for span in Span]
    assert kept.only(Span.DAY).high == 99.0


def test_what_comes_twice_changes_and_tells_nothing(kept: Kept) -> None:
    kept.take(every_minute(3))
    kept.settle()
    kept.told.changes.clear()
    kept.seq = 0
    kept.take(every_minute(3))
    assert kept.store.turn(kept.now_ms) == 0
    kept.archive._db.executemany(stale.MARK, stale.of_moments(SITE, [MIDNIGHT], kept.now_ms))
    kept.settle()
    assert kept.told.changes == []


def test_a_correction_makes_its_minute_anew(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, 80.0)])
    assert kept.settle().only(Span.HOUR).high == 80.0
    kept.take([reading(MIDNIGHT + 2 * MINUTE, 8.5)], [reading(MIDNIGHT, 80.0, SPIKE)])
    kept.settle()
    spoilt = kept.records(Span.MINUTE)[MIDNIGHT]
    assert (spoilt.count, spoilt.mean, spoilt.mark) == (0, 80.0, "D")
    assert (kept.only(Span.HOUR).high, kept.only(Span.HOUR).mark) == (8.5, "D")


def test_a_clock_that_was_never_set_waits_until_it_is_put_right(kept: Kept) -> None:
    kept.take([reading(DAY + MINUTE, 5.0, clock=ClockState.UNSET), reading(MIDNIGHT, 7.0)])
    kept.settle()
    assert [(span, start) for _, span, start in kept.all()] == [
        (Span.MINUTE, MIDNIGHT),
        (Span.TEN_MINUTES, MIDNIGHT),
        (Span.HOUR, MIDNIGHT),
        (Span.DAY, MIDNIGHT),
    ]
    moved = MIDNIGHT + MINUTE
    kept.change("UPDATE reading SET wall_ms = ? WHERE wall_ms = ?", moved, DAY + MINUTE)
    kept.change("UPDATE message SET clock = 'corrected'")
    assert kept.settle().records(Span.MINUTE)[moved].mean == 5.0
    assert kept.only(Span.DAY).seen == 1
    assert kept.only(Span.HOUR).mean == 6.0


def test_a_boot_whose_clock_is_told_late_gets_its_records_then(kept: Kept) -> None:
    kept.take([reading(nth * MINUTE, 1.0 + nth, clock=ClockState.UNSET) for nth in range(60)])
    assert kept.settle().all() == {}
    fix = ClockFix(Stamp(MIDNIGHT + 2 * HOUR, 2 * HOUR, "boot-1", ClockState.SYNCHRONISED, 5))
    kept.archive.keep([judge(sent(fix, 99), frozenset({SITE}), known)], kept.now_ms)
    kept.settle()
    assert sorted(kept.records(Span.MINUTE)) == [MIDNIGHT + nth * MINUTE for nth in range(60)]
    hour = kept.only(Span.HOUR)
    assert (hour.count, hour.low, hour.high, hour.mark, hour.valid) == (60, 1.0, 60.0, "N", True)


def test_readings_that_move_away_leave_an_empty_record_behind(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, 5.0)])
    kept.settle()
    moved = MIDNIGHT + 3 * DAY
    kept.change("UPDATE reading SET wall_ms = ?", moved)
    kept.told.changes.clear()
    kept.settle()
    for span in Span:
        assert kept.records(span) == {MIDNIGHT: EMPTY, span.start(moved): kept.records(span)[span.start(moved)]}
    emptied = [one for one in kept.told.changes if one.records[0][1] == EMPTY]
    assert [(one.bucket.span, one.revision) for one in emptied] == [(span, 2) for span in Span]


def test_a_reason_of_another_version_stops_nothing(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, 5.0, SPIKE)])
    kept.change("UPDATE reading SET reasons = 'of-next-year,spike'")
    assert kept.settle().only(Span.MINUTE).mark == "D"


def test_another_sites_readings_are_not_this_ones(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT, 5.0)])
    (batch,) = columns.pack([reading(MIDNIGHT, 70.0)])
    other = sent(batch, 1, site="pond-2")
    kept.archive.keep([judge(other, frozenset({"pond-2"}), known)], kept.now_ms)
    kept.settle()
    assert kept.rows(
        "SELECT site, max FROM record JOIN series ON series.id = series WHERE span = 60 ORDER BY site"
    ) == [
        ("pond-1", 5.0),
        ("pond-2", 70.0),
    ]
    assert {one.bucket.site for one in kept.told.changes} == {"pond-1", "pond-2"}


# --- when ----------------------------------------------------------------------------------------------------------


def test_a_minute_is_computed_when_it_is_over_and_a_little_more(kept: Kept) -> None:
    kept.now_ms = MIDNIGHT + 500
    kept.take([reading(MIDNIGHT + 100)])
    end = MIDNIGHT + MINUTE
    assert kept.store.turn(end + 9_999) == 0
    assert kept.store.turn(end + 10_000) == 1
    assert kept.store.turn(MIDNIGHT + 10 * MINUTE + 14_999) == 0
    assert kept.store.turn(MIDNIGHT + 10 * MINUTE + 15_000) == 1
    assert kept.store.turn(MIDNIGHT + HOUR + 19_999) == 0
    assert kept.store.turn(MIDNIGHT + HOUR + 20_000) == 1
    assert kept.store.turn(MIDNIGHT + DAY + 59_999) == 0
    assert kept.store.turn(MIDNIGHT + DAY + 60_000) == 1
    assert kept.rows("SELECT count(*) FROM stale") == [(0,)]
    assert same(kept.all(), oracle([reading(MIDNIGHT + 100)]))


def test_an_hour_waits_for_its_last_minute(kept: Kept) -> None:
    kept.take(every_minute(1))
    kept.now_ms += 10_000
    assert kept.store.turn(kept.now_ms) == 1
    kept.take([reading(MIDNIGHT + 59 * MINUTE, 99.0)])
    for _ in range(3):
        kept.now_ms += 20_000
        kept.store.turn(kept.now_ms)
    hours = [one for one in kept.told.changes if one.bucket.span is Span.HOUR]
    assert [one.records[0][1].seen for one in hours] == [2]


def test_backlog_that_trickles_in_is_computed_once_in_a_while(kept: Kept) -> None:
    for nth in range(600):
        kept.take([reading(MIDNIGHT + nth * 6000)])
        kept.now_ms += 100
        kept.store.turn(kept.now_ms)
    kept.settle()
    told = [one.bucket.span for one in kept.told.changes]
    assert told.count(Span.MINUTE) <= 70 and told.count(Span.HOUR) <= 4 and told.count(Span.DAY) <= 2
    assert same(kept.all(), oracle([reading(MIDNIGHT + nth * 6000) for nth in range(600)]))


def test_a_gateways_clock_that_ran_ahead_holds_nothing_up(kept: Kept) -> None:
    kept.now_ms = MIDNIGHT + 400 * DAY
    kept.take([reading(MIDNIGHT)])
    assert kept.store.turn(MIDNIGHT + HOUR) == 1


def test_what_comes_during_the_computing_stays_stale(tmp_path: Path) -> None:
    """A platform that is asked between counting and writing, and in this moment more comes in."""
    made = Kept(tmp_path)

    class Meanwhile(CountyTopics):
        def records(self, bucket: Bucket, revision: int, records: Sequence[tuple[Series, Record]]) -> list[Outgoing]:
            if bucket.span is Span.MINUTE and revision == 1:
                made.take([reading(MIDNIGHT + 1, 9.0)])
            return super().records(bucket, revision, records)

    made.store._platforms = {"county": Meanwhile("county/1")}
    made.take([reading(MIDNIGHT, 1.0)])
    made.settle()
    assert (made.only(Span.MINUTE).count, made.only(Span.DAY).high) == (2, 9.0)
    made.close()


def test_a_channel_that_appears_during_the_counting_is_counted_next_time(kept: Kept) -> None:
    kept.take([reading(MIDNIGHT)])
    came: list[str] = []

    def meanwhile(statement: str) -> None:
        if "group_concat" in statement and not came:
            came.append(statement)
            kept.take([reading(MIDNIGHT + 1, 9.0, code="a21026")])

    kept.store._db.set_trace_callback(meanwhile)
    kept.settle()
    assert came and kept.records(Span.MINUTE, "a21026")[MIDNIGHT].mean == 9.0


def test_a_computing_that_fails_leaves_everything_as_it_was(kept: Kept) -> None:
    kept.take(every_minute(3))
    lock = locked(kept.path)
    kept.store._db.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        kept.store.turn(kept.now_ms + MINUTE)
    lock.close()
    assert (kept.all(), len(kept.rows("SELECT * FROM stale"))) == ({}, 3)
    kept.told.changes.clear()
    assert same(kept.settle().all(), oracle(every_minute(3)))
    assert {one.revision for one in kept.told.changes} == {1}


def test_an_archive_of_before_is_computed_from_its_beginning(tmp_path: Path) -> None:
    made = Kept(tmp_path)
    made.take(every_minute(120))
    for kind in ("TRIGGER reading_moved", "TABLE stale", "TABLE record"):
        made.change(f"DROP {kind}")
    made.change("DELETE FROM _sqlite_migrations WHERE name = 'records'")
    made.close()
    opened(made.path).close()
    again = Kept(tmp_path)
    assert same(again.settle().all(), oracle(every_minute(120)))
    again.close()


# --- what the county is told ---------------------------------------------------------------------------------------


def test_a_sites_channels_of_one_minute_are_one_message(tmp_path: Path) -> None:
    made = Kept(tmp_path)
    made.store._platforms = {"county": CountyTopics("county/1")}
    made.take([reading(MIDNIGHT + 5, 2.0), reading(MIDNIGHT + 6, None, code="a21026"), reading(MIDNIGHT + 7, 4.0)])
    made.settle()
    outbox = made.store._db.execute("SELECT topic, payload FROM outbox ORDER BY id")
    told = [(topic, json.loads(unpacked(payload))) for topic, payload in outbox]
    assert [message["id"] for _, message in told] == [f"pond-1/{span.word}/{MIDNIGHT}/1" for span in Span]
    for _, message in told:
        Draft202012Validator(schema(Records)).validate(message)
    topic, minute = told[0]
    assert topic == "county/1/pond-1/records"
    assert (minute["site"], minute["span"], minute["revision"]) == ("pond-1", "minute", 1)
    assert minute["start"] == "2026-09-21T00:00:00.000+08:00"
    by_code = {one["code"]: one for one in minute["records"]}
    assert by_code["w21003"] == {
        "instrument": "sonde",
        "channel": "channel-w21003",
        "code": "w21003",
        "unit": "mg/L",
        "count": 2,
        "seen": 2,
        "min": 2.0,
        "mean": 3.0,
        "max": 4.0,
        "weighted": False,
        "mark": "N",
        "valid": True,
    }
    assert (by_code["a21026"]["mean"], by_code["a21026"]["mark"], by_code["a21026"]["count"]) == (None, "B", 0)
    made.close()


def test_the_mark_of_a_reading_is_its_worst(kept: Kept) -> None:
    """A correction that is milder than what was known changes nothing."""
    kept.take([reading(MIDNIGHT, None, NO_REPLY)])
    kept.take([reading(MIDNIGHT + MINUTE)], [reading(MIDNIGHT, 1.0, SUSPECT)])
    assert kept.settle().records(Span.MINUTE)[MIDNIGHT].mark == "B"
