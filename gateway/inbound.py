"""What came in from the broker, judged: a message for the archive, a presence, or one that goes to the dead letters.

Pure. Whatever passes here can be stored and told as JSON: times within the calendar, numbers that are numbers, names
that may stand in a topic. What doesn't would otherwise stop the archive's transaction for everybody.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from edge.link.link import Incoming
from edge.wire import codec, topics
from edge.wire.legend import Legend, digest
from edge.wire.messages import Alarm, Batch, Body, ClockFix, Evidence, Online
from edge.wire.topics import Kind
from sensors.reading import ClockState, Reason, Stamp

END_MS = 253_402_214_400_000
"""The last day of year 9999, UTC: no later time can be told as a date."""
MAX_INTEGER = 2**53
"""What a JSON number holds exactly (RFC 8259, 6), and less than what SQLite does."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_REASONS = frozenset({"", *map(str, Reason)})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,32}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What names a message for ever."""

    site: str
    stream: str
    seq: int

    def __str__(self) -> str:
        return f"{self.site}/{self.stream}/{self.seq}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sound message from a spool; `corrected` once its time was put right by its boot's clock (`gateway.clocks`)."""

    identity: Identity
    body: Body
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A legend, which batches of the site refer to by its digest; `data` as it came."""

    site: str
    digest: bytes
    data: bytes
    legend: Legend


@dataclass(frozen=True, slots=True)
class Unread:
    """A batch whose legend hasn't come: neither kept nor acknowledged. The device sends both again."""

    topic: str
    legend: str


@dataclass(frozen=True, slots=True)
class Presence:
    """A program of a site came or went."""

    site: str
    online: Online


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that can't be used, and why. One with an identity is acknowledged: sending it again helps nobody."""

    topic: str
    payload: bytes
    reason: str
    site: str = ""
    identity: Identity | None = None


Judged = Entry | Told | Presence | DeadLetter | Unread
Known = Callable[[str, bytes], Legend | None]
"""Finds a site's legend by its digest."""


def judge(message: Incoming, sites: frozenset[str], known: Known) -> Judged:
    """What a message is, where `sites` may send and `known` are the legends that came before."""
    address = topics.parse(message.topic)
    if address is None or address.direction != "up":
        return DeadLetter(message.topic, message.payload, "topic is not of this contract")
    if address.site not in sites:
        return DeadLetter(message.topic, message.payload, "site is not in the gateway's configuration", address.site)
    match address.kind:
        case Kind.ONLINE:
            return _presence(message, address.site, address.leaf)
        case Kind.LEGEND:
            return _legend(message, address.site, address.leaf)
        case _:
            return _entry(message, address.site, address.kind, known)


def _legend(message: Incoming, site: str, name: str) -> Told | DeadLetter:
    try:
        legend = codec.decode_legend(message.payload)
    except codec.MalformedError as fault:
        return DeadLetter(message.topic, message.payload, str(fault), site)
    found = digest(message.payload)
    if found.hex() != name:
        return DeadLetter(message.topic, message.payload, f"legend {found.hex()} under the name {name!r}", site)
    return Told(site, found, message.payload, legend)


def _presence(message: Incoming, site: str, program: str) -> Presence | DeadLetter:
    try:
        online = codec.decode_online(message.payload)
    except codec.MalformedError as fault:
        return DeadLetter(message.topic, message.payload, str(fault), site)
    if online.program != program or not _NAME.fullmatch(program):
        return DeadLetter(message.topic, message.payload, f"program {online.program!r} on this topic", site)
    return Presence(site, online)


def _entry(message: Incoming, site: str, kind: Kind, known: Known) -> Entry | DeadLetter | Unread:
    identity = None
    try:
        envelope = codec.unseal(message.payload)
        if not _NAME.fullmatch(envelope.stream) or envelope.seq >= MAX_INTEGER:
            raise codec.MalformedError(f"identity {envelope.stream!r}, {envelope.seq} is not of the expected form")
        identity = Identity(site, envelope.stream, envelope.seq)
        body = codec.decode_body(kind, envelope.body, partial(known, site))
        _check(body)
    except codec.UnknownLegendError as missing:
        return Unread(message.topic, str(missing))
    except ValueError as fault:  # MalformedError, and what the types themselves refuse
        return DeadLetter(message.topic, message.payload, str(fault), site, identity)
    return Entry(identity, body)


def _check(body: Body) -> None:
    """ValueError for a body that can't be kept or told."""
    match body:
        case Batch():
            _check_batch(body)
        case Evidence():
            _check_evidence(body)
        case Alarm():
            _check_alarm(body)
        case ClockFix():
            _check_fix(body)
        case _:
            _check_stamp(body.at)


def _check_batch(batch: Batch) -> None:
    columns = (*batch.series, *batch.corrections)
    offsets = [offset for series in columns for offset in series.offsets]
    for offset in (0, min(offsets, default=0), max(offsets, default=0)):
        _check_stamp(Stamp(batch.wall_ms + offset, batch.mono_ms + offset, batch.boot, batch.clock, batch.error_ms))
    for series in columns:
        if not all(map(math.isfinite, (value for value in series.values if value is not None))):
            raise ValueError(f"{series.instrument}.{series.channel}: not all of {series.values} are numbers")
    unknown = {word for series in columns for words in set(series.reasons) for word in words.split(",")} - _REASONS
    if unknown:
        raise ValueError(f"reasons {sorted(unknown)} are not known here")


def _check_evidence(picture: Evidence) -> None:
    _check_stamp(picture.at)
    if sha256(picture.data).hexdigest() != picture.sha256:
        raise ValueError(f"picture doesn't have the SHA-256 that it is said to have: {picture.sha256!r}")
    if not _MEDIA_TYPE.fullmatch(picture.media_type):
        raise ValueError(f"media type {picture.media_type!r}; expected one of a picture, such as image/jpeg")
    if not (0 < picture.width < MAX_INTEGER and 0 < picture.height < MAX_INTEGER):
        raise ValueError(f"picture of {picture.width} x {picture.height} pixels")


def _check_alarm(alarm: Alarm) -> None:
    _check_stamp(alarm.at)
    if alarm.evidence is not None and not _SHA256.fullmatch(alarm.evidence):
        raise ValueError(f"evidence {alarm.evidence!r} is not a SHA-256")
    _check_number(alarm.score, "score")
    for box in alarm.boxes:
        for number in (box.x, box.y, box.width, box.height, box.score):
            _check_number(number, "box")


def _check_fix(fix: ClockFix) -> None:
    _check_stamp(fix.at)
    if fix.at.clock is not ClockState.SYNCHRONISED or fix.at.error_ms is None:
        raise ValueError(f"a clock is told by a clock that is {fix.at.clock} within {fix.at.error_ms} ms")
    if abs(fix.off_ms) >= MAX_INTEGER:
        raise ValueError(f"clock off by {fix.off_ms} ms")


def _check_number(value: float | None, what: str) -> None:
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{what}: {value} is not a number; expected one, or none with a reason")


def in_calendar(wall_ms: int) -> bool:
    """Can this time be told as a date?"""
    return 0 <= wall_ms < END_MS


def _check_stamp(at: Stamp) -> None:
    if not (in_calendar(at.wall_ms) and 0 <= at.mono_ms < MAX_INTEGER and 0 <= (at.error_ms or 0) < MAX_INTEGER):
        raise ValueError(f"time out of bounds: wall {at.wall_ms} ms, monotonic {at.mono_ms} ms, error {at.error_ms} ms")
