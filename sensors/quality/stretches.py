"""Tests of a value with a stretch of its past: flat line and attenuated signal (pure).

A value is None where there is none. Times are milliseconds that never go back; they may be as irregular as they like.
"""

import math
from collections import deque

from sensors.quality.checks import MAX_VALUES, Attenuated, FlatLine, Measure
from sensors.reading import Flag


class _Crest:
    """Of the values that are still in the run, those that no later one reaches: the first of them is the greatest.

    Each is kept with the time of the first value that it covers, which is where the run begins once those before it
    are gone.
    """

    def __init__(self) -> None:
        self._kept: deque[tuple[int, float]] = deque()

    def push(self, t_ms: int, value: float) -> None:
        since = t_ms
        while self._kept and self._kept[-1][1] <= value:
            since, _ = self._kept.pop()
        self._kept.append((since, value))

    @property
    def top(self) -> float:
        return self._kept[0][1]

    @property
    def full(self) -> bool:
        return len(self._kept) > MAX_VALUES

    def next_since(self) -> float:
        """Where the run would begin without the top; infinity if nothing would be left."""
        return self._kept[1][0] if len(self._kept) > 1 else math.inf

    def drop(self) -> int:
        """Let the top go: where the run begins now."""
        self._kept.popleft()
        return self._kept[0][0]


class FlatRun:
    """The longest run of values up to now that lie within less than `tolerance` of each other.

    Should it hold more than `MAX_VALUES` different values, its beginning is forgotten: it then passes for shorter.
    """

    def __init__(self, tolerance: float) -> None:
        self._tolerance = tolerance
        self._high, self._low = _Crest(), _Crest()
        self._since: int | None = None

    def feed(self, t_ms: int, value: float) -> int:
        """When the run began that ends with this value."""
        since = t_ms if self._since is None else self._since
        self._high.push(t_ms, value)
        self._low.push(t_ms, -value)
        while self._high.top + self._low.top >= self._tolerance:
            crest = self._high if self._high.next_since() <= self._low.next_since() else self._low
            since = max(since, crest.drop())
        for crest in (self._high, self._low):
            if crest.full:
                since = max(since, crest.drop())
        self._since = since
        return since


class _Patience:
    """How long a run may last, not counting what lies before a hole that is longer than that."""

    def __init__(self, seconds: float | None) -> None:
        self._most_ms = math.inf if seconds is None else seconds * 1000
        self._fresh_ms: int | None = None

    def exceeded(self, since_ms: int, last_ms: int | None, t_ms: int) -> bool:
        if last_ms is None or t_ms - last_ms > self._most_ms:
            self._fresh_ms = t_ms
        begun = since_ms if self._fresh_ms is None else max(since_ms, self._fresh_ms)
        return t_ms - begun >= self._most_ms


class FlatLineTest:
    """Has the value stood still for too long?

    On a regular series equal to ioos_qc with durations rounded up to whole intervals, where a value stands at the far
    end of the window.
    """

    def __init__(self, check: FlatLine) -> None:
        self._run = FlatRun(check.tolerance)
        self._suspect, self._fail = _Patience(check.suspect_after), _Patience(check.fail_after)
        self._last_ms: int | None = None

    def feed(self, t_ms: int, value: float | None) -> Flag:
        """The flag of this value."""
        if value is None:
            return Flag.MISSING
        last_ms, self._last_ms = self._last_ms, t_ms
        since = self._run.feed(t_ms, value)
        suspect, fail = (limit.exceeded(since, last_ms, t_ms) for limit in (self._suspect, self._fail))
        return Flag.BAD if fail else Flag.SUSPECT if suspect else Flag.GOOD


class AttenuatedTest:
    """Does the signal move less than it should, over the `window` that ends with this value (its far end excluded)?

    Equal to ioos_qc with `test_period` and `min_obs`, but for missing values: they count for nothing under either
    measure. Of more than `MAX_VALUES` in a window, so many are taken, spread evenly.
    """

    def __init__(self, check: Attenuated) -> None:
        self._check = check
        self._window_ms = check.window * 1000
        self._kept: deque[tuple[int, float]] = deque()

    def feed(self, t_ms: int, value: float | None) -> Flag:
        """The flag of this value."""
        if value is None:
            return Flag.MISSING
        while self._kept and self._kept[0][0] <= t_ms - self._window_ms:
            self._kept.popleft()
        if not self._kept or (t_ms - self._kept[-1][0]) * MAX_VALUES >= self._window_ms:
            self._kept.append((t_ms, value))
        if len(self._kept) < self._check.at_least:
            return Flag.UNKNOWN
        return self._judged(liveliness(self._check.measure, [kept for _, kept in self._kept]))

    def _judged(self, size: float) -> Flag:
        if self._check.fail_below is not None and size < self._check.fail_below:
            return Flag.BAD
        quiet = self._check.suspect_below is not None and size < self._check.suspect_below
        return Flag.SUSPECT if quiet else Flag.GOOD


def liveliness(measure: Measure, values: list[float]) -> float:
    """How much the values (at least one) move, in their unit."""
    if measure is Measure.RANGE:
        return max(values) - min(values)
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
