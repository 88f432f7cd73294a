"""The value that everything else passes on: one measured quantity, how good it is, and when it was taken."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Flag(IntEnum):
    """Quality of one value after QARTOD (IOOS, "Manual for Real-Time Quality Control", flag scheme 1-4, 9)."""

    GOOD = 1
    UNKNOWN = 2
    SUSPECT = 3
    BAD = 4
    MISSING = 9


class Reason(StrEnum):
    """Why a value does not carry `Flag.GOOD`; the short word travels on the wire."""

    NO_REPLY = "no-reply"
    PORT = "port"
    CRC = "crc"
    REFUSED = "refused"
    PENDING = "pending"
    SENTINEL = "sentinel"
    NOT_FINITE = "not-finite"
    RANGE = "range"
    WARM_UP = "warm-up"
    STATUS = "status"
    NOT_JUDGED = "not-judged"
    OVER_RANGE = "over-range"
    RATE = "rate"
    SPIKE = "spike"
    FLAT_LINE = "flat-line"
    ATTENUATED = "attenuated"
    MAINTENANCE = "maintenance"
    CALIBRATION = "calibration"
    STOPPED = "stopped"
    MANUAL = "manual"
    COUNTS_LOST = "counts-lost"


class ClockState(StrEnum):
    """How far the wall clock could be trusted when a value was taken."""

    UNSET = "unset"
    RESTORED = "restored"
    SYNCHRONISED = "synchronised"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment, told three ways, so that a wrong wall clock can be put right later.

    `wall_ms` counts from 1970 UTC; `mono_ms` from the boot named by `boot`; `error_ms` is the clock's own bound
    on its error, None where nothing is known of it.
    """

    wall_ms: int
    mono_ms: int
    boot: str
    clock: ClockState
    error_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """A flag and what set it; `reasons` is empty for a good value."""

    flag: Flag
    reasons: tuple[Reason, ...] = ()


GOOD = Quality(Flag.GOOD)


@dataclass(frozen=True, slots=True)
class Reading:
    """One channel of one instrument at one moment.

    A reading without a value has flag MISSING and says why: trouble that is to be expected is a value, not an
    exception. `instrument` is the name in the site file, `channel` the profile's, `unit` in UCUM, `code` the factor
    code of HJ 212-2017 appendix B (empty where the standard has none).
    """

    instrument: str
    channel: str
    unit: str
    code: str
    value: float | None
    quality: Quality
    at: Stamp

    def __post_init__(self) -> None:
        if (self.value is None) != (self.quality.flag is Flag.MISSING):
            raise ValueError(f"{self.instrument}.{self.channel}: value {self.value!r} with flag {self.quality.flag!r}")
