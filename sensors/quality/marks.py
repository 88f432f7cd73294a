"""Quality as the data flags of HJ 212-2017 (table 8): one table, and how one letter is chosen (pure)."""

from enum import StrEnum

from sensors.reading import Flag, Quality, Reason


class Mark(StrEnum):
    """The data flags of HJ 212-2017, table 8."""

    NORMAL = "N"
    STOPPED = "F"
    MAINTENANCE = "M"
    MANUAL = "S"
    FAULT = "D"
    CALIBRATION = "C"
    OVER_LIMIT = "T"
    COMMUNICATION = "B"


N, F, M, S, D, C, T, B = Mark

# HJ 212 knows no doubt: a value that is only suspect counts as normal there, because one abnormal sample spoils a
# water station's whole hour (appendix D). Upkeep explains whatever is found during it.
#
# reason: the mark under UNKNOWN, under SUSPECT, and under BAD or MISSING
MARKS: dict[Reason, tuple[Mark, Mark, Mark]] = {
    Reason.NO_REPLY: (B, B, B),
    Reason.PORT: (B, B, B),
    Reason.CRC: (B, B, B),
    Reason.REFUSED: (D, D, D),
    Reason.PENDING: (M, M, B),  # busy with itself; nothing came over the line
    Reason.SENTINEL: (N, N, D),
    Reason.NOT_FINITE: (D, D, D),
    Reason.RANGE: (N, N, D),
    Reason.OVER_RANGE: (N, N, T),
    Reason.WARM_UP: (M, M, M),
    Reason.STATUS: (N, N, D),  # UNKNOWN: the status could not be read
    Reason.NOT_JUDGED: (N, N, N),
    Reason.RATE: (N, N, D),
    Reason.SPIKE: (N, N, D),
    Reason.FLAT_LINE: (N, N, D),
    Reason.ATTENUATED: (N, N, D),
    Reason.MAINTENANCE: (M, M, M),
    Reason.CALIBRATION: (C, C, C),
    Reason.STOPPED: (F, F, F),
    Reason.MANUAL: (S, S, S),
    Reason.COUNTS_LOST: (N, N, D),
}
_COLUMN = {Flag.UNKNOWN: 0, Flag.SUSPECT: 1, Flag.BAD: 2, Flag.MISSING: 2}
_UNEXPLAINED = {Flag.BAD: D, Flag.MISSING: B}
PRECEDENCE = (S, F, C, M, B, T, D, N)
"""What people did, before what the line did, before what the instrument did."""


def mark(quality: Quality) -> Mark:
    """The one data flag that says most of this quality."""
    if quality.flag is Flag.GOOD:
        return N
    column = _COLUMN[quality.flag]
    marks = (MARKS[reason][column] for reason in quality.reasons)
    found = min(marks, key=PRECEDENCE.index, default=N)
    return _UNEXPLAINED.get(quality.flag, N) if found is N else found
