"""The whole way in small: spool, sender, broker, ingest and archive, with every failure in any order, against a model.

Real are the spool's and the archive's files, the sender, the ingest and the wire; the network is a broker in memory.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from shutil import rmtree

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from spool_kit import alarm, batch

from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.spool.bounds import Bounds
from edge.spool.flight import Flight
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire import topics
from edge.wire.messages import Alarm, Body
from edge.wire.topics import Kind
from gateway.archive.store import Archive
from gateway.ingest import LISTENS, Ingest
from sensors.clock import HandClock

SITE = "farm"
PATIENCE_S = 30.0
TINY = Bounds(max_bytes=100_000, disk_floor=0)
"""So little room that the machine's own messages fill it."""
Name = tuple[str, int]


class LossyBroker(MemoryBroker):
    """Loses and doubles what it carries, as often as it is told to."""

    lose = 0
    double = 0

    def carry(self, message: Outgoing) -> None:
        if self.lose > 0:
            self.lose -= 1
            return
        super().carry(message)
        if self.double > 0:
            self.double -= 1
            super().carry(message)


class Delivery(RuleBasedStateMachine):
    """`put` remembers what was put under which name; whatever happens, each is waiting, dropped or archived once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="delivery-"))
        self.clock, self.broker = HandClock(), LossyBroker()
        self.made = 0
        self.put_names: dict[Name, Body] = {}
        self.boots = 0
        self._open_edge()
        self._open_gateway()

    def _open_edge(self) -> None:
        self.spool = Spool(self.folder / "sense.db", self.clock, TINY)
        self.link: MemoryLink = self.broker.link()
        manners = Manners(Flight(messages=8, air_messages=6, reserve=2, patience_s=PATIENCE_S))
        self.sender = Sender(SITE, self.spool, self.link, self.clock, manners)

    def _open_gateway(self) -> None:
        self.archive = Archive(self.folder / "archive.db")
        self.heard: MemoryLink = self.broker.link(LISTENS)
        self.ingest = Ingest(self.heard, self.archive, frozenset([SITE]), self.clock)

    @rule(readings=st.integers(0, 4), alarms=st.integers(0, 1))
    def put(self, readings: int, alarms: int) -> None:
        bodies: list[Body] = [alarm(self.made + number) for number in range(alarms)]
        bodies += [batch(self.made + number) for number in range(readings)]
        self.made += readings + alarms
        first = self.spool.newest_row() + 1
        assert self.spool.put(bodies)
        self.put_names |= {(self.spool.stream, seq): body for seq, body in enumerate(bodies, first)}

    @rule()
    def put_more_than_there_is_room_for(self) -> None:
        for _ in range(6):
            self.put(100, 1)

    @rule()
    def edge_turns(self) -> None:
        self.sender.turn(0)

    @rule()
    def gateway_turns(self) -> None:
        self.ingest.turn(0)

    @rule(seconds=st.sampled_from([0.5, 5.0, PATIENCE_S, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    @rule()
    def network_is_cut(self) -> None:
        self.link.cut()

    @rule()
    def network_is_mended(self) -> None:
        self.link.mend()

    @rule(count=st.integers(1, 10))
    def messages_are_lost(self, count: int) -> None:
        self.broker.lose = count

    @rule(count=st.integers(1, 10))
    def messages_come_twice(self, count: int) -> None:
        self.broker.double = count

    @rule()
    def an_old_message_comes_again(self) -> None:
        for old in self.broker.carried[-5:]:
            if topics.parse(old.topic) is not None:
                self.heard.offer(old)
                self.link.offer(old)

    @rule(power=st.booleans())
    def edge_crashes(self, *, power: bool) -> None:
        """Nothing is closed in order; after a power cut it is another boot, and its clock begins anew."""
        self._leave(self.link)
        self.spool._footing._disk = None
        if power:
            self.boots += 1
            self.clock = HandClock(monotonic=1.0, wall_ms=0, boot=f"boot-{self.boots}")
        self._open_edge()
        self.ingest._clock = self.clock

    @rule()
    def gateway_crashes(self) -> None:
        self._leave(self.heard)
        self.archive._db.close()
        self._open_gateway()

    @rule()
    def gateway_crashes_before_it_acknowledges(self) -> None:
        self.broker.lose = 10**6
        self.ingest.turn(0)
        self.broker.lose = 0
        self.gateway_crashes()

    @rule(end=st.sampled_from([10, 2**63, 2**70]))
    def somebody_acknowledges_what_is_not_ours(self, end: int) -> None:
        ack = b"\x92\xa5other\x91\x92\x01\x0a" if end == 10 else b"\xff"
        self.link.offer(Outgoing(topics.down(SITE, Kind.ACK, "other"), ack))

    @precondition(lambda self: self.link.connected)
    @rule()
    def broker_refuses_for_a_while(self) -> None:
        self.link.refuses = lambda _: "Quota exceeded"
        self.sender.turn(0)
        self.sender.turn(0)
        self.link.refuses = lambda _: None

    def _leave(self, link: MemoryLink) -> None:
        link.cut()
        self.broker.links.remove(link)

    def _rows(self, file: str, query: str) -> list[tuple[str, int]]:
        with closing(sqlite3.connect(self.folder / file)) as database:
            return [(str(row[0]), int(row[1])) for row in database.execute(query)]

    def archived(self) -> list[Name]:
        return self._rows("archive.db", "SELECT stream, seq FROM message")

    def waiting(self) -> set[Name]:
        return {one.name for one in self.spool.waiting(100_000)}

    def dropped(self) -> set[Name]:
        with closing(sqlite3.connect(self.folder / "sense.db")) as database:
            runs = database.execute("SELECT stream, first, last FROM dropped").fetchall()
        return {(stream, seq) for stream, first, last in runs for seq in range(first, last + 1)}

    @invariant()
    def nothing_is_lost_and_nothing_doubled(self) -> None:
        archived = self.archived()
        assert len(set(archived)) == len(archived)
        assert set(archived) <= set(self.put_names), "nothing is invented"
        assert set(self.put_names) == self.waiting() | self.dropped() | set(archived)

    @invariant()
    def alarms_are_never_dropped(self) -> None:
        assert not [name for name in self.dropped() if isinstance(self.put_names[name], Alarm)]

    @invariant()
    def nothing_goes_to_the_dead_letters(self) -> None:
        assert self._rows("archive.db", "SELECT topic, times FROM dead_letter") == []

    def teardown(self) -> None:
        """When all is well again everything arrives, alarms first."""
        self.broker.lose = self.broker.double = 0
        self.link.mend()
        self.heard.mend()
        self.gateway_turns()
        alarms = {name for name in self.waiting() if isinstance(self.put_names[name], Alarm)} - set(self.archived())
        for _ in range(600):
            self.edge_turns()
            self.gateway_turns()
            alarms -= set(self.archived())
            self.clock.sleep(PATIENCE_S)
            if not self.waiting():
                break
        assert self.waiting() == set()
        assert set(self.archived()) | self.dropped() == set(self.put_names)
        self.spool.close()
        self.archive.close()
        rmtree(self.folder)


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)


def test_the_broker_loses_and_doubles() -> None:
    broker = LossyBroker()
    link = broker.link("a")
    link.pump(0)
    broker.lose, broker.double = 1, 1
    for payload in (b"1", b"2", b"3"):
        broker.carry(Outgoing("a", payload))
    assert link.pump(0) == [Incoming("a", b"2"), Incoming("a", b"2"), Incoming("a", b"3")]
