"""How fast a metered connection may be used: a bucket of bytes that fills by the hour. Pure."""

from dataclasses import dataclass

OVERHEAD = 80
"""Bytes that each message costs beside itself: MQTT's and TLS's headers, its share of TCP/IP, the answer."""
_FULL_S = 300.0


@dataclass
class Pace:
    """A budget of `bytes_per_hour`, None for none; five minutes of it may be saved up.

    A message may be sent as soon as anything is left, and puts the bucket into debt where it is larger than that: a
    picture passes, and the rest waits until it is paid for.
    """

    bytes_per_hour: int | None = None
    _left: float = 0.0
    _at: float | None = None

    def free(self, now: float) -> bool:
        """May something be sent at `now` (seconds)?"""
        if self.bytes_per_hour is None:
            return True
        self._fill(now, self.bytes_per_hour / 3600)
        return self._left > 0

    def spend(self, size: int) -> None:
        """So many bytes went out, in turn or, as alarms do, out of turn."""
        self._left -= size + OVERHEAD

    def _fill(self, now: float, rate: float) -> None:
        since = _FULL_S if self._at is None else now - self._at
        self._left = min(rate * _FULL_S, self._left + rate * since)
        self._at = now
