"""Counting what went where: spools, archive and county's ledger held against each other, message by message."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hil.virtual.site import VirtualSite

STREAMS = ("sense", "watch")


@dataclass(frozen=True, slots=True)
class Spooled:
    """One spool: its stream, the highest number it ever gave, and which numbers still wait."""

    program: str
    stream: str
    last: int
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The whole way at one moment, as identities `(stream, seq)`."""

    spooled: tuple[Spooled, ...]
    archived: frozenset[tuple[str, int]]
    county: frozenset[tuple[str, int]]
    readings_archived: int
    readings_county: int
    dead_letters: int

    def lost(self, until: dict[str, int]) -> set[tuple[str, int]]:
        """Messages up to the given number of each stream that aren't at the county."""
        return {(stream, seq) for stream, last in until.items() for seq in range(1, last + 1)} - self.county

    def marks(self) -> dict[str, int]:
        """The highest number given so far, by stream."""
        return {spool.stream: spool.last for spool in self.spooled}


def account(site: VirtualSite) -> Account:
    """Read all three stores, without disturbing who writes them."""
    spooled = tuple(
        found for name in STREAMS if name in site.programs and (found := _spooled(name, site.spool(name))) is not None
    )
    archived = _rows(site.archive, "SELECT stream, seq FROM message")
    ids = [str(row[0]).split("#")[0].split("/") for row in _rows(site.ledger, "SELECT id FROM message")]
    return Account(
        spooled=spooled,
        archived=frozenset((str(stream), int(str(seq))) for stream, seq in archived),
        county=frozenset((parts[1], int(parts[2])) for parts in ids if len(parts) == 3),
        readings_archived=_one(site.archive, "SELECT count(*) FROM reading"),
        readings_county=_one(
            site.ledger,
            "SELECT sum(json_array_length(payload, '$.readings')) FROM message WHERE topic LIKE '%/readings'",
        ),
        dead_letters=_one(site.archive, "SELECT count(*) FROM dead_letter"),
    )


def _spooled(program: str, path: Path) -> Spooled | None:
    given = _rows(path, "SELECT value FROM meta WHERE key = 'stream'")
    if not given:
        return None
    last = _one(path, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'")
    waiting = tuple(int(str(row[0])) for row in _rows(path, "SELECT seq FROM message ORDER BY seq"))
    return Spooled(program, str(given[0][0]), last, waiting)


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on a database that another process writes; none where it isn't there yet."""
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def _one(path: Path, query: str) -> int:
    rows = _rows(path, query)
    return int(str(rows[0][0] or 0)) if rows else 0
