"""What becomes of a message that the broker refuses: is it the message's own fault, or everybody's? Pure."""

from dataclasses import dataclass, field

from edge.spool.flight import Name
from edge.spool.message import Rank

MOST = 5
"""So many refusals of its own, and a message is set aside."""
MOST_LOSSES = 12
"""So many connections lost over one message alone; the rests between them make that three quarters of an hour, which a
line that is merely bad should not last."""
FIRST_S, LONGEST_S = 30.0, 300.0
MAX_NAMED = 1000


@dataclass
class Refusals:
    """Counts refusals by message, and lets a rank rest after one.

    A refusal counts against a message only if the broker took others since the last: where it takes nothing at all
    the fault is in its configuration, and nothing is set aside for that.
    """

    most: int = MOST
    _taken: int = 0
    _counts: dict[Name, tuple[int, int]] = field(default_factory=dict)
    _rests: dict[Rank, tuple[float, float]] = field(default_factory=dict)

    def taken(self, ranks: set[Rank]) -> None:
        """The broker took something of these ranks."""
        self._taken += len(ranks)
        for rank in ranks & set(self._rests):
            del self._rests[rank]

    def refused(self, name: Name, rank: Rank, now: float, *, final: bool) -> bool:
        """Must this message be set aside? `final`: the broker found fault with the message itself."""
        count, taken_then = self._counts.pop(name, (0, -1))
        count += self._taken > taken_then
        if final or count >= self.most:
            return True
        while len(self._counts) >= MAX_NAMED:
            del self._counts[next(iter(self._counts))]
        self._counts[name] = (count, self._taken)
        until, wait = self._rests.get(rank, (now, FIRST_S / 2))
        if now >= until:
            wait = min(LONGEST_S, 2 * wait)
            self._rests[rank] = (now + wait, wait)
        return False

    def rests(self, rank: Rank, now: float) -> bool:
        """Is nothing of this rank to be sent at `now`?"""
        return rank in self._rests and now < self._rests[rank][0]
