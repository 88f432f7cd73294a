"""How much waits in a spool and how much it dropped, by rank: sums that are kept, so that nobody has to count. Pure."""

from dataclasses import dataclass, field

from edge.spool.message import Rank


@dataclass
class Sums:
    """How much there is of one rank."""

    messages: int = 0
    bytes: int = 0

    def add(self, messages: int, size: int) -> None:
        """More (or, negative, less) of it."""
        self.messages += messages
        self.bytes += size


@dataclass
class Tally:
    """How much waits and how much was dropped, by rank; how many are set aside."""

    waiting: dict[Rank, Sums] = field(default_factory=lambda: {rank: Sums() for rank in Rank})
    dropped: dict[Rank, Sums] = field(default_factory=lambda: {rank: Sums() for rank in Rank})
    aside: int = 0
