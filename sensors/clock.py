"""The time that the field bus needs, as a seam: a real clock is passed in, a hand-cranked one ships here."""

from typing import Protocol

from sensors.reading import ClockState, Stamp


class Clock(Protocol):
    """What the field bus asks of time; `monotonic` counts seconds since boot and never jumps."""

    def now(self) -> Stamp:
        """The present moment, for a reading."""

    def monotonic(self) -> float:
        """Seconds since boot."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class HandClock:
    """A clock that stands still until it is turned: `sleep` turns it, so a simulated minute takes no time.

    It is synchronised until `set` says otherwise.
    """

    def __init__(self, monotonic: float = 0.0, wall_ms: int = 0, boot: str = "hand") -> None:
        self._elapsed = monotonic
        self._wall_at_zero = wall_ms - round(monotonic * 1000)
        self._boot = boot
        self._state = ClockState.SYNCHRONISED
        self._error_ms: int | None = None

    def now(self) -> Stamp:
        """The present moment by this clock."""
        mono_ms = round(self._elapsed * 1000)
        return Stamp(self._wall_at_zero + mono_ms, mono_ms, self._boot, self._state, self._error_ms)

    def set(self, wall_ms: int, state: ClockState, error_ms: int | None = None) -> None:
        """Step the wall clock; monotonic time goes on as it did."""
        self._wall_at_zero = wall_ms - round(self._elapsed * 1000)
        self._state = state
        self._error_ms = error_ms

    def monotonic(self) -> float:
        """Seconds on this clock."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Turn the clock on by `seconds`."""
        self._elapsed += max(0.0, seconds)
