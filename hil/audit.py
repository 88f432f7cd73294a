"""The books closed: every message number that a spool ever gave, and every reading, found where it must be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from gateway.county_messages import Readings
from hil.count import Account, Spooled, account, rows
from hil.virtual.site import VirtualSite

Message = tuple[str, int]
"""Stream and number."""
Told = tuple[str, str, int, float | None]
"""One reading, as far as it must be the same everywhere: instrument, channel, monotonic time, value."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What became of every number given; `nowhere` and `uneven` must be empty, `doubled` and `dead` nought.

    `uneven` are messages whose readings at the county are not those in the archive, or that only one of them has.
    """

    given: int
    county: int
    waiting: int
    dropped: int
    aside: int
    nowhere: frozenset[Message]
    readings: int
    uneven: frozenset[Message]
    doubled: int
    repeated: int
    dead: int

    @property
    def sound(self) -> bool:
        """Is there something, and of it nothing lost and nothing doubled?"""
        return self.given > 0 and not (self.nowhere or self.uneven or self.doubled or self.dead)


def audit(site: VirtualSite) -> Audit:
    """Close the books; the device must stand still."""
    found = account(site)
    waiting = {(spool.stream, seq) for spool in found.spooled for seq in spool.waiting}
    aside = {(spool.stream, seq) for spool in found.spooled for seq in spool.aside}
    given = {(spool.stream, seq) for spool in found.spooled for seq in range(spool.first, spool.last + 1)}
    nowhere, dropped = _without_dropped(given - found.county - waiting - aside, found.spooled)
    archived, told = archived_readings(site), told_readings(site)
    return Audit(
        given=len(given),
        county=len(found.county),
        waiting=len(waiting),
        dropped=dropped,
        aside=len(aside),
        nowhere=nowhere,
        readings=sum(map(len, told.values())),
        uneven=_uneven(archived, told) | _foreign(found),
        doubled=found.readings_doubled,
        repeated=found.repeated,
        dead=found.dead_letters,
    )


def _without_dropped(missing: set[Message], spools: Iterable[Spooled]) -> tuple[frozenset[Message], int]:
    """What is missing and was not dropped, and how many messages were dropped.

    A run of dropped numbers explains no more missing messages than it says were dropped in it.
    """
    nowhere, dropped = set(missing), 0
    for spool in spools:
        for first, last, messages in spool.dropped:
            run = {(stream, seq) for stream, seq in nowhere if stream == spool.stream and first <= seq <= last}
            if len(run) <= messages:
                nowhere -= run
            dropped += messages
    return frozenset(nowhere), dropped


def archived_readings(site: VirtualSite) -> dict[Message, list[Told]]:
    """The gateway's readings, by message."""
    kept: dict[Message, list[Told]] = defaultdict(list)
    query = "SELECT stream, seq, instrument, channel, mono_ms, value FROM reading_named"
    for stream, seq, *reading in rows(site.archive, query):
        kept[str(stream), int(str(seq))].append(tuple(reading))  # type: ignore[arg-type]
    return kept


def told_readings(site: VirtualSite) -> dict[Message, list[Told]]:
    """The county's readings, by message."""
    told: dict[Message, list[Told]] = {}
    for (payload,) in rows(site.ledger, "SELECT payload FROM message WHERE topic LIKE '%/readings'"):
        assert isinstance(payload, bytes)
        batch = msgspec.json.decode(payload, type=Readings)
        _, stream, seq = batch.id.split("/")
        told[stream, int(seq)] = [(one.instrument, one.channel, one.mono_ms, one.value) for one in batch.readings]
    return told


def _uneven(archived: Mapping[Message, list[Told]], told: Mapping[Message, list[Told]]) -> frozenset[Message]:
    return frozenset(
        message
        for message in archived.keys() | told.keys()
        if sorted(archived.get(message, []), key=str) != sorted(told.get(message, []), key=str)
    )


def _foreign(found: Account) -> frozenset[Message]:
    """Messages that the county has and the archive doesn't: nobody may tell what was not kept."""
    return found.county - found.archived
