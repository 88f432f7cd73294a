"""Putting a message's time right by what its boot's clock was found to be; never by another boot's. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from edge.runtime.known import Known
from edge.wire.messages import Batch, Body
from gateway.inbound import Entry, in_calendar
from sensors.reading import ClockState, Stamp


def stamp_of(body: Body) -> Stamp:
    """The moment that a message carries."""
    if isinstance(body, Batch):
        return Stamp(body.wall_ms, body.mono_ms, body.boot, body.clock, body.error_ms)
    return body.at


def in_doubt(entry: Entry) -> bool:
    """Was the clock wrong, or may it have been, when the message was made?"""
    return entry.corrected or stamp_of(entry.body).clock is not ClockState.SYNCHRONISED


def put_right(entry: Entry, known: Sequence[Known]) -> Entry:
    """The entry with its true time, where something is `known` of its boot: the most exact at its moment counts."""
    at = stamp_of(entry.body)
    if not known or at.clock is ClockState.SYNCHRONISED:
        return entry
    right = min(known, key=lambda one: one.error_at(at.mono_ms)).stamp(at.mono_ms)
    return replace(entry, body=_at(entry.body, right), corrected=True) if _tellable(entry.body, right) else entry


def _tellable(body: Body, right: Stamp) -> bool:
    """Do all its moments stay within the calendar? What a device says of itself may be nonsense."""
    offsets = [offset for series in body.series for offset in series.offsets] if isinstance(body, Batch) else []
    return all(in_calendar(right.wall_ms + offset) for offset in (0, *offsets))


def _at(body: Body, right: Stamp) -> Body:
    if isinstance(body, Batch):
        return msgspec.structs.replace(body, wall_ms=right.wall_ms, clock=right.clock, error_ms=right.error_ms)
    return msgspec.structs.replace(body, at=right)
