"""In what order messages are read from the spool: by rank, and of the readings those first that are seen now. Pure."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from edge.spool.message import Rank

Item = TypeVar("Item")
LIVE_S = 30.0
"""Readings younger than this are live."""
LIVE_TO_BACKLOG = 3
"""Where live readings and backlog both wait, every fourth message is one of the backlog."""
FIRST = -(2**63)
LAST = 2**63 - 1


class Lane(IntEnum):
    """What has a place of its own in the order."""

    ALARM = 0
    EVIDENCE = 1
    HEALTH = 2
    LIVE = 3
    BACKLOG = 4

    @property
    def rank(self) -> Rank:
        """The spool's rank behind it."""
        return Rank(min(self, Rank.READING))


@dataclass
class Lanes:
    """How far each lane has been read. `note` tells the newest row from time to time, so that age needs no clock on
    the disk: what was there when the program began is backlog."""

    live_s: float = LIVE_S
    _read: dict[Lane, int] = field(default_factory=dict)
    _noted: deque[tuple[float, int]] = field(default_factory=deque)
    _old: int | None = None
    _live_in_a_row: int = 0

    def note(self, now: float, newest: int) -> None:
        """`newest` is the row given last at `now` (seconds)."""
        if self._old is None:
            self._old = newest
        if not self._noted or self._noted[-1][1] != newest:
            self._noted.append((now, newest))
        while self._noted and self._noted[0][0] <= now - self.live_s:
            self._old = self._noted.popleft()[1]

    def between(self, lane: Lane) -> tuple[int, int]:
        """The rows after and below which the lane's next are."""
        read, old = self._read.get(lane, FIRST), self._old or 0
        if lane is Lane.LIVE:
            return max(read, old), LAST
        return read, old + 1 if lane is Lane.BACKLOG else LAST

    def passed(self, lane: Lane, row: int) -> None:
        """The lane was read up to this row."""
        self._read[lane] = row
        if lane in {Lane.LIVE, Lane.BACKLOG}:
            self._live_in_a_row = self._live_in_a_row + 1 if lane is Lane.LIVE else 0

    def back(self, rank: Rank, row: int) -> None:
        """This row must be read again: readings as backlog, when they have become that."""
        lane = Lane.BACKLOG if rank is Rank.READING else Lane(rank)
        self._read[lane] = min(self._read.get(lane, FIRST), row - 1)

    def renew(self) -> None:
        """Everything must be read again."""
        self._read.clear()

    def restart(self) -> None:
        """The rows are other ones now: what is there is backlog."""
        self.renew()
        self._noted.clear()
        self._old = None

    def shared(self, live: Sequence[Item], backlog: Sequence[Item]) -> Iterator[tuple[Lane, Item]]:
        """Both together, in the share that each has; whoever takes one says by `passed` that it went."""
        live_left, backlog_left = iter(live), iter(backlog)
        while True:
            first = Lane.BACKLOG if self._live_in_a_row >= LIVE_TO_BACKLOG else Lane.LIVE
            for lane in (first, Lane.BACKLOG if first is Lane.LIVE else Lane.LIVE):
                item = next(live_left if lane is Lane.LIVE else backlog_left, None)
                if item is not None:
                    yield lane, item
                    break
            else:
                return
