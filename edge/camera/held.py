"""What must last before it is told: one condition that opens and closes after times of its own (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """How long something must ail, and how long it must be well again, in milliseconds."""

    opens_ms: int
    clears_ms: int


class Held:
    """One condition."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._since_ms: int | None = None
        self.opened_ms: int | None = None

    def step(self, ails: bool | None, at_ms: int) -> bool | None:
        """True when it opens, False when it closes, None when nothing changes; `ails` None is "can't be told"."""
        if ails is None or ails == (self.opened_ms is not None):
            self._since_ms = None
            return None
        self._since_ms = at_ms if self._since_ms is None else self._since_ms
        if at_ms - self._since_ms < (self._times.opens_ms if ails else self._times.clears_ms):
            return None
        self._since_ms = None
        self.opened_ms = at_ms if ails else None
        return ails
