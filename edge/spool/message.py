"""What waits: messages by rank, and what names each for ever. Pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from edge.wire.topics import Kind


class Rank(IntEnum):
    """What goes first when the way is free again, and is dropped last when the disk is full."""

    ALARM = 0
    EVIDENCE = 1
    HEALTH = 2
    READING = 3


RANKS: dict[Kind, Rank] = {
    Kind.ALARM: Rank.ALARM,
    Kind.EVIDENCE: Rank.EVIDENCE,
    Kind.HEALTH: Rank.HEALTH,
    Kind.CLOCK: Rank.HEALTH,
    Kind.BATCH: Rank.READING,
}


class Fresh(NamedTuple):
    """A row to be written, in the order of the table's columns after its number.

    `mono_ms` is the monotonic clock at writing, `crc` the CRC-32 of the body, which the file adds. A message that has a
    name already, because it was rescued from another file, brings it as `stream` and `number`; else the file gives one.
    """

    rank: int
    kind: str
    body: bytes
    written_ms: int
    size: int
    mono_ms: int | None = None
    stream: str | None = None
    number: int | None = None
    crc: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits: its name (`stream`, `seq`), its kind, and its body as `codec.encode_kept` made it.

    `row` tells where it lies, and with it the order within a rank: rows only ever grow.
    """

    seq: int
    kind: Kind
    body: bytes
    stream: str
    row: int

    @property
    def name(self) -> tuple[str, int]:
        """What names it for ever."""
        return self.stream, self.seq


@dataclass(frozen=True, slots=True)
class Held:
    """A message that is not done: the row in which it lies, as long as rows don't move (see `Spool.epoch`)."""

    row: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Messages of one rank given up for want of room: numbers `first` to `last` of a stream, `messages` of them.

    All of them where `messages` is `last - first + 1`; fewer where old runs were folded into one to keep the table
    short.
    """

    stream: str
    first: int
    last: int
    rank: int
    messages: int
    bytes: int
