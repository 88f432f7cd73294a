"""When a program says anew that it is there: what others retained in its name must not stand for long. Pure."""

from dataclasses import dataclass

SOON_S = (3.0, 30.0)
"""So long after each connection: a broker may still tell an older connection's will, or come back with an old file."""
EVERY_S = 900.0


@dataclass
class Presence:
    """Seconds of the monotonic clock. The greeting itself goes out with each connection, and is not counted here."""

    _epoch: int = 0
    _since: float = 0.0
    _told: int = 0
    _told_at: float = 0.0

    def due(self, now: float, epoch: int, *, contradicted: bool) -> bool:
        """Is it time to say it again? `contradicted`: somebody said that the program is gone."""
        if epoch != self._epoch:
            self._epoch, self._since, self._told, self._told_at = epoch, now, 0, now
        soon = self._told < len(SOON_S) and now - self._since >= SOON_S[self._told]
        if not (soon or contradicted or now - self._told_at >= EVERY_S):
            return False
        self._told += soon
        self._told_at = now
        return True
