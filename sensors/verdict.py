"""What an instrument's own status, or its warming up, makes of a value's quality."""

from collections.abc import Mapping

from sensors.channel import Verdict
from sensors.decode import Decoded
from sensors.reading import Flag, Quality, Reason

_MARKS: Mapping[Verdict, tuple[Flag, Reason]] = {
    Verdict.WARMING: (Flag.UNKNOWN, Reason.WARM_UP),
    Verdict.SUSPECT: (Flag.SUSPECT, Reason.STATUS),
    Verdict.BAD: (Flag.BAD, Reason.STATUS),
    Verdict.MISSING: (Flag.MISSING, Reason.STATUS),
}


def under(decoded: Decoded, verdict: Verdict) -> Decoded:
    """`decoded` with the quality that `verdict` leaves it: never a better one, and the reason first."""
    if decoded.value is None or verdict is Verdict.GOOD:
        return decoded
    flag, reason = _MARKS[verdict]
    value = None if flag is Flag.MISSING else decoded.value
    return Decoded(value, _worse(decoded.quality, flag, reason))


def unjudged(decoded: Decoded) -> Decoded:
    """`decoded` where the status that should judge it could not be read."""
    return (
        decoded
        if decoded.value is None
        else Decoded(decoded.value, _worse(decoded.quality, Flag.UNKNOWN, Reason.STATUS))
    )


def _worse(quality: Quality, flag: Flag, reason: Reason) -> Quality:
    reasons = quality.reasons if reason in quality.reasons else (reason, *quality.reasons)
    return Quality(max(quality.flag, flag), reasons)
