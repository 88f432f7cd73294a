"""A message over which the broker drops the connection holds nothing up for ever; a bad line sets nothing aside."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from spool_kit import EVIDENCE, HEALTH, alarm, batch

from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.messages import Ack
from edge.wire.topics import Kind
from sensors.clock import HandClock

HOURS = 3600


class Line:
    """A spool and its sender; `drops` tells of which messages the broker drops the connection."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker()
        self.link: MemoryLink = self.broker.link()
        self.spool = Spool(folder / "spool.db", self.clock)
        self.sender = Sender("farm", self.spool, self.link, self.clock)
        self.drops = "no such topic"
        self.link.refuses = self._refuses

    def _refuses(self, message: Outgoing) -> str | None:
        if not message.topic.endswith(self.drops):
            return None
        self.link.cut()
        self.link.mend()
        return "gone, and whatever was on the air with it"

    def turn(self) -> None:
        """One turn of the sender, after which the gateway acknowledges what came."""
        self.sender.turn(0)
        carried, self.broker.carried = self.broker.carried, []
        sealed = [codec.unseal(one.payload) for one in carried if one.topic.count("/") == 4]
        if sealed:
            ack = Ack(self.spool.stream, tuple((one.seq, one.seq) for one in sealed))
            self.broker.carry(Outgoing(topics.down("farm", Kind.ACK, ack.stream), codec.encode_small(ack)))
        self.clock.sleep(1)

    def kinds(self) -> list[Kind]:
        return [one.kind for one in self.spool.waiting(1000)]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.spool.close()


def test_it_is_set_aside_and_all_others_pass(line: Line, tmp_path: Path) -> None:
    line.drops = "evidence"
    line.spool.put([alarm(), EVIDENCE, *map(batch, range(20))])
    for second in range(2 * HOURS):
        if second % 60 == 0:
            line.spool.put([HEALTH])
        line.turn()
        if second == HOURS // 4:
            assert set(line.kinds()) <= {Kind.EVIDENCE, Kind.HEALTH}, "it holds up none of another rank"
            assert Kind.EVIDENCE in line.kinds(), "and is tried for a good while"
    assert Kind.EVIDENCE not in line.kinds()
    with closing(sqlite3.connect(tmp_path / "spool.db")) as database:
        assert database.execute("SELECT kind, reason FROM aside").fetchall() == [
            ("evidence", "the broker drops the connection each time")
        ]
    line.spool.put([EVIDENCE])
    line.drops = "no such topic"
    for _ in range(400):
        line.turn()
    assert line.kinds() == [], "those after it are sent as ever"


def test_a_line_that_is_merely_bad_sets_nothing_aside(line: Line) -> None:
    random = Random(7)
    for second in range(HOURS // 2):
        if second % 60 == 0:
            line.spool.put([HEALTH, EVIDENCE, *map(batch, range(5))])
        if random.random() < 0.3:
            line.link.cut()
            line.link.mend()
        line.turn()
    for _ in range(100):
        line.turn()
    assert line.spool.depth().aside == 0
    assert line.kinds() == []


def test_where_the_broker_takes_nothing_at_all_nothing_is_set_aside(line: Line) -> None:
    line.drops = ""
    line.spool.put([alarm(), EVIDENCE, batch(1)])
    for _ in range(2 * HOURS):
        line.turn()
    assert line.spool.depth().aside == 0
    line.drops = "no such topic"
    for _ in range(400):
        line.turn()
    assert line.kinds() == []
