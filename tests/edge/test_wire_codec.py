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
from edge.wire.legend import digest, names_of
from edge.wire.messages import Ack, Alarm, Batch, Body, ClockFix, Event, Evidence, Health, Online, Series
from edge.wire.squeeze import DEFLATED, MAX_BODY, PLAIN, inflated
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import Kind
from sensors.reading import ClockState, Reading, Stamp

AT = Stamp(1_790_000_000_000, 50_000, "boot-1", ClockState.SYNCHRONISED, 3)
ALARM = Alarm("smoke", "north", "e1", Event.OPENED, AT, 0.5)
SERIES = Series("y504-1", "do", "mg/L", "w01009", (0, 1000), (8.5, 8.49), (1, 1), ("", ""))
BATCH = Batch(
    "boot-1",
    ClockState.SYNCHRONISED,
    3,
    1_790_000_000_000,
    50_000,
    (SERIES, msgspec.structs.replace(SERIES, channel="temperature", unit="Cel", code="w01010")),
)
MADE = codec.parted(codec.encode_kept(BATCH))
NAME = digest(MADE.legend)


def encoded(body: Body) -> bytes:
    return codec.parted(codec.encode_kept(body)).body


def nothing(_digest: bytes) -> None:
    """No legend is known here."""


def there_and_back(body: Body, encoder: codec.Encoder | None = None) -> Body:
    kept = (encoder or codec.Encoder()).encode(body)
    parts, kind = codec.parted(kept), codec.kind_of(body)
    sealed = codec.seal("stream", 7, parts.body)
    legends = {digest(parts.legend): parts.legend}
    back = codec.decode_body(kind, codec.unseal(sealed).body, lambda one: codec.decode_legend(legends[one]))
    assert codec.decode_kept(kind, kept) == back
    return back


def legend_of(encoder: codec.Encoder, body: Body) -> bytes:
    return codec.parted(encoder.encode(body)).legend


def by_name(batch: Batch) -> Batch:
    """The batch with its series in the order of their names: on the air they have the legend's."""
    order = {"series": batch.series, "corrections": batch.corrections}
    return msgspec.structs.replace(
        batch,
        **{
            name: tuple(sorted(one, key=lambda each: msgspec.structs.astuple(names_of(each))))
            for name, one in order.items()
        },
    )


@given(ALARMS | HEALTHS | PICTURES | FIXES)
def test_every_message_comes_back_as_it_went(body: Alarm | Health | Evidence | ClockFix) -> None:
    assert there_and_back(body) == body


@given(st.lists(st.lists(READINGS, max_size=10), max_size=4))
def test_batches_come_back_as_they_went(groups: list[list[Reading]]) -> None:
    encoder = codec.Encoder()
    for batch in (batch for readings in groups for batch in columns.pack(readings)):
        back = there_and_back(batch, encoder)
        assert isinstance(back, Batch)
        assert by_name(back) == by_name(batch)


@given(st.lists(READINGS, min_size=1, max_size=10), st.lists(READINGS, max_size=5))
def test_corrections_come_back_as_they_went(readings: list[Reading], late: list[Reading]) -> None:
    boot = readings[-1].at.boot
    *_, batch = columns.pack(readings, [one for one in late if one.at.boot == boot])
    back = there_and_back(batch)
    assert isinstance(back, Batch)
    assert by_name(back) == by_name(batch)


def test_a_batch_needs_its_legend() -> None:
    with pytest.raises(codec.UnknownLegendError, match=NAME.hex()):
        codec.decode_body(Kind.BATCH, MADE.body, nothing)


def test_a_legend_serves_until_there_is_something_new_to_tell() -> None:
    encoder = codec.Encoder()
    first, again = legend_of(encoder, BATCH), legend_of(encoder, msgspec.structs.replace(BATCH, wall_ms=5))
    assert first == again
    assert legend_of(encoder, msgspec.structs.replace(BATCH, series=BATCH.series[:1])) == first
    others = [
        legend_of(encoder, msgspec.structs.replace(BATCH, boot="boot-2")),
        legend_of(encoder, msgspec.structs.replace(BATCH, clock=ClockState.RESTORED)),
        legend_of(encoder, msgspec.structs.replace(BATCH, series=(msgspec.structs.replace(SERIES, unit="mmol/L"),))),
    ]
    assert len({first, *others}) == 4
    assert len(codec.decode_legend(others[-1]).names) == 3


@pytest.mark.parametrize(
    ("kept", "told"),
    [(codec.WITH_LEGEND, "without its legend"), (codec.WITH_LEGEND + b"\x05ab", "without its legend")],
)
def test_a_batch_that_lost_its_legend_is_malformed(kept: bytes, told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        codec.decode_kept(Kind.BATCH, kept)
    other = codec.parted(codec.encode_kept(msgspec.structs.replace(BATCH, boot="boot-2"))).legend
    with pytest.raises(MalformedError, match="isn't its own"):
        codec.decode_kept(Kind.BATCH, codec.WITH_LEGEND + bytes([len(other)]) + other + MADE.body)


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
    body = encoded(ALARM)
    plain = bytes.fromhex("00 99 a5") + b"smoke" + bytes.fromhex("a5") + b"north" + bytes.fromhex("a2") + b"e1"
    assert (PLAIN + inflated(body)).startswith(plain)
    assert codec.seal("ab", 1, b"\x00") == bytes.fromhex("94 01 a2 61 62 01 c4 01 00")
    made = codec.parted(codec.encode_kept(msgspec.structs.replace(BATCH, series=(SERIES,))))
    assert inflated(made.legend) == msgspec.msgpack.encode(
        ["boot-1", "synchronised", [["y504-1", "do", "mg/L", "w01009"]]]
    )
    # error 3, wall, mono; one series, the first; one list of two times, 0 and 1000; used by it; one quality, good;
    # all have it; decimals with two places, 850 and one less; no corrections.
    told = "04 80b083c59868 a08d06  01 00  01 02 00 d00f  00  01 01 00  00  08 a40d ff  00 00 00"
    assert inflated(made.body) == digest(made.legend) + bytes.fromhex(told)


def test_a_picture_is_not_deflated() -> None:
    picture = Evidence("e", "north", AT, "image/jpeg", 1, 1, "", bytes(10_000))
    assert encoded(picture)[:1] == PLAIN


@given(st.binary(max_size=300), st.sampled_from(Kind))
def test_no_bytes_raise_anything_but_malformed(data: bytes, kind: Kind) -> None:
    def decoded(data: bytes) -> Body:
        return codec.decode_body(kind, data, lambda _digest: codec.decode_legend(MADE.legend))

    small = (codec.decode_ack, codec.decode_online, codec.decode_time_request, codec.decode_time_offer)
    for decode in (codec.unseal, *small, codec.decode_legend, decoded):
        try:
            decode(data)
        except MalformedError as fault:
            assert str(fault)


@given(st.integers(0, 200), st.integers(0, 255), st.sampled_from([ALARM, BATCH]))
def test_a_flipped_byte_is_never_more_than_malformed(place: int, value: int, body: Alarm | Batch) -> None:
    sealed = bytearray(codec.seal("stream", 7, encoded(body)))
    sealed[place % len(sealed)] = value
    try:
        codec.decode_body(
            codec.kind_of(body), codec.unseal(bytes(sealed)).body, lambda _digest: codec.decode_legend(MADE.legend)
        )
    except MalformedError as fault:
        assert str(fault)


@given(st.binary(max_size=200))
def test_no_octets_under_a_legend_do_harm(data: bytes) -> None:
    try:
        codec.decode_body(Kind.BATCH, PLAIN + NAME + data, lambda _digest: codec.decode_legend(MADE.legend))
    except MalformedError as fault:
        assert str(fault)


@pytest.mark.parametrize("size", range(0, 40, 3))
def test_a_message_cut_short_is_malformed(size: int) -> None:
    sealed = codec.seal("stream", 7, encoded(ALARM))
    with pytest.raises(MalformedError):
        codec.decode_body(Kind.ALARM, codec.unseal(sealed[:size]).body, nothing)


def _squeezed(plain: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return DEFLATED + squeezer.compress(plain) + squeezer.flush()


def _under_legend(text: str) -> bytes:
    return PLAIN + NAME + bytes.fromhex(text)


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (Kind.BATCH, b"", "body begins with"),
        (Kind.BATCH, b"\x07abc", "body begins with"),
        (Kind.BATCH, DEFLATED + b"no deflate", "can't be inflated"),
        (Kind.BATCH, _squeezed(bytes(range(100)))[:-5], "cut off"),
        (Kind.BATCH, _squeezed(bytes(MAX_BODY + 1)), "more than"),
        (Kind.BATCH, PLAIN + b"short", "batch of 5 bytes"),
        (Kind.BATCH, _under_legend("00"), "expected at least"),
        (Kind.BATCH, _under_legend("ffffffffffffffffffff7f"), "more than ten octets"),
        (Kind.BATCH, _under_legend("00 00 00 03"), "3 series under a legend of 2"),
        (Kind.BATCH, _under_legend("00 00 00 01 07 01 00 00 00 00 00"), "number 7 of 2"),
        (Kind.BATCH, _under_legend("00 00 00 01 00 01 01 00 00 01 05 00 00 00 00"), "5 is not a valid Flag"),
        (Kind.BATCH, _under_legend("00 00 00 01 00 01 01 00 00 01 01 00 01 00 02"), "qualities of 2 readings"),
        (Kind.BATCH, _under_legend("00 00 00 01 00 01 01 00 00 01 01 00 00 80 00"), "values of code 128"),
        (Kind.BATCH, _under_legend("00 00 00 00 00 00 00 00 00 07"), "octets too many"),
        (Kind.ALARM, PLAIN + msgspec.msgpack.encode(["smoke"]), "at least"),
        (Kind.ALARM, PLAIN + msgspec.msgpack.encode({"kind": "smoke"}), "Expected `array`"),
        (Kind.ACK, PLAIN, "travels in no envelope"),
    ],
)
def test_malformed_bodies_say_what_was_found(kind: Kind, data: bytes, told: str) -> None:
    with pytest.raises(MalformedError, match=told):
        codec.decode_body(kind, data, lambda _digest: codec.decode_legend(MADE.legend))


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
