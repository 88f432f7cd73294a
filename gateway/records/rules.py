"""From what was counted in a bucket to its record: which numbers hold, which mark, and whether they are enough (pure).

HJ 212-2017, appendix D: any abnormal sample makes a water station's minute, hour and day abnormal; of others at least
75 % must be normal, else they are faulty; an hour needs 45 minutes, a day 20 hours (the same in GB 3095, table 4).
Means of water are weighted by flow where there is one, but for pH, which is a logarithm. Wind directions are
averaged as directions: north is between 350° and 10°.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from gateway.records.record import Record, Series
from gateway.records.spans import Span
from sensors.quality.marks import PRECEDENCE, Mark

NEEDED = {Span.HOUR: 45, Span.DAY: 20}
RHYTHM = 4
FLOW, PH, DIRECTION = "w00000", "w01001", "a01008"
WATER = "w"
"""Factor codes of water begin with it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one channel in one bucket, in the order in which `gateway.archive.tallies` asks for it.

    `letters` are the marks that aren't normal, one a part. `places` are those of an hour's minutes, 0 to 59, with
    commas. Then smallest, mean and largest of the parts that count, and of all. `flow` and what follows are of those
    parts that count and whose flow is known: sum of means times flow, sum of flow, how many. East and north are the
    mean directions of the parts that count, and of all.
    """

    seen: int
    count: int
    letters: str | None
    places: str | None
    low: float | None
    mean: float | None
    high: float | None
    all_low: float | None
    all_mean: float | None
    all_high: float | None
    loaded: float | None
    flow: float | None
    flows: int
    east: float | None
    north: float | None
    all_east: float | None
    all_north: float | None


def record(span: Span, code: str, tally: Tally) -> Record:
    """The record of one bucket of a channel with this factor code (empty where it has none)."""
    enough, worst = _enough(span, tally), _worst(tally.letters or "")
    low, mean, high = tally.low, tally.mean, tally.high
    if not tally.count:
        low, mean, high = tally.all_low, tally.all_mean, tally.all_high
    weighted = _weighted(code, tally)
    if code == DIRECTION:
        mean = _direction(tally.east, tally.north) if tally.count else _direction(tally.all_east, tally.all_north)
    elif mean is not None and low is not None and high is not None:
        mean = _between(low, mean if weighted is None else weighted, high)
    letter = _mark(code, tally, worst, valid=enough)
    return Record(tally.count, tally.seen, low, mean, high, letter, enough, weighted is not None, worst)


def flow_of(channels: list[Series]) -> int | None:
    """The number of the series that weights a site's means; None where there is no flow, or more than one."""
    found = [series.number for series in channels if series.code == FLOW]
    return found[0] if len(found) == 1 else None


def _enough(span: Span, tally: Tally) -> bool:
    """Minutes and ten minutes have nothing to be held against but themselves: readings come as often as a site says."""
    if span not in NEEDED:
        return tally.count > 0 and tally.count * 4 >= tally.seen * 3
    stands_for = 1 if tally.count >= NEEDED[span] else _step(tally.places)
    return tally.count * stands_for >= NEEDED[span]


def _step(places: str | None) -> int:
    """Minutes from one reading to the next, mostly: what is read every five minutes fills an hour with twelve.

    Readings without an answer are seen, too, so that only a device that was off or lost its data leaves holes; these
    come in stretches, and don't move the median. Too few readings show no rhythm.
    """
    minutes = sorted(map(int, places.split(","))) if places else []
    return median_low(later - earlier for earlier, later in pairwise(minutes)) if len(minutes) >= RHYTHM else 1


def _worst(letters: str) -> Mark:
    return Mark(min(letters, key=_RANK.__getitem__, default=Mark.NORMAL))


def _mark(code: str, tally: Tally, worst: Mark, *, valid: bool) -> Mark:
    if code.startswith(WATER) and worst is not Mark.NORMAL:
        return worst
    if valid:
        return Mark.NORMAL
    letters = tally.letters or ""
    shared = [letter for letter in set(letters) if letters.count(letter) * 4 >= tally.seen * 3]
    return Mark(shared[0]) if shared else Mark.FAULT


_RANK = {str(mark): rank for rank, mark in enumerate(PRECEDENCE)}


def _weighted(code: str, tally: Tally) -> float | None:
    """The mean by flow; None where it doesn't apply, or the flow of less than three quarters of the parts is known."""
    if not code.startswith(WATER) or code in {FLOW, PH} or not tally.flow or tally.loaded is None:
        return None
    return tally.loaded / tally.flow if tally.flows * 4 >= tally.count * 3 else None


def _between(low: float, mean: float, high: float) -> float:
    """A mean without the last digits, in which sums of doubles err: the mean of 65.8 and 65.8 is 65.8."""
    return min(max(float(f"{mean:.12g}"), low), high)


def _direction(east: float | None, north: float | None) -> float | None:
    """Degrees from north; None where directions cancel each other out."""
    if east is None or north is None or math.hypot(east, north) < 1e-9:
        return None
    return math.degrees(math.atan2(east, north)) % 360 % 360  # once more: a hair below 0 is 360.0 at first
