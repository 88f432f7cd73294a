"""When each instrument is due: staggered, without drift; a cycle that comes too late is skipped and counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class _Turn:
    every: float
    due: float
    skipped: int = 0


class Schedule:
    """Due times of named things that recur; all times in seconds of one monotonic clock."""

    def __init__(self, periods: Mapping[str, float], start: float) -> None:
        """The first turns are spread over each period, so that a bus is not asked everything at once."""
        count = max(1, len(periods))
        self._turns = {
            name: _Turn(every, start + min(every, 1.0) * index / count)
            for index, (name, every) in enumerate(periods.items())
        }

    def due(self, now: float) -> list[str]:
        """Who is due at `now`, the longest waiting first; each is due again one period after it was due, not after
        it was asked."""
        names = sorted((turn.due, name) for name, turn in self._turns.items() if turn.due <= now)
        for _, name in names:
            turn = self._turns[name]
            late = int((now - turn.due) // turn.every)
            turn.skipped += late
            turn.due += turn.every * (late + 1)
        return [name for _, name in names]

    def next_at(self) -> float:
        """When someone will be due next; infinity for an empty schedule."""
        return min((turn.due for turn in self._turns.values()), default=float("inf"))

    def skipped(self, name: str) -> int:
        """How many cycles of one were skipped because they came too late."""
        return self._turns[name].skipped
