"""Many findings, one flag with its reasons (pure).

The order of reasons is the order in which findings are made: transport, sentinel, status register and warm-up (the
station's, in `Reading.quality`), upkeep, then QARTOD's tests. Of flags the worst wins: GOOD, UNKNOWN, SUSPECT, BAD. A
reading without a value stays MISSING. A test that was not configured or could not be evaluated changes nothing: that
a sound frame held the value is itself a test passed (QARTOD's syntax test), and in QARTOD's aggregate a passed test
outweighs one that was not evaluated.
"""

from collections.abc import Iterable, Mapping

from sensors.reading import Flag, Quality, Reason

_PRECEDENCE = (Flag.BAD, Flag.SUSPECT, Flag.GOOD, Flag.UNKNOWN, Flag.MISSING)
_COMPLAINTS = (Flag.SUSPECT, Flag.BAD)
NOT_THE_MEDIUM = frozenset({Reason.WARM_UP, Reason.MAINTENANCE, Reason.CALIBRATION, Reason.STOPPED, Reason.MANUAL})
"""States in which a value says nothing of the water or air, so that its neighbours must not be compared with it."""


def aggregate(flags: Iterable[Flag]) -> Flag:
    """One flag of several tests as ioos_qc's `qartod_compare`: 4, 3, 1, 2, 9 in this order; MISSING of none."""
    return min(flags, key=_PRECEDENCE.index, default=Flag.MISSING)


def combined(known: Quality, upkeep: Iterable[Reason], tests: Mapping[Reason, Flag]) -> Quality:
    """The quality of a reading: what its station `known`, what is being done to the instrument, what tests found."""
    upkeep = tuple(upkeep)
    complaints = (reason for reason, flag in tests.items() if flag in _COMPLAINTS)
    reasons = tuple(dict.fromkeys((*known.reasons, *upkeep, *complaints)))
    if known.flag is Flag.MISSING:
        return Quality(Flag.MISSING, reasons)
    tested = aggregate((Flag.GOOD, *tests.values()))
    return Quality(max(known.flag, Flag.UNKNOWN if upkeep else Flag.GOOD, tested), reasons)


def comparable(quality: Quality) -> bool:
    """May other values be compared with one of this quality? Not with none, a bad one, or one of something else."""
    return quality.flag not in {Flag.BAD, Flag.MISSING} and not NOT_THE_MEDIUM & set(quality.reasons)
