"""When a far end that could not be reached may be tried again."""

from collections.abc import Callable

_LONGEST_S = 60.0


class Again:
    """A second after the first failure, then twice as long each time, a minute at most; at once after a success.

    To reach for a host that is not there can take seconds, which every other instrument would have to wait for.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._at = 0.0
        self.trouble = ""
        """What the last attempt ended in; empty after a success."""

    @property
    def resting(self) -> bool:
        """True while it is too early to try; `trouble` is then still the state of things."""
        return bool(self.trouble) and self._monotonic() < self._at

    def failed(self, trouble: str) -> None:
        """An attempt ended in `trouble`."""
        self._at = self._monotonic() + min(2.0**self._failures, _LONGEST_S)
        self._failures = min(self._failures + 1, 6)
        self.trouble = trouble

    def reached(self) -> None:
        """An attempt succeeded."""
        self._failures = 0
        self.trouble = ""
