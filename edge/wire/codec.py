"""Messages to bytes and back: MessagePack, batches in a form of their own; deflated where that helps, bounded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from edge.wire import dense, legend
from edge.wire.legend import Legend
from edge.wire.messages import Ack, Alarm, Batch, Body, ClockFix, Evidence, Health, Online, Wire
from edge.wire.octets import Reader, unsigned
from edge.wire.squeeze import PLAIN, MalformedError, deflated, inflated
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import Kind

__all__ = ["MalformedError"]

VERSION = 1
WITH_LEGEND = b"\x02"
Small = TypeVar("Small")
_TYPES: dict[Kind, type[Body]] = {
    Kind.BATCH: Batch,
    Kind.ALARM: Alarm,
    Kind.EVIDENCE: Evidence,
    Kind.HEALTH: Health,
    Kind.CLOCK: ClockFix,
}


class UnknownLegendError(Exception):
    """A batch whose legend isn't known here yet: it can be read once the legend has come."""


Legends = Callable[[bytes], Legend | None]
"""Finds a legend by its digest."""


class Envelope(Wire, frozen=True):
    """What every message from a spool travels in: its identity, and its body as it stood on the disk."""

    version: int
    stream: str
    seq: int
    body: bytes


def kind_of(body: Body) -> Kind:
    """The topic's kind that belongs to a body."""
    return next(kind for kind, known in _TYPES.items() if isinstance(body, known))


@dataclass(slots=True)
class Encoder:
    """Encodes the bodies of one program; what its batches' legends already named is remembered."""

    legends: legend.Writer = field(default_factory=legend.Writer)

    def encode(self, body: Body) -> bytes:
        """The bytes that a spool keeps: one byte of form, then the message, deflated if that is smaller; a batch is
        kept behind its legend, so that it can be read by itself."""
        if isinstance(body, Batch):
            digest, told = self.legends.legend_for(body)
            dense_form = deflated(digest + dense.write(body, self.legends.number))
            return WITH_LEGEND + unsigned(len(told)) + told + dense_form
        plain = msgspec.msgpack.encode(body)
        return PLAIN + plain if isinstance(body, Evidence) else deflated(plain)


def encode_kept(body: Body) -> bytes:
    """One body as a spool keeps it, whatever was encoded before."""
    return Encoder().encode(body)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is kept, as it goes on the air: a batch's legend (empty for other messages), and the body."""

    legend: bytes
    body: bytes


def parted(kept: bytes) -> Parts:
    """The parts of what `Encoder.encode` made; MalformedError for anything else."""
    if kept[:1] != WITH_LEGEND:
        return Parts(b"", kept)
    reader = Reader(kept[1:])
    try:
        told = reader.take(reader.unsigned())
    except ValueError as fault:
        raise MalformedError(f"batch without its legend: {fault}") from fault
    return Parts(told, reader.rest())


def decode_kept(kind: Kind, kept: bytes) -> Body:
    """The message that `Encoder.encode` was given; MalformedError where the bytes hold none."""
    parts = parted(kept)
    known = decode_legend(parts.legend) if parts.legend else None
    digest = legend.digest(parts.legend)
    try:
        return decode_body(kind, parts.body, lambda wanted: known if wanted == digest else None)
    except UnknownLegendError as missing:
        raise MalformedError(f"{kind}: behind a legend that isn't its own, {missing}") from missing


def decode_body(kind: Kind, data: bytes, legends: Legends) -> Body:
    """The message of the given kind; MalformedError where the bytes hold none, UnknownLegendError where `legends` has
    not what a batch refers to."""
    known = _TYPES.get(kind)
    if known is None:
        raise MalformedError(f"kind {kind!r} travels in no envelope; expected one of {[str(k) for k in _TYPES]}")
    plain = inflated(data)
    try:
        return _batch(plain, legends) if known is Batch else msgspec.msgpack.decode(plain, type=known)
    except (ValueError, msgspec.MsgspecError) as fault:
        raise MalformedError(f"{kind}: {fault}") from fault


def decode_legend(data: bytes) -> Legend:
    """A legend; MalformedError for anything else."""
    return _decoded(inflated(data), Legend)


def _batch(plain: bytes, legends: Legends) -> Batch:
    digest = plain[: legend.DIGEST_SIZE]
    if len(digest) < legend.DIGEST_SIZE:
        raise ValueError(f"batch of {len(plain)} bytes")
    known = legends(digest)
    if known is None:
        raise UnknownLegendError(digest.hex())
    return dense.read(plain[legend.DIGEST_SIZE :], known)


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
