"""Which messages are under way: a bounded window, resent when it takes too long or the connection was new. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Window:
    """Numbers of messages sent and not yet acknowledged end to end, each with the time by which it is sent again."""

    size: int = 32
    patience_s: float = 30.0
    epoch: int = 0
    under_way: dict[int, float] = field(default_factory=dict)

    def room(self, now: float, epoch: int) -> int:
        """How many more may be sent at `now` (seconds); forgets what must be sent again."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.under_way.clear()
        for seq in [seq for seq, due in self.under_way.items() if due <= now]:
            del self.under_way[seq]
        return self.size - len(self.under_way)

    def sent(self, seq: int, now: float) -> None:
        """One message went out."""
        self.under_way[seq] = now + self.patience_s

    def acknowledged(self, runs: Iterable[tuple[int, int]]) -> None:
        """The gateway has these on its disk."""
        for first, last in runs:
            for seq in [seq for seq in self.under_way if first <= seq <= last]:
                del self.under_way[seq]
