"""Counting what went where: spools, archive and county's ledger held against each other, message by message."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hil.virtual.site import VirtualSite

STREAMS = ("sense", "watch")


@dataclass(frozen=True, slots=True)
class Spooled:
    """One spool: its stream, the highest number it ever gave, which numbers still wait, and what will never be sent.

    `dropped` counts what went for want of room; `aside` are numbers that were set aside with their reason.
    """

    program: str
    stream: str
    last: int
    waiting: tuple[int, ...]
    dropped: int = 0
    aside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """The whole way at one moment; messages as identities `(stream, seq)`.

    `readings_doubled` counts readings that the county holds under two ids: there must never be one. `repeated` counts
    messages that came more than once with the same id, which the county is told to drop (QoS 1).
    """

    spooled: tuple[Spooled, ...]
    archived: frozenset[tuple[str, int]]
    county: frozenset[tuple[str, int]]
    readings_archived: int
    readings_county: int
    readings_doubled: int
    repeated: int
    dead_letters: int

    def lost(self, until: dict[str, int]) -> set[tuple[str, int]]:
        """Messages up to the given number of each stream that aren't at the county."""
        return {(stream, seq) for stream, last in until.items() for seq in range(1, last + 1)} - self.county

    def marks(self) -> dict[str, int]:
        """The highest number given so far, by stream."""
        return {spool.stream: spool.last for spool in self.spooled}


def account(site: VirtualSite) -> Account:
    """Read all three stores, without disturbing who writes them."""
    archived = _identities(rows(site.archive, "SELECT stream, seq FROM message"))
    named = [
        str(row[0]).split("/") for row in rows(site.ledger, "SELECT id FROM message WHERE topic NOT LIKE '%/online'")
    ]
    told = frozenset((parts[1], int(parts[2])) for parts in named if len(parts) == 3)
    return Account(
        spooled=spools(site),
        archived=archived,
        county=told | _pictures_told(site),
        readings_archived=_one(site.archive, "SELECT count(*) FROM reading"),
        readings_county=_one(site.ledger, "SELECT sum(readings) FROM message"),
        readings_doubled=_one(site.ledger, _DOUBLED),
        repeated=_one(site.ledger, "SELECT count(*) FROM message WHERE times > 1"),
        dead_letters=_one(site.archive, "SELECT count(*) FROM dead_letter"),
    )


# A reading is the same as another if it is of the same channel at the same moment of the same boot.
_DOUBLED = """
SELECT count(*) - count(DISTINCT json_array(json_extract(CAST(payload AS TEXT), '$.boot'),
    reading.value ->> 'instrument', reading.value ->> 'channel', reading.value ->> 'mono_ms'))
FROM message, json_each(CAST(payload AS TEXT), '$.readings') AS reading WHERE topic LIKE '%/readings'
"""


def spools(site: VirtualSite) -> tuple[Spooled, ...]:
    """The device's spools as they stand."""
    found = (_spooled(name, site.spool(name)) for name in STREAMS if name in site.programs)
    return tuple(one for one in found if one is not None)


def _pictures_told(site: VirtualSite) -> frozenset[tuple[str, int]]:
    """Evidence whose picture is at the county: pictures carry no id, their SHA-256 is their name."""
    shown = {
        str(row[0]).rsplit("/", 1)[-1]
        for row in rows(site.ledger, "SELECT topic FROM message WHERE topic LIKE '%/picture/%'")
    }
    kept = rows(site.archive, "SELECT stream, seq, sha256 FROM evidence JOIN message ON message.id = evidence.message")
    return _identities([(stream, seq) for stream, seq, sha256 in kept if sha256 in shown])


def _identities(rows: list[tuple[object, ...]]) -> frozenset[tuple[str, int]]:
    return frozenset((str(stream), int(str(seq))) for stream, seq in rows)


def _spooled(program: str, path: Path) -> Spooled | None:
    given = rows(path, "SELECT value FROM meta WHERE key = 'stream'")
    if not given:
        return None
    last = _one(path, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'")
    waiting = tuple(int(str(row[0])) for row in rows(path, "SELECT seq FROM message ORDER BY seq"))
    return Spooled(program, str(given[0][0]), last, waiting)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on a database that another process writes; none where it isn't there yet."""
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def _one(path: Path, query: str) -> int:
    found = rows(path, query)
    return int(str(found[0][0] or 0)) if found else 0
