"""From the broker into the archive: a group at a time, and nothing is acknowledged before its commit."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable

from edge.link.link import Incoming, Link, Outgoing
from edge.spool.runs import merged
from edge.wire import codec, topics
from edge.wire.messages import Ack
from edge.wire.topics import ROOT, Kind
from gateway.archive.store import Archive
from gateway.inbound import DeadLetter, Entry, Identity, Judged, Told, judge
from gateway.legends import Legends
from gateway.time_offers import is_request
from sensors.clock import Clock

log = logging.getLogger(__name__)

LISTENS = f"{ROOT}/+/up/#"
"""What the gateway's link subscribes to."""
TURN_S = 0.2
MAX_REFUSED = 1000
"""So many different names of refused sites are remembered for the log."""


def runs(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Numbers as the fewest runs, both ends included: 1, 2, 3, 7 as ((1, 3), (7, 7))."""
    return tuple(merged((number, number) for number in numbers))


def acknowledgements(group: Iterable[Judged]) -> list[Outgoing]:
    """One `Ack` per site and stream for what needn't be sent again: what is kept, and what could never be."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for item in group:
        who = _identity(item)
        if who is not None:
            numbers.setdefault((who.site, who.stream), []).append(who.seq)
    return [
        Outgoing(topics.down(site, Kind.ACK, stream), codec.encode_small(Ack(stream, runs(seqs))))
        for (site, stream), seqs in numbers.items()
    ]


class Ingest:
    """A service: takes what came, keeps it in one commit, acknowledges it."""

    name = "ingest"

    def __init__(self, link: Link, archive: Archive, sites: frozenset[str], clock: Clock) -> None:
        self._link = link
        self._archive = archive
        self._legends = Legends(archive.legend)
        self._sites = sites
        self._clock = clock
        self._unkept: list[Incoming] = []
        self._trouble = ""
        self._refused: set[tuple[str, str]] = set()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        while not stop.is_set():
            self.turn(TURN_S)
            beat()
        self._link.close()

    def turn(self, timeout_s: float) -> None:
        """One group. Where it can't be kept nothing is acknowledged, to devices or broker, and it is tried again with
        what comes next: the broker brings no more than it is owed (its `max_inflight_messages`)."""
        patience_s = 0.0 if self._archive.unsettled else timeout_s
        came = [*self._unkept, *(one for one in self._link.pump(patience_s) if not is_request(one.topic))]
        if not came and not self._archive.unsettled:
            return
        try:
            group = self._judged(came)
            self._archive.keep(group, self._clock.now().wall_ms)
        except sqlite3.Error as fault:
            self._unkept = came
            self._say(f"{type(fault).__name__}: {fault}")
            return
        self._unkept = []
        self._link.accept()
        self._say("")
        self._name_dead(group)
        for ack in acknowledgements(group):
            self._link.publish(ack)

    def _judged(self, came: Iterable[Incoming]) -> list[Judged]:
        """A legend counts from the moment it comes: batches of the same group refer to it."""
        group: list[Judged] = []
        for message in came:
            item = judge(message, self._sites, self._legends.find)
            if isinstance(item, Told):
                self._legends.add(item)
            group.append(item)
        return group

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.error("the archive can't be written, nothing is acknowledged until it can: %s", trouble)
        if self._trouble and not trouble:
            log.info("the archive can be written again")
        self._trouble = trouble

    def _name_dead(self, group: Iterable[Judged]) -> None:
        """Each cause once per site: a sender repeats itself for ever."""
        for item in (item for item in group if isinstance(item, DeadLetter)):
            if (item.site, item.reason) not in self._refused and len(self._refused) < MAX_REFUSED:
                self._refused.add((item.site, item.reason))
                log.warning("message on %s goes to the dead letters: %s", item.topic, item.reason)


def _identity(item: Judged) -> Identity | None:
    return item.identity if isinstance(item, Entry | DeadLetter) else None
