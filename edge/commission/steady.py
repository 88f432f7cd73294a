"""Whether a value has come to rest: the last ones, for long enough, within a little of each other (pure)."""

from collections import deque
from dataclasses import dataclass

from sensors.channel import Channel

_SHARE_OF_SPAN = 0.002
_SHARE_OF_VALUE = 0.005
_LEAST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Rest:
    """The values since the last that lay too far off: their mean, greatest minus least, and for how long (s)."""

    mean: float
    spread: float
    seconds: float
    count: int


def tolerance(channel: Channel, value: float) -> float:
    """How far values may lie apart that count as one: a share of the channel's span, or else of the value."""
    finest = abs(channel.scale) if not channel.type.is_float else 0.0
    if channel.range is not None:
        return max(finest, _SHARE_OF_SPAN * (channel.range[1] - channel.range[0]))
    return max(finest, _SHARE_OF_VALUE * abs(value), 1e-6)


class Steady:
    """Watches the values of one channel for `hold_s` seconds of rest."""

    def __init__(self, channel: Channel, hold_s: float) -> None:
        self._channel = channel
        self._hold_s = hold_s
        self._values: deque[tuple[float, float]] = deque(maxlen=10_000)

    def feed(self, at: float, value: float) -> Rest:
        """One more value, at a moment in seconds; the rest so far."""
        self._values.append((at, value))
        while self._spread() > tolerance(self._channel, value):
            self._values.popleft()
        while len(self._values) > _LEAST_VALUES and at - self._values[1][0] >= self._hold_s:
            self._values.popleft()
        values = [one for _, one in self._values]
        return Rest(sum(values) / len(values), self._spread(), at - self._values[0][0], len(values))

    def forget(self) -> None:
        """A value was missing: begin anew."""
        self._values.clear()

    def reached(self, rest: Rest) -> bool:
        """Has it rested for long enough?"""
        return rest.count >= _LEAST_VALUES and rest.seconds >= self._hold_s

    def _spread(self) -> float:
        values = [one for _, one in self._values]
        return max(values) - min(values)
