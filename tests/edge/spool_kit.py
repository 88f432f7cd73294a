"""What the spool's tests have in common: bodies of every rank, and a look into the file from outside."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from edge.spool.message import RANKS, Fresh
from edge.spool.store import Spool
from edge.wire.codec import decode_kept, encode_kept, kind_of
from edge.wire.messages import Alarm, Batch, Board, Body, Depth, Event, Evidence, Health
from sensors.reading import ClockState, Stamp

AT = Stamp(1_790_000_000_000, 5_000, "boot-1", ClockState.SYNCHRONISED, 3)
EVIDENCE = Evidence("field-1", "field", AT, "image/jpeg", 4, 3, "0" * 64, b"picture")
HEALTH = Health("sense", "1", AT, 0, True, Board(None, None, None, None, None), Depth(0, 0, None))


def alarm(number: int = 1) -> Alarm:
    return Alarm("smoke", "field", f"field-{number}", Event.OPENED, AT)


def batch(number: int) -> Batch:
    return Batch("boot-1", ClockState.SYNCHRONISED, 3, 1_790_000_000_000 + number, number, ())


def fresh(body: Body, size: int = 0) -> Fresh:
    """A row of that body, as if it were so large."""
    encoded = encode_kept(body)
    encoded += b"\0" * (size - len(encoded))
    return Fresh(RANKS[kind_of(body)], kind_of(body), encoded, 0, len(encoded), 5_000)


def bodies(spool: Spool, limit: int = 10_000) -> list[Body]:
    return [decode_kept(waiting.kind, waiting.body) for waiting in spool.waiting(limit)]


def given(path: Path) -> set[int]:
    """Every number that the file gave, waiting or not."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
    return set(range(1, (found[0] if found else 0) + 1))


def waiting(path: Path) -> set[int]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT seq FROM message")}


def dropped(path: Path) -> set[int]:
    """The numbers in the runs that were dropped; each run must tell how many it is."""
    with closing(sqlite3.connect(path)) as database:
        runs = database.execute("SELECT first, last, messages FROM dropped").fetchall()
    assert all(messages == last - first + 1 for first, last, messages in runs)
    return {number for first, last, _ in runs for number in range(first, last + 1)}


@contextmanager
def no_writing() -> Iterator[None]:
    """Every write to a file ends in an error, as on a card that gave up; reading goes on."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
