"""The codec: every message comes back as it went, and no bytes whatever do harm."""

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_kit import ALARMS, FIXES, HEALTHS, PICTURES, READINGS

from edge.wire import codec, columns
from edge.wire.codec import MalformedError
from edge.wire.messages import Ack, Alarm, Batch, Body, ClockFix, Event, Evidence, Health, Online
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import Kind
from sensors.reading import GOOD, ClockState, Reading, Stamp

AT = Stamp(1_790_000_000_000, 50_000, "boot-1", ClockState.SYNCHRONISED, 3)
ALARM = Alarm("smoke", "north", "e1", Event.OPENED, AT, 0.5)


def there_and_back(body: Body) -> Body:
    sealed = codec.seal("stream", 7, codec.encode_body(body))
    return codec.decode_body(codec.kind_of(body), codec.unseal(sealed).body)


@given(ALARMS | HEALTHS | PICTURES | FIXES)
def test_every_message_comes_back_as_it_went(body: Alarm | Health | Evidence | ClockFix) -> None:
    assert there_and_back(body) == body


@given(st.lists(READINGS, max_size=10))
def test_batches_come_back_as_they_went(readings: list[Reading]) -> None:
    for batch in columns.pack(readings):
        assert there_and_back(batch) == batch


@given(st.lists(st.tuples(st.integers(1, 2**50), st.integers(1, 2**50)), max_size=5), st.booleans())
def test_small_messages_come_back_as_they_went(runs: list[tuple[int, int]], online: bool) -> None:
    ack = Ack("stream", tuple(runs))
    assert codec.decode_ack(codec.encode_small(ack)) == ack
    presence = Online("sense", online, "1.0")
    assert codec.decode_online(codec.encode_small(presence)) == presence


@given(st.integers(0, 2**50), st.integers(0, 2**50), st.sampled_from(ClockState))
def test_question_and_answer_come_back_as_they_went(mono_ms: int, wall_ms: int, clock: ClockState) -> None:
    assert codec.decode_time_request(codec.encode_small(TimeRequest(mono_ms))) == TimeRequest(mono_ms)
    offer = TimeOffer(mono_ms, wall_ms, clock, 5)
    assert codec.decode_time_offer(codec.encode_small(offer)) == offer


def test_the_form_on_the_air_stays_as_it_is() -> None:
    """A device in the field and a newer gateway must agree: these bytes were written by version 1."""
    body = codec.encode_body(ALARM)
    plain = bytes.fromhex("00 99 a5") + b"smoke" + bytes.fromhex("a5") + b"north" + bytes.fromhex("a2") + b"e1"
    assert body.startswith(plain)
    assert codec.seal("ab", 1, b"\x00") == bytes.fromhex("94 01 a2 61 62 01 c4 01 00")


def test_a_batch_is_smaller_on_the_air_than_plain() -> None:
    readings = [
        Reading(f"probe-{number}", "temperature", "Cel", "w01010", 20.0 + number, GOOD, AT)
        for number in range(8)
        for _ in range(60)
    ]
    (batch,) = columns.pack(readings)
    assert codec.encode_body(batch)[:1] == codec.DEFLATED
    assert len(codec.encode_body(batch)) < len(msgspec.msgpack.encode(batch)) / 4


def test_a_picture_is_not_deflated() -> None:
    picture = Evidence("e", "north", AT, "image/jpeg", 1, 1, "", bytes(10_000))
    assert codec.encode_body(picture)[:1] == codec.PLAIN


@given(st.binary(max_size=300), st.sampled_from(Kind))
def test_no_bytes_raise_anything_but_malformed(data: bytes, kind: Kind) -> None:
    small = (codec.decode_ack, codec.decode_online, codec.decode_time_request, codec.decode_time_offer)
    for decode in (codec.unseal, *small, lambda data: codec.decode_body(kind, data)):
        try:
            decode(data)
        except MalformedError as fault:
            assert str(fault)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_flipped_byte_is_never_more_than_malformed(place: int, value: int) -> None:
    sealed = bytearray(codec.seal("stream", 7, codec.encode_body(ALARM)))
    sealed[place % len(sealed)] = value
    try:
        codec.decode_body(Kind.ALARM, codec.unseal(bytes(sealed)).body)
    except MalformedError as fault:
        assert str(fault)


@pytest.mark.parametrize("size", range(0, 40, 3))
def test_a_message_cut_short_is_malformed(size: int) -> None:
    sealed = codec.seal("stream", 7, codec.encode_body(ALARM))
    with pytest.raises(MalformedError):
        codec.decode_body(Kind.ALARM, codec.unseal(sealed[:size]).body)


def _deflated(value: Any) -> bytes:
    return codec.DEFLATED + zlib.compress(msgspec.msgpack.encode(value))


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (Kind.BATCH, b"", "body begins with"),
        (Kind.BATCH, b"\x07abc", "body begins with"),
        (Kind.BATCH, codec.DEFLATED + b"no deflate", "can't be inflated"),
        (Kind.BATCH, _deflated([1] * 100)[:-5], "cut off"),
        (Kind.BATCH, codec.DEFLATED + zlib.compress(bytes(codec.MAX_BODY + 1)), "more than"),
        (Kind.BATCH, _deflated({"boot": "b"}), "Expected `array`"),
        (Kind.BATCH, _deflated(["b", "tomorrow", None, 0, 0, []]), "Invalid enum value"),
        (
            Kind.BATCH,
            _deflated(["b", "unset", None, 0, 0, [["i", "c", "u", "", [0], [], [1], [""]]]]),
            "differ in length",
        ),
        (
            Kind.ALARM,
            codec.encode_body(Batch("b", ClockState.UNSET, None, 0, 0, ())),
            "Expected `str`|Expected `array`",
        ),
        (Kind.ACK, codec.PLAIN, "travels in no envelope"),
    ],
)
def test_malformed_bodies_say_what_was_found(kind: Kind, data: bytes, told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        codec.decode_body(kind, data)


@pytest.mark.parametrize(
    ("envelope", "told"),
    [
        ([2, "s", 1, b""], "version 2; this program knows version 1"),
        ([1, "s", 0, b""], "without an identity"),
        ([1, "s", -4, b""], "without an identity"),
        ([1, "", 1, b""], "without an identity"),
        ([1, "s", "1", b""], "Expected `int`"),
        ([1, "s"], "at least"),
    ],
)
def test_malformed_envelopes_say_what_was_found(envelope: list[Any], told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        codec.unseal(msgspec.msgpack.encode(envelope))


def test_a_newer_sender_may_say_more() -> None:
    """Fields added at the end by a later version are passed over, and those an older one lacks have their default."""
    newer = msgspec.msgpack.encode([*msgspec.to_builtins(Online("sense", online=True)), "more", 3])
    assert codec.decode_online(newer) == Online("sense", online=True)
    older = msgspec.msgpack.encode(["sense", True])
    assert codec.decode_online(older) == Online("sense", online=True, version="")
