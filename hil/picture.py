"""What is to be seen of the whole way at one moment, read from the stores of the running programs."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.archive.queries import Overview, overview
from gateway.county_messages import Alarm, Reading, Readings
from hil.count import Spooled, spools
from hil.virtual.county_ledger import Counts, Ledger
from hil.virtual.site import VirtualSite

RECENT = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """An alarm at the county, and the file of its picture (None where it hasn't come)."""

    alarm: Alarm
    picture: Path | None


@dataclass(frozen=True, slots=True)
class Picture:
    """One moment: what waits where, and what came last."""

    elapsed: float
    whole: bool
    spools: tuple[Spooled, ...]
    gateway: Overview | None
    county: Counts
    newest: tuple[Reading, ...]
    alarms: tuple[Seen, ...]

    @property
    def measured(self) -> int:
        """Messages ever put on the device's disk."""
        return sum(spool.given for spool in self.spools)

    @property
    def waiting(self) -> int:
        """Messages on the device's disk that the gateway hasn't acknowledged."""
        return sum(len(spool.waiting) for spool in self.spools)


def look(site: VirtualSite, elapsed: float) -> Picture:
    """The site as it stands."""
    ledger = Ledger(site.ledger)
    try:
        counts, recent, alarms = ledger.counts(), ledger.latest("readings", RECENT), ledger.messages("alarm")
    finally:
        ledger.close()
    return Picture(
        elapsed=elapsed,
        whole=site.relay.whole,
        spools=spools(site),
        gateway=_overview(site.archive),
        county=counts,
        newest=_newest(recent),
        alarms=tuple(_seen(site, payload) for _, payload in alarms),
    )


def _overview(path: Path) -> Overview | None:
    try:
        return overview(path)
    except sqlite3.Error:  # being made right now
        return None


def _newest(payloads: list[bytes]) -> tuple[Reading, ...]:
    """The last reading of each channel, by instrument and channel; `payloads` come newest first."""
    found: dict[tuple[str, str], Reading] = {}
    for payload in payloads:
        for reading in msgspec.json.decode(payload, type=Readings).readings:
            found.setdefault((reading.instrument, reading.channel), reading)
    return tuple(found[key] for key in sorted(found))


def _seen(site: VirtualSite, payload: bytes) -> Seen:
    alarm = msgspec.json.decode(payload, type=Alarm)
    picture = site.ledger.parent / "pictures" / f"{alarm.picture}.jpg"
    return Seen(alarm, picture if alarm.picture and picture.exists() else None)
