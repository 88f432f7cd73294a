"""What comes in is judged before anything is stored: kept, or dead with a reason."""

from dataclasses import replace

import msgspec
import pytest
from gateway_kit import ALARM, AT, FIX, HEALTH, PICTURE, STREAM, batch, came, corrected, known, sent, told
from hypothesis import given
from hypothesis import strategies as st

from edge.link.link import Incoming
from edge.wire import codec
from edge.wire.dense import MAX_READINGS
from edge.wire.messages import Body, Box, Online, Series
from gateway.inbound import DeadLetter, Entry, Identity, Presence, Told, Unread, judge
from sensors.reading import ClockState

SITES = frozenset({"pond-1"})


def dead(message: Incoming) -> DeadLetter:
    found = judge(message, SITES, known)
    assert isinstance(found, DeadLetter), found
    assert (found.topic, found.payload) == (message.topic, message.payload)
    return found


@pytest.mark.parametrize("body", [batch(8.5, None), ALARM, PICTURE, HEALTH, FIX], ids=lambda body: type(body).__name__)
def test_a_sound_message_is_kept(body: Body) -> None:
    found = judge(sent(body, 7), SITES, known)
    assert isinstance(found, Entry)
    assert (found.identity, found.body) == (Identity("pond-1", STREAM, 7), body)
    assert str(found.identity) == f"pond-1/{STREAM}/7"


def test_a_batch_comes_with_what_it_says_of_earlier_readings() -> None:
    found = judge(sent(corrected(8.5, 80.0), 1), SITES, known)
    assert isinstance(found, Entry)
    assert found.body == corrected(8.5, 80.0)


def test_a_batch_whose_legend_never_came_is_neither_kept_nor_dead() -> None:
    message = sent(batch(8.5), 1)
    found = judge(message, SITES, lambda _site, _digest: None)
    assert isinstance(found, Unread)
    assert (found.topic, len(found.legend)) == (message.topic, 16)


def test_a_legend_is_known_by_its_digest() -> None:
    legend, _ = told(sent(batch(8.5), 1))
    found = judge(legend, SITES, known)
    assert isinstance(found, Told)
    assert (found.site, found.legend.boot) == ("pond-1", "boot-1")
    assert [one.channel for one in found.legend.names] == ["do"]
    assert "under the name" in dead(replace(legend, topic="luxi/1/pond-1/up/legend/0011223344556677")).reason
    assert dead(replace(legend, payload=b"no legend")).identity is None


def test_corrections_count_among_what_a_batch_may_name() -> None:
    many = corrected(8.5, 80.0)
    late = many.corrections[0]
    count = MAX_READINGS
    columns = {"offsets": late.offsets * count, "values": late.values * count}
    columns |= {"flags": late.flags * count, "reasons": late.reasons * count}
    many = msgspec.structs.replace(many, corrections=(msgspec.structs.replace(late, **columns),))
    found = judge(sent(many, 1), SITES, known)
    assert isinstance(found, DeadLetter)
    assert "expected at most" in found.reason


def test_a_program_that_comes_and_goes_is_a_presence() -> None:
    assert judge(came("sense", online=False), SITES, known) == Presence(
        "pond-1", Online("sense", online=False, version="0.1.0")
    )


def test_a_site_that_is_not_configured_is_refused_and_not_acknowledged() -> None:
    for message in (sent(ALARM, 1, site="stranger"), came("sense", site="stranger")):
        found = dead(message)
        assert found.identity is None
        assert found.site == "stranger"
        assert "not in the gateway's configuration" in found.reason


@pytest.mark.parametrize("topic", ["luxi/1/pond-1/up/batch/extra/more", "luxi/1/pond-1/down/ack/s", "weather", ""])
def test_a_foreign_topic_is_a_dead_letter(topic: str) -> None:
    assert dead(Incoming(topic, b"x")).identity is None


def test_what_has_no_readable_envelope_has_no_identity() -> None:
    found = dead(Incoming("luxi/1/pond-1/up/batch", b"no MessagePack"))
    assert (found.identity, found.site) == (None, "pond-1")
    assert found.reason


def test_what_has_an_envelope_and_no_body_has_its_identity() -> None:
    sealed = codec.seal(STREAM, 9, b"\x00broken")
    assert dead(Incoming("luxi/1/pond-1/up/batch", sealed)).identity == Identity("pond-1", STREAM, 9)


def test_a_body_on_another_kinds_topic_is_dead() -> None:
    message = sent(ALARM, 3)
    assert dead(replace(message, topic="luxi/1/pond-1/up/health")).identity == Identity("pond-1", STREAM, 3)


@pytest.mark.parametrize("stream", ["a/b", "a+", "#", "a b", "流", "x" * 65, ".hidden"])
def test_a_stream_that_could_not_stand_in_a_topic_is_not_acknowledged(stream: str) -> None:
    assert dead(sent(ALARM, 1, stream=stream)).identity is None


def test_a_number_that_no_disk_holds_is_not_acknowledged() -> None:
    assert dead(sent(ALARM, 2**53)).identity is None


BEYOND = [
    replace(AT, wall_ms=-1),
    replace(AT, wall_ms=2**63),
    replace(AT, wall_ms=253_402_300_800_000),
    replace(AT, mono_ms=-1),
    replace(AT, mono_ms=2**63),
    replace(AT, error_ms=-1),
    replace(AT, error_ms=2**64 - 1),
]


@pytest.mark.parametrize("at", BEYOND, ids=str)
def test_times_out_of_the_calendar_are_dead(at: object) -> None:
    for body in (
        msgspec.structs.replace(ALARM, at=at),
        msgspec.structs.replace(HEALTH, at=at),
        msgspec.structs.replace(PICTURE, at=at),
        msgspec.structs.replace(FIX, at=at),
    ):
        assert "out of bounds" in dead(sent(body, 1)).reason


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"wall_ms": -5}, "out of bounds"),
        ({"mono_ms": 2**60}, "out of bounds"),
        ({"error_ms": 2**60}, "out of bounds"),
        ({"wall_ms": 253_402_214_399_999}, "out of bounds"),
    ],
)
def test_batches_out_of_the_calendar_are_dead(changes: dict[str, int], told: str) -> None:
    body = msgspec.structs.replace(batch(1.0), **changes)
    series = msgspec.structs.replace(body.series[0], offsets=(5,))
    assert told in dead(sent(msgspec.structs.replace(body, series=(series,)), 1)).reason


@pytest.mark.parametrize(
    "series",
    [
        Series("i", "c", "u", "", (0,), (float("nan"),), (1,), ("",)),
        Series("i", "c", "u", "", (0,), (float("inf"),), (1,), ("",)),
        Series("i", "c", "u", "", (0,), (None,), (1,), ("",)),
        Series("i", "c", "u", "", (0,), (1.0,), (7,), ("",)),
        Series("i", "c", "u", "", (0,), (1.0,), (4,), ("bored",)),
    ],
)
def test_values_that_are_none_are_dead(series: Series) -> None:
    body = msgspec.structs.replace(batch(1.0), series=(series,))
    assert dead(sent(body, 1)).identity == Identity("pond-1", STREAM, 1)


def test_a_batch_that_names_millions_in_a_few_bytes_is_dead() -> None:
    count = MAX_READINGS + 1
    series = Series("i", "c", "u", "", (0,) * count, (1.0,) * count, (1,) * count, ("",) * count)
    body = msgspec.structs.replace(batch(1.0), clock=ClockState.UNSET, series=(series,))
    assert len(sent(body, 1).payload) < 10_000
    assert "expected at most" in dead(sent(body, 1)).reason


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"data": b"another"}, "SHA-256"),
        ({"media_type": "image/jpeg\r\nx"}, "media type"),
        ({"media_type": "text/html"}, "media type"),
        ({"width": 0}, "pixels"),
        ({"height": 2**63}, "pixels"),
    ],
)
def test_a_picture_that_is_not_what_it_says_is_dead(changes: dict[str, object], told: str) -> None:
    assert told in dead(sent(msgspec.structs.replace(PICTURE, **changes), 1)).reason


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": "../../../etc"},
        {"evidence": "#"},
        {"score": float("nan")},
        {"boxes": (Box(0.1, float("inf"), 0.1, 0.1, 0.5),)},
    ],
)
def test_an_alarm_that_cannot_be_told_is_dead(changes: dict[str, object]) -> None:
    assert dead(sent(msgspec.structs.replace(ALARM, **changes), 1)).identity is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"at": replace(AT, clock=ClockState.RESTORED)},
        {"at": replace(AT, error_ms=None)},
        {"off_ms": 2**53},
        {"off_ms": -(2**63)},
    ],
    ids=str,
)
def test_a_fix_by_a_clock_that_is_not_right_is_dead(changes: dict[str, object]) -> None:
    assert "clock" in dead(sent(msgspec.structs.replace(FIX, **changes), 1)).reason


def test_a_presence_must_be_of_the_program_that_its_topic_names() -> None:
    assert "program" in dead(replace(came("sense"), topic="luxi/1/pond-1/up/online/watch")).reason
    assert dead(Incoming("luxi/1/pond-1/up/online/sense", b"")).identity is None


TOPICS = st.sampled_from([f"luxi/1/pond-1/up/{kind}" for kind in ("batch", "alarm", "evidence", "health")])


@given(TOPICS | st.text(max_size=30), st.binary(max_size=200), st.integers(-1, 2**64 - 1))
def test_nothing_that_comes_in_stops_the_gateway(topic: str, payload: bytes, seq: int) -> None:
    assert isinstance(judge(Incoming(topic, payload), SITES, known), DeadLetter)
    sealed = msgspec.msgpack.encode([1, STREAM, seq, b"\x00" + payload])
    assert isinstance(judge(Incoming(topic, sealed), SITES, known), Entry | DeadLetter | Unread)
