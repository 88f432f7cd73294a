"""Carries the spool to the gateway: one thread, one link, a window under way, nothing deleted before its `Ack`."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from edge.link.link import Incoming, Link, Outgoing
from edge.spool.flight import Flight, Name
from edge.spool.lanes import Lane, Lanes
from edge.spool.message import RANKS, Rank, Waiting
from edge.spool.pace import Pace
from edge.spool.presence import Presence
from edge.spool.refusals import MOST_LOSSES, Refusals
from edge.spool.runs import Run, merged
from edge.spool.store import Spool
from edge.spool.suspects import Suspects
from edge.wire import codec, topics
from edge.wire.legend import digest
from edge.wire.messages import Ack
from edge.wire.topics import Kind
from sensors.clock import Clock

log = logging.getLogger(__name__)

TURN_S = 0.5
MAX_STREAMS = 16
"""Acknowledgements for more names than these are listened to by a wildcard."""
MAX_RUNS = 10_000
"""More runs in one acknowledgement than any gateway needs."""
_PACKET = 64
"""Bytes that a packet has beside topic and payload, at most."""


@dataclass
class Manners:
    """How the sender behaves: what may be under way, how fast, and whose word deletes.

    With `broker_confirms` the broker's word is enough: for platforms of others, which send no `Ack`. `here` is said
    again and again on a retained topic; None for a program that says nothing of itself.
    """

    flight: Flight = field(default_factory=Flight)
    pace: Pace = field(default_factory=Pace)
    broker_confirms: bool = False
    here: Outgoing | None = None


class Sender:
    """A service: publishes what waits, deletes what the gateway has."""

    name = "sender"

    def __init__(self, site: str, spool: Spool, link: Link, clock: Clock, manners: Manners | None = None) -> None:
        self._site = site
        self._spool = spool
        self._link = link
        self._clock = clock
        self._manners = manners or Manners()
        self._flight = self._manners.flight
        self._lanes = Lanes()
        self._refusals = Refusals()
        self._dropping = Refusals(MOST_LOSSES)
        self._suspects = Suspects()
        self._presence = Presence()
        self._epochs = (0, -1)
        self._told: set[bytes] = set()
        spool.on_change(link.wake)

    @property
    def connected(self) -> bool:
        """Is there a connection to the broker right now?"""
        return self._link.connected

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        while not stop.is_set():
            self.turn(TURN_S)
            beat()
        self._link.close()

    def turn(self, timeout_s: float) -> None:
        """Take in what the broker and the gateway say, then send what there is room for."""
        incoming = self._link.pump(timeout_s)
        self._spool.mend()
        self._look_around()
        self._heed_broker()
        self._take(incoming)
        if self._link.connected:
            self._say_here(incoming)
            self._send()

    def _look_around(self) -> None:
        """Begin anew where the connection is new, or where messages lie in other rows than before."""
        epochs = self._link.epoch, self._spool.epoch
        if epochs != self._epochs:
            if epochs[0] != self._epochs[0]:
                self._suspect()
            if epochs[1] != self._epochs[1]:
                self._lanes.restart()
            self._epochs = epochs
            self._flight.renew()
            self._lanes.renew()
            self._told.clear()
            self._link.listen(self._listens())
        self._lanes.note(self._clock.monotonic(), self._spool.newest_row())

    def _suspect(self) -> None:
        """The connection was lost: did one message alone do that, again and again? Its rank rests, or it must go."""
        on_air = dict(self._flight.air())
        name = self._suspects.lost(frozenset(on_air))
        self._flight.careful = self._suspects.careful
        if name is None:
            return
        if self._dropping.refused(name, on_air[name].rank, self._clock.monotonic(), final=False):
            self._set_aside(name, "the broker drops the connection each time")
            self._suspects.taken({name})
            self._flight.careful = self._suspects.careful

    def _listens(self) -> tuple[str, ...]:
        names = self._spool.streams()
        heard = names if len(names) <= MAX_STREAMS else ("+",)
        here = () if self._manners.here is None else (self._manners.here.topic,)
        return (*(topics.down(self._site, Kind.ACK, name) for name in heard), *here)

    def _heed_broker(self) -> None:
        """What it took begins its way to the gateway; what it refused waits or is set aside."""
        now = self._clock.monotonic()
        tickets = self._link.confirmed()
        taken = self._flight.confirmed(tickets, now) if tickets else []
        for refusals in (self._refusals, self._dropping):
            refusals.taken({sent.rank for _, sent in taken})
        self._suspects.taken({name for name, _ in taken})
        self._flight.careful = self._suspects.careful
        if taken and self._manners.broker_confirms:
            self._forget(_by_stream(name for name, _ in taken))
        for refusal in self._link.refused():
            found = self._flight.refused(refusal.ticket)
            if found is None:
                continue
            name, sent = found
            if self._refusals.refused(name, sent.rank, now, final=refusal.final):
                self._set_aside(name, refusal.reason)
            else:
                self._lanes.back(sent.rank, sent.row)

    def _take(self, incoming: Iterable[Incoming]) -> None:
        """Delete what acknowledgements name."""
        runs: dict[str, list[Run]] = {}
        for message in incoming:
            ack = self._ack(message)
            if ack is not None:
                runs.setdefault(ack.stream, []).extend(ack.runs)
        if runs:
            self._forget({stream: merged(found) for stream, found in runs.items()})

    def _forget(self, runs: dict[str, list[Run]]) -> None:
        self._spool.delete(runs)
        self._flight.acknowledged(runs, self._clock.monotonic())

    def _ack(self, message: Incoming) -> Ack | None:
        """The acknowledgement in a message, None for anything else."""
        address = topics.parse(message.topic)
        if address is None or address.kind is not Kind.ACK:
            return None
        try:
            ack = codec.decode_ack(message.payload)
        except codec.MalformedError as fault:
            log.warning("an acknowledgement on %s can't be read: %s", message.topic, fault)
            return None
        if len(ack.runs) > MAX_RUNS:
            log.warning("an acknowledgement on %s of %d runs is left out", message.topic, len(ack.runs))
            return None
        return ack

    def _say_here(self, incoming: Iterable[Incoming]) -> None:
        here = self._manners.here
        if here is None:
            return
        contradicted = any(one.topic == here.topic and one.payload != here.payload for one in incoming)
        if self._presence.due(self._clock.monotonic(), self._link.epoch, contradicted=contradicted):
            self._link.publish(here)

    def _send(self) -> None:
        """Fill the window: alarms, what is overdue, then lane by lane, the readings' two side by side. A lane waits
        while there is more in the one before it than there is room for."""
        self._send_lane(Lane.ALARM)
        self._send_overdue()
        if not (self._send_lane(Lane.EVIDENCE) and self._send_lane(Lane.HEALTH)):
            return
        for lane, one in self._lanes.shared(self._next(Lane.LIVE), self._next(Lane.BACKLOG)):
            if not self._passed(lane, one):
                return

    def _send_overdue(self) -> None:
        overdue = self._flight.overdue(self._clock.monotonic())
        if not overdue:
            return
        self._told.clear()  # what nobody acknowledged may not have been understood
        there = self._spool.at(list(overdue))
        for row in overdue.keys() - {one.row for one in there}:  # dropped meanwhile
            self._flight.forget(overdue[row])
        for one in there:
            if not self._publish(one, again=True):
                return

    def _send_lane(self, lane: Lane) -> bool:
        """Send what waits in a lane; False where there is no room for all of it."""
        while found := self._next(lane):
            if not all(self._passed(lane, one) for one in found):
                return False
        return self._rests(lane.rank) or self._free(lane.rank)

    def _rests(self, rank: Rank) -> bool:
        """Does the rank wait, because the broker would not have its first?"""
        now = self._clock.monotonic()
        return any(refusals.rests(rank, now) for refusals in (self._refusals, self._dropping))

    def _next(self, lane: Lane) -> list[Waiting]:
        if self._rests(lane.rank) or not self._free(lane.rank):
            return []
        messages, size = self._flight.room(alarm=lane is Lane.ALARM)
        after, below = self._lanes.between(lane)
        return self._spool.take(lane.rank, after, messages, size, below)

    def _passed(self, lane: Lane, one: Waiting) -> bool:
        """Send one of a lane, unless it is under way already; False where there is no room for it now."""
        if one.name not in self._flight.under_way and not self._publish(one):
            return False
        self._lanes.passed(lane, one.row)
        return True

    def _free(self, rank: Rank, *, again: bool = False) -> bool:
        """Is there room in the window, and something left of the hour's bytes?"""
        urgent = rank is Rank.ALARM
        messages, _ = self._flight.room(alarm=urgent, again=again)
        return messages > 0 and (urgent or self._manners.pace.free(self._clock.monotonic()))

    def _publish(self, one: Waiting, *, again: bool = False) -> bool:
        """Send one message, or set it aside if it can never be sent; False where it can't be sent now."""
        if not self._free(RANKS[one.kind], again=again):
            return False
        parts = codec.parted(one.body)
        if not self._tell_legend(parts.legend):
            return False
        message = Outgoing(topics.up(self._site, one.kind), codec.seal(one.stream, one.seq, parts.body))
        size = len(message.payload) + len(message.topic)
        largest = self._link.largest
        if largest is not None and size + _PACKET > largest:
            self._set_aside(one.name, f"too large: {size} bytes, the broker takes {largest - _PACKET}")
            return True
        ticket = self._link.publish(message)
        if ticket is None:
            return False
        self._manners.pace.spend(size)
        self._flight.sent(one, size, ticket, self._clock.monotonic())
        return True

    def _tell_legend(self, legend: bytes) -> bool:
        """Tell what a batch refers to ahead of it, once per connection; False where that can't be done now."""
        if not legend or legend in self._told:
            return True
        topic = topics.up(self._site, Kind.LEGEND, digest(legend).hex())
        if self._link.publish(Outgoing(topic, legend, retain=self._manners.broker_confirms)) is None:
            return False
        self._manners.pace.spend(len(legend) + len(topic))
        self._told.add(legend)
        return True

    def _set_aside(self, name: Name, reason: str) -> None:
        log.warning("message %d of %s is set aside, it can't be sent: %s", name[1], name[0], reason)
        self._flight.forget(name)
        self._spool.set_aside(name, reason)


def _by_stream(names: Iterable[Name]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for stream, seq in names:
        found.setdefault(stream, []).append((seq, seq))
    return {stream: merged(runs) for stream, runs in found.items()}
