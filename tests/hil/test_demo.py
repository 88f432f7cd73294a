"""The demonstration's own judgement: it must be able to say no."""

import hashlib
import io
import sqlite3
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from gateway.county_messages import Alarm, Reading
from hil.count import Account, Spooled, rows
from hil.demo import Course, course, run
from hil.picture import Picture, Seen
from hil.verdict import Verdict, alarm_faults, way_faults
from hil.view import render, told
from hil.virtual.county_ledger import Counts


def account(**changes: object) -> Account:
    whole: dict[str, object] = {
        "spooled": (Spooled("sense", "s1", 3, ()),),
        "archived": frozenset({("s1", 1), ("s1", 2), ("s1", 3)}),
        "county": frozenset({("s1", 1), ("s1", 2), ("s1", 3)}),
        "readings_archived": 30,
        "readings_county": 30,
        "readings_doubled": 0,
        "repeated": 0,
        "dead_letters": 0,
    }
    return Account(**(whole | changes))  # type: ignore[arg-type]


def alarm(picture: str | None = None) -> Alarm:
    return Alarm(
        id="demo/s/1",
        site="demo",
        boot="b",
        clock="synchronised",
        clock_error_ms=1,
        time="2026-11-23T18:00:00.000+08:00",
        mono_ms=1,
        kind="smoke",
        camera="field",
        episode="field-1",
        event="opened",
        score=0.9,
        regions=(),
        model="grid",
        picture=picture,
        picture_topic=None,
    )


def test_a_whole_way_has_no_faults() -> None:
    assert way_faults(account(), {"s1": 3}) == []


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({"county": frozenset({("s1", 1), ("s1", 3)})}, {"s1": 3}),
        ({"readings_doubled": 1}, {"s1": 3}),
        ({"dead_letters": 1}, {"s1": 3}),
        ({}, {"s1": 4}),
        ({}, {}),
    ],
)
def test_whatever_is_lost_or_doubled_is_a_fault(changes: dict[str, object], marks: dict[str, int]) -> None:
    assert len(way_faults(account(**changes), marks)) == 1


def test_one_alarm_with_its_own_picture_is_due(tmp_path: Path) -> None:
    picture = tmp_path / "p.jpg"
    picture.write_bytes(b"picture")
    other, real = "0" * 64, hashlib.sha256(b"picture").hexdigest()
    assert len(alarm_faults(())) == 1
    assert len(alarm_faults((Seen(alarm(), None),))) == 1
    assert len(alarm_faults((Seen(alarm(other), picture),))) == 1
    assert alarm_faults((Seen(alarm(real), picture),)) == []
    assert len(alarm_faults((Seen(alarm(real), picture), Seen(alarm(real), picture)))) == 1


def test_a_verdict_says_what_is_wrong() -> None:
    sound, sick = Verdict(account(), (), ()), Verdict(account(), (), ("2 lost",))
    assert sound.everything_arrived
    assert not sick.everything_arrived
    assert "2 lost" in sick.text()
    assert "2 lost" not in sound.text()


@pytest.mark.parametrize(
    ("seconds", "cut", "expected"),
    [
        (60.0, None, Course(60.0)),
        (60.0, 20.0, Course(60.0, 24.0, 44.0)),
        (30.0, 20.0, Course(30.0, 5.0, 25.0)),
        (None, 20.0, Course(None, 15.0, 35.0)),
    ],
)
def test_the_cut_lies_within_the_time(seconds: float | None, cut: float | None, expected: Course) -> None:
    assert course(seconds, cut, own_camera=False) == expected


def test_a_camera_of_ones_own_owes_no_smoke() -> None:
    assert not course(60.0, None, own_camera=True).smoke_due


def test_a_cut_longer_than_the_time_is_wrong_usage() -> None:
    assert run(15.0, 10.0, None, None, plain=True) == 2


def picture(*, whole: bool = True) -> Picture:
    reading = Reading(
        instrument="air-4",
        channel="co2",
        code="",
        value=400.0,
        unit="[ppm]",
        flag=1,
        reasons=(),
        time="2026-11-23T18:00:01.000+08:00",
        mono_ms=1,
    )
    missing = msgspec.structs.replace(reading, channel="other", value=None, flag=9, reasons=("no-reply",))
    spools = (Spooled("sense", "s1", 42, (41, 42)),)
    return Picture(12.0, whole, spools, None, Counts(40, 99, 1, 1, 0), (reading, missing), (Seen(alarm(), None),))


def test_the_view_shows_the_way_and_the_values() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(render(picture()))
    for word in ("42", "40", "99", "air-4", "co2", "400", "[ppm]", "no-reply", "18:00:01", "field", "MQTT/TLS"):
        assert word in out.getvalue()


def test_a_cut_is_seen() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(render(picture(whole=False)))
    assert "MQTT/TLS" not in out.getvalue()
    assert told(picture()) != told(picture(whole=False))
    assert "42" in told(picture())


def test_stores_that_are_not_there_yet_are_empty(tmp_path: Path) -> None:
    assert rows(tmp_path / "none.db", "SELECT 1") == []
    sqlite3.connect(tmp_path / "empty.db").close()
    assert rows(tmp_path / "empty.db", "SELECT * FROM message") == []
