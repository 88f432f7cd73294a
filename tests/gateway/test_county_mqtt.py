"""What the county is told: topics, ids, and JSON that says what the device said."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from gateway_kit import ALARM, AT, HEALTH, JPEG, PICTURE, SHA256, STREAM, batch, corrected, known, sent
from hypothesis import given
from hypothesis import strategies as st

from edge.link.link import Outgoing
from edge.wire.messages import Body, Event, Online
from gateway.county_mqtt import CountyTopics, told_time
from gateway.inbound import END_MS, Entry, judge

TOPICS = CountyTopics("county/1")


def outgoing(body: Body, seq: int = 7) -> Outgoing:
    found = judge(sent(body, seq), frozenset({"pond-1"}), known)
    assert isinstance(found, Entry), found
    (message,) = TOPICS.entry(found)
    return message


def told(body: Body) -> dict[str, Any]:
    message = outgoing(body)
    assert (message.media_type, message.retain) == ("application/json", False)
    return dict(json.loads(message.payload))


def test_readings() -> None:
    assert outgoing(batch(8.5)).topic == "county/1/pond-1/readings"
    assert told(batch(8.5, None)) == {
        "id": f"pond-1/{STREAM}/7",
        "site": "pond-1",
        "boot": "boot-1",
        "clock": "synchronised",
        "clock_error_ms": 3,
        "readings": [
            {
                "instrument": "y504-1",
                "channel": "do",
                "code": "w01009",
                "value": 8.5,
                "unit": "mg/L",
                "flag": 1,
                "reasons": [],
                "time": "2026-09-21T22:13:20.123+08:00",
                "mono_ms": 50_000,
            },
            {
                "instrument": "y504-1",
                "channel": "do",
                "code": "w01009",
                "value": None,
                "unit": "mg/L",
                "flag": 9,
                "reasons": ["no-reply"],
                "time": "2026-09-21T22:13:20.123+08:00",
                "mono_ms": 50_000,
            },
        ],
        "corrections": [],
    }


def test_a_correction_names_the_reading_that_it_puts_right() -> None:
    message = told(corrected(8.5, 80.0))
    assert [one["value"] for one in message["readings"]] == [8.5]
    (late,) = message["corrections"]
    assert (late["instrument"], late["channel"], late["value"], late["mono_ms"]) == (
        "y504-1",
        "do",
        80.0,
        AT.mono_ms - 10_000,
    )
    assert (late["flag"], late["reasons"]) == (4, ["spike"])


def test_nought_is_a_value() -> None:
    (reading,) = told(batch(0.0))["readings"]
    assert (reading["value"], reading["flag"]) == (0.0, 1)


def test_an_alarm_names_its_picture_and_where_it_is() -> None:
    message = told(ALARM)
    assert outgoing(ALARM).topic == "county/1/pond-1/alarm"
    assert message["regions"] == [{"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4, "score": 0.91}]
    assert (message["kind"], message["camera"], message["episode"]) == ("smoke", "north", "e1")
    assert (message["event"], message["score"], message["model"]) == ("opened", 0.91, "smoke-1")
    assert message["picture"] == SHA256
    picture = outgoing(PICTURE)
    assert message["picture_topic"] == picture.topic == f"county/1/pond-1/picture/{SHA256}"
    assert (picture.payload, picture.media_type, picture.retain) == (JPEG, "image/jpeg", False)


def test_an_alarm_without_picture_names_none() -> None:
    message = told(msgspec.structs.replace(ALARM, event=Event.CLOSED, evidence=None, score=None, boxes=()))
    assert (message["picture"], message["picture_topic"]) == (None, None)
    assert (message["event"], message["score"], message["regions"]) == ("closed", None, [])


def test_health_says_everything_that_the_device_said() -> None:
    message = told(HEALTH)
    assert outgoing(HEALTH).topic == "county/1/pond-1/health"
    assert message["spool"] == {"messages": 7, "bytes": 4096, "oldest_age_ms": 1500}
    assert message["board"]["temperature_c"] == 51.5
    assert message["services"] == [
        {"name": "sender", "alive": True, "restarts": 0, "beat_age_ms": 20, "last_fault": ""}
    ]
    assert message["instruments"][0]["trouble"] == "no reply"
    assert message["cameras"][0]["judged"] == 55
    for name in HEALTH.__struct_fields__:
        assert name == "at" or name in message, f"{name} is not told"


@pytest.mark.parametrize("states", [(True, True), (True, False), (False, False)])
def test_online_is_one_retained_message_for_all_programs(states: tuple[bool, bool]) -> None:
    programs = [Online("sense", states[0], "1"), Online("watch", states[1], "1")]
    (message,) = TOPICS.online("pond-1", 12, programs, AT.wall_ms)
    assert (message.topic, message.retain) == ("county/1/pond-1/online", True)
    assert json.loads(message.payload) == {
        "id": "pond-1/online/12",
        "site": "pond-1",
        "online": any(states),
        "programs": [
            {"program": "sense", "online": states[0], "version": "1"},
            {"program": "watch", "online": states[1], "version": "1"},
        ],
        "time": "2026-09-21T22:13:20.123+08:00",
    }


def test_another_prefix() -> None:
    (message,) = CountyTopics("浙江/湖州").online("pond-1", 1, [], 0)
    assert message.topic == "浙江/湖州/pond-1/online"


def test_the_same_message_is_the_same_bytes_at_each_telling() -> None:
    for body in (batch(8.5), ALARM, HEALTH, PICTURE):
        assert outgoing(body) == outgoing(body)
        assert outgoing(body, 8) == outgoing(body, 7) if body is PICTURE else outgoing(body, 8) != outgoing(body, 7)


@pytest.mark.parametrize(
    ("wall_ms", "expected"),
    [
        (0, "1970-01-01T08:00:00.000+08:00"),
        (1_709_222_399_999, "2024-02-29T23:59:59.999+08:00"),
        (1_767_196_800_000, "2026-01-01T00:00:00.000+08:00"),
        (1_577_808_000_005, "2020-01-01T00:00:00.005+08:00"),
        (END_MS - 1, "9999-12-31T07:59:59.999+08:00"),
    ],
)
def test_times_are_chinas(wall_ms: int, expected: str) -> None:
    assert told_time(wall_ms) == expected


@given(st.integers(0, END_MS - 1))
def test_a_time_can_be_read_back_to_the_millisecond(wall_ms: int) -> None:
    read = datetime.fromisoformat(told_time(wall_ms))
    assert read.utcoffset() == timedelta(hours=8)
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    assert (read - epoch) // timedelta(milliseconds=1) == wall_ms
