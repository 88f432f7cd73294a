"""The gateway's messages as the county's topics and JSON. Pure: storing and sending is the outbox's business."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from edge.link.link import Outgoing
from edge.wire import messages as wire
from gateway import county_messages as county
from gateway.inbound import Entry
from sensors.reading import Flag, Reason, Stamp

JSON = "application/json"
CHINA = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Told = TypeVar("Told", bound=msgspec.Struct)


@lru_cache(4096)  # channels that were read together share their time
def told_time(wall_ms: int) -> str:
    """Milliseconds since 1970 UTC as the county reads them: ISO 8601 at +08:00."""
    return (_EPOCH + timedelta(milliseconds=wall_ms)).astimezone(CHINA).isoformat(timespec="milliseconds")


class CountyTopics:
    """What the county is told, below its prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def entry(self, entry: Entry) -> list[Outgoing]:
        """The messages that one message of a device becomes."""
        site = entry.identity.site
        match entry.body:
            case wire.Batch():
                return [self._json(site, "readings", _readings(entry, entry.body))]
            case wire.Alarm():
                return [self._json(site, "alarm", self._alarm(entry, entry.body))]
            case wire.Health():
                return [self._json(site, "health", _health(entry, entry.body))]
            case wire.Evidence():
                topic = self._picture_topic(site, entry.body.sha256)
                return [Outgoing(topic, entry.body.data, media_type=entry.body.media_type)]
            case wire.ClockFix():
                return [self._json(site, "clock", _clock(entry, entry.body))]

    def online(self, site: str, change: int, programs: Sequence[wire.Online], now_ms: int) -> list[Outgoing]:
        """The message that tells which of a site's programs are there; `change` counts all changes ever."""
        message = county.Online(
            id=f"{site}/online/{change}",
            site=site,
            online=any(program.online for program in programs),
            programs=tuple(_same(program, county.Program) for program in programs),
            time=told_time(now_ms),
        )
        return [self._json(site, "online", message, retain=True)]

    def _alarm(self, entry: Entry, alarm: wire.Alarm) -> county.Alarm:
        site = entry.identity.site
        return county.Alarm(
            **_stamped(entry, alarm.at),
            time=told_time(alarm.at.wall_ms),
            mono_ms=alarm.at.mono_ms,
            kind=alarm.kind,
            camera=alarm.source,
            episode=alarm.episode,
            event=alarm.event,
            score=alarm.score,
            regions=tuple(_same(box, county.Region) for box in alarm.boxes),
            model=alarm.model,
            picture=alarm.evidence,
            picture_topic=None if alarm.evidence is None else self._picture_topic(site, alarm.evidence),
        )

    def _picture_topic(self, site: str, sha256: str) -> str:
        return f"{self._prefix}/{site}/picture/{sha256}"

    def _json(self, site: str, leaf: str, message: county.Message, *, retain: bool = False) -> Outgoing:
        return Outgoing(f"{self._prefix}/{site}/{leaf}", msgspec.json.encode(message), retain, JSON)


def _stamped(entry: Entry, at: Stamp) -> dict[str, Any]:
    """What every message from a device begins with."""
    return {
        "id": str(entry.identity),
        "site": entry.identity.site,
        "boot": at.boot,
        "clock": county.Trust.CORRECTED if entry.corrected else county.Trust(at.clock),
        "clock_error_ms": at.error_ms,
    }


def _readings(entry: Entry, batch: wire.Batch) -> county.Readings:
    base = Stamp(batch.wall_ms, batch.mono_ms, batch.boot, batch.clock, batch.error_ms)
    return county.Readings(
        **_stamped(entry, base),
        readings=tuple(_rows(batch, batch.series)),
        corrections=tuple(_rows(batch, batch.corrections)),
    )


def _rows(batch: wire.Batch, columns: Iterable[wire.Series]) -> Iterator[county.Reading]:
    for series in columns:
        for offset, value, flag, words in zip(series.offsets, series.values, series.flags, series.reasons, strict=True):
            yield county.Reading(
                instrument=series.instrument,
                channel=series.channel,
                code=series.code,
                value=value,
                unit=series.unit,
                flag=Flag(flag),
                reasons=_reasons(words),
                time=told_time(batch.wall_ms + offset),
                mono_ms=batch.mono_ms + offset,
            )


@lru_cache(1024)
def _reasons(words: str) -> tuple[Reason, ...]:
    return tuple(Reason(word) for word in words.split(",") if word)


def _health(entry: Entry, health: wire.Health) -> county.Health:
    return county.Health(
        **_stamped(entry, health.at),
        program=health.program,
        version=health.version,
        time=told_time(health.at.wall_ms),
        mono_ms=health.at.mono_ms,
        uptime_ms=health.uptime_ms,
        connected=health.connected,
        board=_same(health.board, county.Board),
        spool=_same(health.spool, county.Spool),
        services=tuple(_same(item, county.Service) for item in health.services),
        instruments=tuple(_same(item, county.Instrument) for item in health.instruments),
        cameras=tuple(_same(item, county.Camera) for item in health.cameras),
        starts=health.starts,
    )


def _clock(entry: Entry, fix: wire.ClockFix) -> county.Clock:
    return county.Clock(
        **_stamped(entry, fix.at),
        time=told_time(fix.at.wall_ms),
        mono_ms=fix.at.mono_ms,
        offset_ms=fix.offset_ms,
        off_ms=fix.off_ms,
    )


def _same(part: wire.Wire, told: type[Told]) -> Told:
    """A part of a message, field by field under the same names."""
    return told(**{name: getattr(part, name) for name in told.__struct_fields__})
