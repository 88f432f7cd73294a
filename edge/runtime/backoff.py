"""How long to wait before the next try: doubling, bounded, jittered, never giving up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits of `first`, 2 x `first`, … up to `longest` seconds, each shortened by a random share of up to a half.

    The jitter keeps a county's devices from coming back all in the same second.
    """

    first: float = 1.0
    longest: float = 300.0

    def wait(self, failures: int, luck: float) -> float:
        """Seconds to wait after so many failures in a row (1, 2, …); `luck` is a random number in 0-1."""
        return min(self.longest, self.first * 2.0 ** min(max(failures, 1) - 1, 30)) * (1 - 0.5 * luck)
