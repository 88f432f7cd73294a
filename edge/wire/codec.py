"""Messages to bytes and back: MessagePack, deflated where that helps, checked and bounded on the way in."""

import zlib
from typing import TypeVar

import msgspec

from edge.wire.messages import Ack, Alarm, Batch, Body, ClockFix, Evidence, Health, Online, Wire
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import Kind

VERSION = 1
PLAIN, DEFLATED = b"\x00", b"\x01"
MAX_BODY = 16 * 1024 * 1024
Small = TypeVar("Small")
_TYPES: dict[Kind, type[Body]] = {
    Kind.BATCH: Batch,
    Kind.ALARM: Alarm,
    Kind.EVIDENCE: Evidence,
    Kind.HEALTH: Health,
    Kind.CLOCK: ClockFix,
}


class MalformedError(ValueError):
    """Bytes that are not a message of this contract; says what was found."""


class Envelope(Wire, frozen=True):
    """What every message from a spool travels in: its identity, and its body as it stood on the disk."""

    version: int
    stream: str
    seq: int
    body: bytes


def kind_of(body: Body) -> Kind:
    """The topic's kind that belongs to a body."""
    return next(kind for kind, known in _TYPES.items() if isinstance(body, known))


def encode_body(body: Body) -> bytes:
    """The bytes that a spool keeps: one byte of form, then MessagePack, deflated if that is smaller."""
    plain = msgspec.msgpack.encode(body)
    if isinstance(body, Evidence):
        return PLAIN + plain
    small = zlib.compress(plain, 6)
    return DEFLATED + small if len(small) < len(plain) else PLAIN + plain


def decode_body(kind: Kind, data: bytes) -> Body:
    """The message of the given kind; MalformedError where the bytes hold none."""
    known = _TYPES.get(kind)
    if known is None:
        raise MalformedError(f"kind {kind!r} travels in no envelope; expected one of {[str(k) for k in _TYPES]}")
    try:
        return msgspec.msgpack.decode(_inflated(data), type=known)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise MalformedError(f"{kind}: {fault}") from fault


def seal(stream: str, seq: int, body: bytes) -> bytes:
    """A body from the spool with its identity, ready to publish."""
    return msgspec.msgpack.encode(Envelope(VERSION, stream, seq, body))


def unseal(data: bytes) -> Envelope:
    """The envelope in a payload; MalformedError for anything else, or a version that isn't known here."""
    envelope = _decoded(data, Envelope)
    if envelope.version != VERSION:
        raise MalformedError(f"envelope of version {envelope.version}; this program knows version {VERSION}")
    if envelope.seq < 1 or not envelope.stream:
        raise MalformedError(f"envelope without an identity: stream {envelope.stream!r}, seq {envelope.seq}")
    return envelope


def encode_small(message: Ack | Online | TimeRequest | TimeOffer) -> bytes:
    """A message that travels without an envelope."""
    return msgspec.msgpack.encode(message)


def decode_ack(data: bytes) -> Ack:
    """An acknowledgement; MalformedError for anything else."""
    return _decoded(data, Ack)


def decode_online(data: bytes) -> Online:
    """A program's presence; MalformedError for anything else."""
    return _decoded(data, Online)


def decode_time_request(data: bytes) -> TimeRequest:
    """A device's question for the time; MalformedError for anything else."""
    return _decoded(data, TimeRequest)


def decode_time_offer(data: bytes) -> TimeOffer:
    """The gateway's answer; MalformedError for anything else."""
    return _decoded(data, TimeOffer)


def _decoded(data: bytes, known: type[Small]) -> Small:
    try:
        return msgspec.msgpack.decode(data, type=known)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise MalformedError(f"{known.__name__}: {fault}") from fault


def _inflated(data: bytes) -> bytes:
    form, rest = data[:1], data[1:]
    if form == PLAIN:
        return rest
    if form != DEFLATED:
        raise MalformedError(f"body begins with {form!r}; expected {PLAIN!r} or {DEFLATED!r}")
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(rest, MAX_BODY)
    except zlib.error as fault:
        raise MalformedError(f"body can't be inflated: {fault}") from fault
    if not inflater.eof:
        raise MalformedError(f"body is cut off or inflates to more than {MAX_BODY} bytes")
    return plain
