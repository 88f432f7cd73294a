"""Which message a broker answers by dropping the connection, without a word: looked for one at a time. Pure."""

from dataclasses import dataclass, field

from edge.spool.flight import Name

CAREFUL_AFTER = 2
"""So many connections in a row lost with the same message on the air, and only one is sent at a time."""


@dataclass
class Suspects:
    """The messages that were on the air, unconfirmed, at each of the last losses of a connection."""

    _names: frozenset[Name] = frozenset()
    _losses: int = field(default=0)

    @property
    def careful(self) -> bool:
        """Is one message to be sent at a time, until it is known which it is?"""
        return self._losses >= CAREFUL_AFTER

    def lost(self, air: frozenset[Name]) -> Name | None:
        """The connection was lost with these on the air: the one that was there each time, where it was alone."""
        common = self._names & air
        self._losses = self._losses + 1 if common else min(1, len(air))
        self._names = common or air
        return next(iter(air)) if self.careful and len(air) == 1 else None

    def taken(self, names: set[Name]) -> None:
        """The broker took these: it was none of them."""
        self._names -= names
        if not self._names:
            self._losses = 0
