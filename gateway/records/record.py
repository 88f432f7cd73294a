"""One channel's minute, ten minutes, hour or day in numbers, and where it stands (pure)."""

from dataclasses import dataclass

from gateway.records.spans import Span
from sensors.quality.marks import Mark


@dataclass(frozen=True, slots=True)
class Series:
    """One channel of a site, under the number that the archive gave it."""

    number: int
    instrument: str
    channel: str
    unit: str
    code: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """One minute, ten minutes, hour or day of a site, from `start_ms` on (since 1970 UTC)."""

    site: str
    span: Span
    start_ms: int


@dataclass(frozen=True, slots=True)
class Record:
    """What one channel measured in one bucket.

    Its parts are readings (minute), minutes (ten minutes, hour) or hours (day). `seen` parts were there; the numbers
    rest on the `count` of them that are normal or valid, and where there is none, on all that were measured. `mark` is
    the data flag of HJ 212-2017 table 8; `valid` says that `count` is enough (see `gateway.records.rules`);
    `weighted`, that the mean is weighted by the site's flow. `worst` is the mark of the worst part, down to readings
    in water: an hour that is short of minutes is faulty, but nothing in it is.
    """

    count: int
    seen: int
    low: float | None
    mean: float | None
    high: float | None
    mark: Mark
    valid: bool
    weighted: bool
    worst: Mark


EMPTY = Record(0, 0, None, None, None, Mark.FAULT, valid=False, weighted=False, worst=Mark.NORMAL)
"""What is left of a record all of whose readings turned out to be of another time."""
