"""Tests of a value by itself and beside its neighbours: gross range, rate of change, spike (pure).

A value is None where there is none; it keeps its place in the order. Times are milliseconds that never go back.
Equal to ioos_qc 3.0 (qartod.py) on finite values and whole seconds.
"""

from sensors.quality.checks import GrossRange, Method, Rate, Spike
from sensors.reading import Flag

Sample = tuple[int, float | None]
"""When, and what."""


def gross_range(check: GrossRange, value: float | None) -> Flag:
    """Is the value where it can be, and where it usually is?"""
    if value is None:
        return Flag.MISSING
    if check.fail is not None and not check.fail[0] <= value <= check.fail[1]:
        return Flag.BAD
    if check.suspect is not None and not check.suspect[0] <= value <= check.suspect[1]:
        return Flag.SUSPECT
    return Flag.GOOD


def beyond(size: float, suspect: float | None, fail: float | None) -> Flag:
    """The flag of a size that should not exceed either threshold."""
    if fail is not None and size > fail:
        return Flag.BAD
    return Flag.SUSPECT if suspect is not None and size > suspect else Flag.GOOD


class RateOfChange:
    """Did the value change faster than it can since the one just before?

    Without one just before, the value passes, as in ioos_qc; without time between them it isn't judged.
    """

    def __init__(self, check: Rate) -> None:
        self._suspect = None if check.suspect is None else check.suspect / check.per
        self._fail = None if check.fail is None else check.fail / check.per
        self._before: Sample = (0, None)

    def feed(self, t_ms: int, value: float | None) -> Flag:
        """The flag of this value."""
        before_ms, before = self._before
        self._before = (t_ms, value)
        if value is None:
            return Flag.MISSING
        if before is None:
            return Flag.GOOD
        if t_ms <= before_ms:
            return Flag.UNKNOWN
        return beyond(abs((value - before) / ((t_ms - before_ms) / 1000)), self._suspect, self._fail)


class SpikeTest:
    """Does a value stand out from both of its neighbours? Known only when the next one is there."""

    def __init__(self, check: Spike) -> None:
        self._check = check
        self._before: Sample = (0, None)
        self._last: Sample | None = None

    def feed(self, t_ms: int, value: float | None) -> Flag | None:
        """The flag of the value fed before this one; None if this is the first."""
        before, last, after = self._before, self._last, (t_ms, value)
        if last is None:
            self._last = after
            return None
        self._before, self._last = last, after
        return self._judged(before, last, after)

    def _judged(self, before: Sample, middle: Sample, after: Sample) -> Flag:
        if middle[1] is None:
            return Flag.MISSING
        if before[1] is None or after[1] is None or not self._near(before, middle, after):
            return Flag.UNKNOWN
        size = spike_size(self._check.method, before[1], middle[1], after[1])
        return beyond(size, self._check.suspect, self._check.fail)

    def _near(self, before: Sample, middle: Sample, after: Sample) -> bool:
        widest_ms = max(middle[0] - before[0], after[0] - middle[0])
        return self._check.within is None or widest_ms <= self._check.within * 1000


def spike_size(method: Method, before: float, value: float, after: float) -> float:
    """How far a value stands out from its neighbours, in their unit; 0 on a slope or a step by `differential`."""
    if method is Method.AVERAGE:
        return abs(value - (before + after) / 2)
    rise, fall = value - before, after - value
    return 0.0 if rise * fall >= 0 else min(abs(rise), abs(fall))
