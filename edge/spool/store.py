"""The spool: every message waits here until the gateway says that it is on the gateway's disk.

Order is the number's, never the wall clock's; a number is given once and never again; (site, stream, seq) names a
message for ever. Writing is one commit, synced. Where the disk is full, read-only or gone, the spool goes on in memory,
within narrow bounds: what is put there is sent as ever, and moves to the disk, under the name that it has, as soon as
that can be written again. A damaged file is set aside, and what can be read out of it is rescued.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from edge.spool.bounds import Bounds
from edge.spool.footing import Footing
from edge.spool.message import RANKS, Fresh, Held, Rank, Waiting
from edge.spool.runs import Run, holds, merged
from edge.spool.tally import Tally
from edge.wire.codec import Encoder, decode_kept, kind_of
from edge.wire.messages import Body, Depth, RankDepth
from sensors.clock import Clock

LAST_ROW = 2**63 - 1


class Spool:
    """One file, safe to use from several threads of one program."""

    def __init__(self, path: Path, clock: Clock, bounds: Bounds | None = None) -> None:
        """Open the file or make it. Where that can't be done now the spool begins in memory, and says so in `depth`."""
        self._clock = clock
        self._lock = threading.Lock()
        self._footing = Footing(path, clock, bounds or Bounds())
        self._encoder = Encoder()
        self._held: Held | None = None
        self._wakes: list[Callable[[], None]] = []

    @property
    def stream(self) -> str:
        """The name under which numbers are given now."""
        with self._lock:
            return self._footing.files()[0].stream

    @property
    def starts(self) -> int:
        """How often a program was started on this file; 0 where it never could be opened."""
        return self._footing.starts

    @property
    def epoch(self) -> int:
        """How often messages moved to other rows: what was read before must be read again."""
        return self._footing.epoch

    def put(self, bodies: Iterable[Body]) -> bool:
        """Keep messages, in one commit. True: they survive a power cut. False: the disk is in trouble, and they wait
        in memory until it isn't, unless the program ends first; `depth` tells of it."""
        with self._lock:
            fresh = [self._fresh(body) for body in bodies]
        return self.put_rows(fresh)

    def hold(self, body: Body) -> Held | None:
        """Keep a message that is not done: `grow` writes it anew, and nobody is given it before `release`. None where
        the disk is in trouble: it then waits in memory like any other."""
        with self._lock:
            self._held = self._footing.hold(self._fresh(body))
        if self._held is None:
            self._tell()
        return self._held

    def grow(self, held: Held, body: Body) -> bool:
        """Write a held message anew, in one commit; False where it must stay as it is."""
        with self._lock:
            return self._footing.replace(held, self._fresh(body))

    def release(self, held: Held) -> None:
        """The message is done."""
        with self._lock:
            if self._held == held:
                self._held = None
        self._tell()

    def put_rows(self, rows: Iterable[Fresh]) -> bool:
        """Keep bodies that are encoded already, in one commit; as `put`."""
        fresh = list(rows)
        with self._lock:
            kept = self._footing.put(fresh)
        self._tell()
        return kept

    def body(self, waiting: Waiting) -> Body:
        """A waiting message as it was put in; MalformedError where it can't be read any more."""
        return decode_kept(waiting.kind, waiting.body)

    def on_change(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, in the thread that put something in, each time that happened."""
        self._wakes.append(wake)

    def waiting(self, limit: int) -> list[Waiting]:
        """The next messages to send, by rank and then by row."""
        found: list[Waiting] = []
        for rank in Rank:
            found += self.take(rank, -LAST_ROW, limit - len(found))
        return found

    def take(self, rank: Rank, after: int, messages: int, size: int = LAST_ROW, below: int = LAST_ROW) -> list[Waiting]:
        """The next of a rank in the rows between `after` and `below`: up to so many, of up to so many bytes but one."""
        if messages <= 0:
            return []
        with self._lock:
            if self._held is not None and self._held.epoch == self._footing.epoch and rank is Rank.READING:
                below = min(below, self._held.row)
            found = self._footing.each(lambda file: file.take(rank, after, below, messages, size))
            return self._not_owed(found)[:messages]

    def at(self, rows: Sequence[int]) -> list[Waiting]:
        """What waits in these rows; those that are gone are left out."""
        with self._lock:
            return self._not_owed(self._footing.each(lambda file: file.at(rows)))

    def newest_row(self) -> int:
        """The row given last; whatever is put in later has a higher one."""
        with self._lock:
            return max(self._footing.each(lambda file: [file.last_row()]), default=0)

    def streams(self) -> tuple[str, ...]:
        """The names under which something waits, and the one in use."""
        with self._lock:
            return tuple(dict.fromkeys(self._footing.each(lambda file: file.streams())))

    def delete(self, runs: Mapping[str, Iterable[Run]]) -> int:
        """Forget messages that the gateway has on its disk, by stream: runs of numbers; how many went."""
        found = {stream: merged(several) for stream, several in runs.items()}
        with self._lock:
            return self._footing.delete(found)

    def set_aside(self, name: tuple[str, int], reason: str) -> None:
        """Take a message that can't be sent out of the queue; it is kept, with the reason, while there is room."""
        with self._lock:
            self._footing.each(lambda file: file.set_aside(name, reason))

    def mend(self) -> None:
        """Where the disk was in trouble, see whether it still is, if it is time to."""
        with self._lock:
            self._footing.mend()

    def depth(self) -> Depth:
        """How much waits and since when, what was dropped and set aside, and what ails the disk."""
        with self._lock:
            tallies = [file.tally for file in self._footing.files()]
            oldest = self._footing.each(lambda file: file.oldest())
            trouble = self._footing.trouble
        ranks = [_of_rank(rank, tallies) for rank in Rank]
        return Depth(
            messages=sum(rank.messages for rank in ranks),
            bytes=sum(rank.bytes for rank in ranks),
            oldest_age_ms=_age(oldest, self._clock.now().mono_ms),
            ranks=tuple(rank for rank in ranks if rank.messages or rank.dropped),
            aside=sum(tally.aside for tally in tallies),
            trouble=trouble,
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._footing.close()

    def _fresh(self, body: Body) -> Fresh:
        kind, kept, now = kind_of(body), self._encoder.encode(body), self._clock.now()
        return Fresh(RANKS[kind], kind, kept, now.wall_ms, len(kept), now.mono_ms)

    def _tell(self) -> None:
        """Whoever waits for messages hears that there are some."""
        for wake in self._wakes:
            wake()

    def _not_owed(self, found: list[Waiting]) -> list[Waiting]:
        """Without those that the gateway has, but which the disk could not forget yet."""
        owed = self._footing.owed
        return [one for one in found if not holds(owed.get(one.stream, ()), one.seq)] if owed else found


def _of_rank(rank: Rank, tallies: Sequence[Tally]) -> RankDepth:
    waiting, dropped = [tally.waiting[rank] for tally in tallies], [tally.dropped[rank] for tally in tallies]
    return RankDepth(
        rank=rank.name.lower(),
        messages=sum(sums.messages for sums in waiting),
        bytes=sum(sums.bytes for sums in waiting),
        dropped=sum(sums.messages for sums in dropped),
        dropped_bytes=sum(sums.bytes for sums in dropped),
    )


def _age(oldest: Sequence[int | None], now_ms: int) -> int | None:
    """Milliseconds since the oldest was written; None where nothing waits, or that was before this boot."""
    return None if not oldest or oldest[0] is None else max(0, now_ms - oldest[0])
