"""What tests of the records share: readings as a site sends them, an archive that computes, and an oracle of loops."""

import math
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median_low

from gateway_kit import known, sent

from edge.link.link import Outgoing
from edge.wire import columns
from edge.wire.messages import Online
from gateway.archive.records import Change, RecordStore
from gateway.archive.store import Archive
from gateway.archive.tallies import recorded
from gateway.inbound import Entry, judge
from gateway.records.record import Bucket, Record, Series
from gateway.records.spans import Span
from sensors.quality.marks import Mark, mark
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

SITE = "pond-1"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MIDNIGHT = 1_789_920_000_000
"""2026-09-21 00:00 at +08:00, which is 16:00 UTC of the day before."""
NO_REPLY = Quality(Flag.MISSING, (Reason.NO_REPLY,))
STOPPED = Quality(Flag.UNKNOWN, (Reason.STOPPED,))
SPIKE = Quality(Flag.BAD, (Reason.SPIKE,))
SUSPECT = Quality(Flag.SUSPECT, (Reason.RATE,))


def reading(
    wall_ms: int,
    value: float | None = 1.0,
    quality: Quality = GOOD,
    code: str = "w21003",
    clock: ClockState = ClockState.SYNCHRONISED,
) -> Reading:
    """One value of the channel that has this factor code."""
    quality = NO_REPLY if value is None and quality is GOOD else quality
    at = Stamp(wall_ms, wall_ms, "boot-1", clock, 3)
    return Reading("sonde", f"channel-{code}", "mg/L", code, value, quality, at)


def every_minute(count: int, start_ms: int = MIDNIGHT, code: str = "w21003", quality: Quality = GOOD) -> list[Reading]:
    """One value a minute, each another."""
    return [reading(start_ms + nth * MINUTE + 500, 1 + nth % 16, quality, code) for nth in range(count)]


def entries(readings: Sequence[Reading], seq: int, late: Sequence[Reading] = ()) -> list[Entry]:
    """A batch as it is judged; more than one where the clock's state changes."""
    found = [
        judge(sent(body, seq + nth), frozenset({SITE}), known) for nth, body in enumerate(columns.pack(readings, late))
    ]
    assert all(isinstance(one, Entry) for one in found), found
    return [one for one in found if isinstance(one, Entry)]


class Told:
    """A platform that remembers what it was told of records, and tells it as text."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def entry(self, entry: Entry) -> list[Outgoing]:
        return []

    def online(self, site: str, change: int, programs: Sequence[Online], now_ms: int) -> list[Outgoing]:
        return []

    def records(self, bucket: Bucket, revision: int, records: Sequence[tuple[Series, Record]]) -> list[Outgoing]:
        self.changes.append(Change(bucket, revision, tuple(records)))
        return [Outgoing("records", f"{bucket.span.word} {bucket.start_ms} {revision}".encode())]


class Kept:
    """An archive with its records; `now_ms` is the gateway's clock."""

    def __init__(self, folder: Path, now_ms: int = MIDNIGHT + 30 * DAY) -> None:
        self.path = folder / "archive.db"
        self.now_ms = now_ms
        self.told = Told()
        self.archive = Archive(self.path, {"county": self.told})
        self.store = RecordStore(self.path, {"county": self.told})
        self.seq = 0

    def take(self, readings: Sequence[Reading], late: Sequence[Reading] = ()) -> None:
        """A new batch comes."""
        group = entries(readings, self.seq + 1, late)
        self.seq += len(group)
        self.archive.keep(group, self.now_ms)

    def settle(self) -> "Kept":
        """Let time go by until nothing is stale; a minute a turn, which is the longest grace."""
        while self.rows("SELECT count(*) FROM stale")[0][0]:
            self.store.turn(self.now_ms)
            self.now_ms += MINUTE
        return self

    def restart(self) -> None:
        """The gateway is killed and started again."""
        self.close()
        self.archive = Archive(self.path, {"county": self.told})
        self.store = RecordStore(self.path, {"county": self.told})

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.store._db.execute(query).fetchall()

    def change(self, statement: str, *values: object) -> None:
        self.store._db.execute(statement, values)

    def records(self, span: Span, code: str = "w21003") -> dict[int, Record]:
        """A channel's records by their start."""
        return {start: found for (name, kind, start), found in self.all().items() if (name, kind) == (code, span)}

    def all(self) -> dict[tuple[str, Span, int], Record]:
        """Every record by factor code, span and start."""
        query = (
            "SELECT code, span, start_ms, count, seen, min, mean, max, mark, valid, weighted, worst"
            " FROM record JOIN series ON series.id = record.series"
        )
        rows = self.store._db.execute(query).fetchall()
        return {(str(row[0]), Span(row[1]), int(row[2])): recorded(row[3:]) for row in rows}

    def only(self, span: Span, code: str = "w21003") -> Record:
        (found,) = self.records(span, code).values()
        return found

    def close(self) -> None:
        self.store.close()
        self.archive.close()


@dataclass
class Part:
    """What the oracle knows of a reading, a minute or an hour."""

    at: int
    low: float | None
    mean: float | None
    high: float | None
    letter: str
    good: bool


Found = dict[tuple[str, Span, int], Record]


def oracle(readings: Iterable[Reading]) -> Found:
    """All records from scratch: the rules once more, in loops over everything that was ever read."""
    found: Found = {}
    parts: dict[str, list[Part]] = defaultdict(list)
    for one in sorted(readings, key=lambda one: one.at.wall_ms):
        if one.at.clock is not ClockState.UNSET:
            letter = str(mark(one.quality))
            parts[one.code].append(Part(one.at.wall_ms, one.value, one.value, one.value, letter, letter == "N"))
    minutes = _level(found, Span.MINUTE, parts)
    _level(found, Span.TEN_MINUTES, minutes)
    _level(found, Span.DAY, _level(found, Span.HOUR, minutes))
    return found


def _level(found: Found, span: Span, parts: Mapping[str, list[Part]]) -> dict[str, list[Part]]:
    flow = {part.at: part.mean for part in parts.get("w00000", []) if part.good and (part.mean or 0) >= 0}
    level: dict[str, list[Part]] = defaultdict(list)
    for code, all_parts in parts.items():
        buckets: dict[int, list[Part]] = defaultdict(list)
        for part in all_parts:
            buckets[part.at - (part.at + 8 * HOUR) % (span * MINUTE)].append(part)
        for start, inside in buckets.items():
            one = _record(span, code, inside, {} if span is Span.MINUTE else flow)
            found[code, span, start] = one
            letter = one.worst if code.startswith("w") else one.mark
            level[code].append(Part(start, one.low, one.mean, one.high, str(letter), one.valid))
    return level


def _record(span: Span, code: str, parts: list[Part], flow: Mapping[int, float | None]) -> Record:
    good = [part for part in parts if part.good]
    minutes = [part.at // MINUTE % 60 for part in parts]
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if span is Span.HOUR:
        valid = len(good) >= 45 or (len(gaps) >= 3 and len(good) * median_low(gaps) >= 45)
    else:
        valid = len(good) >= 20 if span is Span.DAY else bool(good) and len(good) / len(parts) >= 0.75
    used = good or parts
    means = [part.mean for part in used if part.mean is not None]
    lows, highs = [x.low for x in used if x.low is not None], [x.high for x in used if x.high is not None]
    mean, weighted = (fmean(means) if means else None), False
    flows = [(part.mean, flow[part.at]) for part in good if flow.get(part.at) is not None]
    total = sum(weight or 0 for _, weight in flows)
    if code in {"w21003", "w01018"} and total > 0 and len(flows) / len(good) >= 0.75:
        mean, weighted = sum((value or 0) * (weight or 0) for value, weight in flows) / total, True
    letters = [part.letter for part in parts]
    letter, worst = _letter(code, letters, valid), next((letter for letter in "SFCMBTD" if letter in letters), "N")
    numbers = min(lows, default=None), mean, max(highs, default=None)
    return Record(len(good), len(parts), *numbers, Mark(letter), valid, weighted, Mark(worst))


def _letter(code: str, letters: list[str], valid: bool) -> str:
    if code.startswith("w"):
        return next((letter for letter in "SFCMBTD" if letter in letters), "N" if valid else "D")
    if valid:
        return "N"
    return next((letter for letter in "SFCMBTD" if letters.count(letter) / len(letters) >= 0.75), "D")


def same(one: Mapping[tuple[str, Span, int], Record], other: Mapping[tuple[str, Span, int], Record]) -> bool:
    """Equal but for the last digits of means."""
    return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)


def _alike(one: Record, other: Record) -> bool:
    plain = [(r.count, r.seen, r.low, r.high, str(r.mark), r.valid, r.weighted, str(r.worst)) for r in (one, other)]
    if plain[0] != plain[1] or (one.mean is None) != (other.mean is None):
        return False
    return one.mean is None or other.mean is None or math.isclose(one.mean, other.mean, rel_tol=1e-11, abs_tol=1e-11)


def shuffled(items: Sequence[list[Reading]], chance: random.Random) -> list[list[Reading]]:
    """The same in another order."""
    return chance.sample(list(items), len(items))


def locked(path: Path) -> sqlite3.Connection:
    """A connection that holds the archive's lock until it is closed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection
