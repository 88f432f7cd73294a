"""Counting what went where: spools, archive and county's ledger held against each other, message by message."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hil.virtual.site import VirtualSite

STREAMS = ("sense", "watch")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spooled:
    """One stream of a spool: the first and the highest number that it ever gave, and what became of those not sent.

    `waiting` still wait, `aside` were set aside with their reason, `dropped` went for want of room: runs of numbers,
    both ends included, in which so many messages were dropped.
    """

    program: str
    stream: str
    last: int
    waiting: tuple[int, ...]
    first: int = 1
    aside: tuple[int, ...] = ()
    dropped: tuple[tuple[int, int, int], ...] = ()

    @property
    def given(self) -> int:
        """How many numbers it gave."""
        return self.last - self.first + 1


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
        first = {spool.stream: spool.first for spool in self.spooled}
        wanted = {(stream, seq) for stream, last in until.items() for seq in range(first.get(stream, 1), last + 1)}
        return wanted - self.county

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
    return tuple(one for name in STREAMS for one in _spooled(name, site.spool(name)))


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


def _spooled(program: str, path: Path) -> Iterator[Spooled]:
    """The streams of a spool in the order in which they were made; of an older file the only one."""
    names = rows(path, "SELECT first, name FROM stream ORDER BY first") or [
        (1, stream) for (stream,) in rows(path, "SELECT value FROM meta WHERE key = 'stream'")
    ]
    end = _one(path, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'")
    lasts = [*(int(str(first)) - 1 for first, _ in names[1:]), end]
    waiting, aside, dropped = _waiting(path, str(names[-1][1]) if names else ""), _aside(path), _dropped(path)
    for (first, name), last in zip(names, lasts, strict=False):
        stream = str(name)
        own = tuple(waiting.get(stream, ()))
        yield Spooled(
            program, stream, last, own, int(str(first)), tuple(aside.get(stream, ())), tuple(dropped.get(stream, ()))
        )


def _waiting(path: Path, newest: str) -> dict[str, list[int]]:
    """Numbers that wait, by stream."""
    known = rows(path, "SELECT stream, coalesce(number, seq) FROM message ORDER BY seq") or [
        (newest, seq) for (seq,) in rows(path, "SELECT seq FROM message ORDER BY seq")
    ]
    return _by_stream((str(stream or newest), int(str(seq))) for stream, seq in known)


def _aside(path: Path) -> dict[str, list[int]]:
    return _by_stream((str(stream), int(str(seq))) for stream, seq in rows(path, "SELECT stream, number FROM aside"))


def _dropped(path: Path) -> dict[str, list[tuple[int, int, int]]]:
    runs = rows(path, "SELECT stream, first, last, messages FROM dropped")
    return _by_stream((str(stream), (int(str(first)), int(str(last)), int(str(n)))) for stream, first, last, n in runs)


def _by_stream(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for stream, what in pairs:
        found.setdefault(stream, []).append(what)
    return found


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
