"""Which messages are under way: few on the air, more until the gateway has them, resent if need be. Pure.

What the broker has not confirmed yet is never resent on the same connection: on a slow line it is still in a buffer,
and would go over the air twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from edge.spool.message import RANKS, Rank, Waiting
from edge.spool.runs import Run, holds

Name = tuple[str, int]
"""What names a message of a site: stream and number."""
ANY = 2**63 - 1
LONG = 10
"""So many times the patience may pass before something is resent that not even the broker confirmed."""


@dataclass(slots=True)
class Sent:
    """One message under way: where it lies in the spool, how large it is, when it went out and when it will again."""

    row: int
    rank: Rank
    size: int
    ticket: int
    at: float
    due: float
    confirmed: bool = False


@dataclass
class Flight:
    """Messages sent and not yet acknowledged end to end, by name.

    `messages` and `size` (bytes) bound what is under way, `air_messages` and `air_size` what the broker has not
    confirmed; of both, `reserve` messages are kept for alarms. While nothing is acknowledged at all, only `probes`
    messages are resent at a time: whoever is away won't hear the others either. `careful`: one on the air at a time.
    """

    messages: int = 1000
    size: int = 4_000_000
    air_messages: int = 64
    air_size: int = 128_000
    reserve: int = 16
    patience_s: float = 30.0
    probes: int = 4
    under_way: dict[Name, Sent] = field(default_factory=dict)
    careful: bool = False
    _air: dict[int, Name] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=lambda: [0, 0])
    _look_at: float = float("inf")
    _heard_at: float = float("-inf")
    _silent: bool = False

    def renew(self) -> None:
        """A new connection: everything must be sent again."""
        self.under_way.clear()
        self._air.clear()
        self._sizes = [0, 0]
        self._look_at = float("inf")

    def air(self) -> list[tuple[Name, Sent]]:
        """What went out and was not confirmed by the broker."""
        return [(name, self.under_way[name]) for name in self._air.values()]

    def room(self, *, alarm: bool = False, again: bool = False) -> tuple[int, int]:
        """How many more messages may be sent, and bytes, which the last may exceed; alarms may be of any size.

        `again`: those that are under way already.
        """
        kept = 0 if alarm else self.reserve
        most = 1 if self.careful else self.air_messages - kept
        count, size = most - len(self._air), self.air_size - self._sizes[1]
        if not again:
            count = min(count, self.messages - kept - len(self.under_way))
            size = min(size, self.size - self._sizes[0])
        return (count, ANY if alarm else size) if count > 0 and (alarm or size > 0) else (0, 0)

    def sent(self, one: Waiting, size: int, ticket: int, now: float) -> None:
        """One message went out, for the first time or again."""
        self.forget(one.name)
        due = now + LONG * self.patience_s
        self.under_way[one.name] = Sent(one.row, RANKS[one.kind], size, ticket, now, due)
        self._air[ticket] = one.name
        self._sizes[0] += size
        self._sizes[1] += size
        self._look_at = min(self._look_at, due)

    def confirmed(self, tickets: Iterable[int], now: float) -> list[tuple[Name, Sent]]:
        """The broker has these. From now on the gateway has `patience_s` seconds."""
        found = []
        for ticket in tickets:
            name = self._air.pop(ticket, None)
            if name is None:
                continue
            one = self.under_way[name]
            one.confirmed, one.due = True, now + self.patience_s
            self._sizes[1] -= one.size
            self._look_at = min(self._look_at, one.due)
            found.append((name, one))
        return found

    def acknowledged(self, runs: Mapping[str, Sequence[Run]], now: float) -> int:
        """The gateway has these, by stream, in merged runs; how many of them were under way."""
        gone = [name for name in self.under_way if holds(runs.get(name[0], ()), name[1])]
        for name in gone:
            self.forget(name)
        self._heard_at = now
        if self._silent:
            self._silent = False
            for one in self.under_way.values():
                if one.confirmed and one.at + self.patience_s <= now:
                    one.due = self._look_at = now
        return len(gone)

    def overdue(self, now: float) -> dict[int, Name]:
        """What must be sent again now, by rank: rows with their names."""
        if now < self._look_at:
            return {}
        late = sorted((item for item in self.under_way.items() if item[1].due <= now), key=lambda item: item[1].rank)
        if late and self._heard_at < min(one.at for _, one in late):
            self._silent = True
            for _, one in late[self.probes :]:
                one.due = now + self.patience_s
            late = late[: self.probes]
        self._look_at = min((one.due for one in self.under_way.values()), default=float("inf"))
        return {one.row: name for name, one in late}

    def refused(self, ticket: int) -> tuple[Name, Sent] | None:
        """The broker won't have this one: it is no longer under way; None where it wasn't."""
        name = self._air.get(ticket)
        one = None if name is None else self.forget(name)
        return None if name is None or one is None else (name, one)

    def forget(self, name: Name) -> Sent | None:
        """This one is no longer under way, for whatever reason."""
        one = self.under_way.pop(name, None)
        if one is not None:
            self._sizes[0] -= one.size
            if self._air.pop(one.ticket, None) is not None:
                self._sizes[1] -= one.size
        return one
