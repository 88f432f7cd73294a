"""The sender: nothing is deleted before its acknowledgement, whatever the broker says and the network does."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spool_kit import EVIDENCE, HEALTH, alarm, batch, fresh

from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.spool.flight import Flight
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.messages import Ack
from edge.wire.topics import Kind
from sensors.clock import HandClock


class Bench:
    """A spool, its sender, and a gateway that acknowledges when it is told to."""

    def __init__(self, folder: Path, size: int = 4) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker()
        self.spool = Spool(folder / "spool.db", self.clock)
        self.link: MemoryLink = self.broker.link()
        self.folder = folder
        self.flight = Flight(size, reserve=0, patience_s=10)
        self.manners = Manners(self.flight)
        self.sender = Sender("farm", self.spool, self.link, self.clock, self.manners)
        self.archive: list[int] = []

    def put(self, count: int) -> None:
        self.spool.put([batch(number) for number in range(count)])

    def sent(self) -> list[int]:
        """The numbers published since last asked."""
        carried, self.broker.carried = self.broker.carried, []
        return [codec.unseal(one.payload).seq for one in carried if one.topic == "luxi/1/farm/up/batch"]

    def everything(self) -> list[tuple[str, int]]:
        """Kind and number of all that was published to the gateway since last asked."""
        carried, self.broker.carried = self.broker.carried, []
        found = [(one.topic.removeprefix("luxi/1/farm/up/"), one.payload) for one in carried]
        return [(kind, codec.unseal(payload).seq) for kind, payload in found if "/" not in kind]

    def topics(self) -> list[str]:
        return [kind for kind, _ in self.everything()]

    def acknowledge(self, *runs: tuple[int, int], stream: str = "") -> None:
        ack = codec.encode_small(Ack(stream or self.spool.stream, runs))
        self.broker.carry(Outgoing(topics.down("farm", Kind.ACK, self.spool.stream), ack))

    def waiting(self) -> list[int]:
        return [waiting.seq for waiting in self.spool.waiting(1000)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.spool.close()


def test_sends_a_window_and_keeps_everything(bench: Bench) -> None:
    bench.put(6)
    bench.sender.turn(0)
    assert bench.sent() == [1, 2, 3, 4]
    assert bench.waiting() == [1, 2, 3, 4, 5, 6]


def test_an_acknowledgement_deletes_and_makes_room(bench: Bench) -> None:
    bench.put(6)
    bench.sender.turn(0)
    bench.sent()
    bench.acknowledge((1, 2))
    bench.sender.turn(0)
    assert bench.sent() == [5, 6]
    assert bench.waiting() == [3, 4, 5, 6]


def test_the_brokers_word_deletes_nothing(bench: Bench) -> None:
    bench.put(2)
    bench.link.deaf = True  # the broker confirms, and dies
    bench.sender.turn(0)
    assert bench.link.confirmed()
    assert bench.waiting() == [1, 2]


def test_what_is_not_acknowledged_in_time_is_sent_again_as_it_was(bench: Bench) -> None:
    bench.put(2)
    bench.sender.turn(0)
    first = [one.payload for one in bench.broker.carried]
    assert bench.sent() == [1, 2]
    bench.sender.turn(0)  # the broker's word comes in: the gateway's time begins
    bench.clock.sleep(9)
    bench.sender.turn(0)
    assert bench.sent() == []
    bench.clock.sleep(1)
    bench.sender.turn(0)
    assert [one.payload for one in bench.broker.carried] == first, "and what it refers to is told again"


def test_a_new_connection_sends_again(bench: Bench) -> None:
    bench.put(2)
    bench.sender.turn(0)
    bench.sent()
    bench.link.cut()
    bench.sender.turn(0)
    assert bench.sent() == []
    assert not bench.sender.connected
    bench.link.mend()
    bench.sender.turn(0)
    assert bench.sent() == [1, 2]


def test_readings_wait_while_the_network_is_cut(bench: Bench) -> None:
    bench.link.cut()
    bench.put(3)
    bench.sender.turn(0)
    assert bench.waiting() == [1, 2, 3]


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\x92\xa1x", b"\x90"])
def test_an_acknowledgement_that_cannot_be_read_deletes_nothing(
    bench: Bench, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bench.put(1)
    bench.sender.turn(0)
    bench.broker.carry(Outgoing(topics.down("farm", Kind.ACK, bench.spool.stream), payload))
    with caplog.at_level(logging.WARNING):
        bench.sender.turn(0)
    assert bench.waiting() == [1]
    assert "can't be read" in caplog.text


def test_an_acknowledgement_for_another_file_deletes_nothing(bench: Bench) -> None:
    bench.put(1)
    bench.sender.turn(0)
    bench.acknowledge((1, 1), stream="another")
    bench.sender.turn(0)
    assert bench.waiting() == [1]


def test_an_acknowledgement_of_everything_deletes_only_what_was_there(bench: Bench) -> None:
    bench.put(1)
    bench.sender.turn(0)
    bench.acknowledge((1, 1_000_000))
    bench.sender.turn(0)
    bench.put(1)
    bench.sender.turn(0)
    assert bench.waiting() == [2]
    assert bench.sent() == [1, 2]


def test_alarms_pass_a_full_window(bench: Bench) -> None:
    bench.flight.reserve = 1
    bench.put(6)
    bench.sender.turn(0)
    assert bench.sent() == [1, 2, 3]
    bench.spool.put([alarm()])
    bench.sender.turn(0)
    assert bench.topics() == ["alarm"]


def test_ranks_go_in_their_order_and_live_readings_before_the_backlog(bench: Bench) -> None:
    bench.link.cut()
    bench.put(2)
    bench.sender.turn(0)
    bench.clock.sleep(60)
    bench.sender.turn(0)
    bench.spool.put([HEALTH, batch(3), EVIDENCE, alarm()])
    bench.flight.messages = 99
    bench.link.mend()
    bench.sender.turn(0)
    assert [(kind, seq) for kind, seq in bench.everything()] == [
        ("alarm", 6),
        ("evidence", 5),
        ("health", 3),
        ("batch", 4),
        ("batch", 1),
        ("batch", 2),
    ]


def test_nothing_overtakes_a_picture_that_there_is_no_room_for(bench: Bench) -> None:
    large = [msgspec.structs.replace(EVIDENCE, data=bytes([number]) * 90_000) for number in range(3)]
    bench.flight.messages, bench.flight.air_size = 99, 100_000
    bench.spool.put([HEALTH, *large, batch(1)])
    for _ in range(6):
        bench.sender.turn(0)
    assert [kind for kind, _ in bench.everything()] == ["evidence"] * 3 + ["health", "batch"]


def test_the_backlog_drains_beside_live_readings(bench: Bench) -> None:
    bench.put(4)
    bench.flight.messages = 2
    order: list[int] = []
    bench.link.cut()
    bench.sender.turn(0)
    bench.link.mend()
    for _ in range(10):
        bench.put(2)
        bench.sender.turn(0)
        sent = bench.sent()
        order += sent
        bench.acknowledge(*[(seq, seq) for seq in sent])
    old = [seq for seq in order if seq <= 4]
    assert old == [1, 2, 3, 4]
    assert order.index(4) < 16, "a fourth of what goes out is backlog"
    assert order[0] == 5


def test_a_budget_by_the_hour_spares_the_connection_but_not_alarms(bench: Bench) -> None:
    bench.manners.pace.bytes_per_hour = 36_000
    bench.flight.messages = bench.flight.air_messages = 10_000
    bench.put(1_000)
    bench.sender.turn(0)
    first = len(bench.sent())
    assert 5 < first < 40, "five minutes' worth"
    bench.spool.put([alarm()])
    bench.sender.turn(0)
    assert bench.topics() == ["alarm"]
    bench.clock.sleep(100)
    bench.sender.turn(0)
    assert 2 < len(bench.sent()) < first


def test_a_message_too_large_for_the_broker_is_set_aside_and_blocks_nothing(bench: Bench) -> None:
    bench.link.largest = 2_000
    bench.spool.put_rows([fresh(EVIDENCE, 5_000)])
    bench.put(1)
    bench.sender.turn(0)
    assert bench.everything() == [("batch", 2)]
    assert bench.spool.depth().aside == 1
    with closing(sqlite3.connect(bench.folder / "spool.db")) as database:
        [(reason,)] = database.execute("SELECT reason FROM aside")
    assert "too large" in reason


def test_a_message_that_the_broker_finds_fault_with_is_set_aside(bench: Bench) -> None:
    bench.put(3)
    two = codec.parted(bench.spool.waiting(3)[1].body).body
    bench.link.refuses = lambda one: "final: Payload format invalid" if two in one.payload else None
    bench.sender.turn(0)
    bench.sender.turn(0)
    assert bench.waiting() == [1, 3]
    assert bench.spool.depth().aside == 1


def test_where_the_broker_takes_nothing_nothing_is_lost(bench: Bench) -> None:
    bench.put(3)
    bench.link.refuses = lambda _: "Not authorized"
    for _ in range(50):
        bench.clock.sleep(400)
        bench.sender.turn(0)
    assert bench.waiting() == [1, 2, 3]
    bench.link.refuses = lambda _: None
    bench.clock.sleep(400)
    bench.sender.turn(0)
    bench.sender.turn(0)
    assert bench.sent() == [1, 2, 3]


def test_what_is_refused_while_others_pass_is_set_aside_in_the_end(bench: Bench) -> None:
    bench.spool.put_rows([fresh(EVIDENCE)] * 3)
    bench.link.refuses = lambda one: "Not authorized" if "evidence" in one.topic else None
    for _ in range(20):
        bench.put(1)
        bench.sender.turn(0)
        bench.acknowledge(*[(seq, seq) for _, seq in bench.everything() if seq > 3])
        bench.clock.sleep(400)
    bench.sender.turn(0)
    assert bench.spool.depth().aside == 3
    assert bench.spool.depth().messages <= 1


def test_the_brokers_word_is_enough_where_no_gateway_stands_behind_it(bench: Bench) -> None:
    bench.manners.broker_confirms = True
    bench.put(3)
    bench.sender.turn(0)
    assert bench.waiting() == [1, 2, 3]
    bench.sender.turn(0)
    assert bench.waiting() == []


def test_says_again_that_it_is_here_when_somebody_says_that_it_is_not(bench: Bench) -> None:
    topic = topics.up("farm", Kind.ONLINE, "sense")
    bench.manners.here = Outgoing(topic, b"here", retain=True)
    bench.sender.turn(0)
    bench.clock.sleep(4)
    bench.sender.turn(0)
    assert bench.broker.retained[topic].payload == b"here"
    bench.broker.carry(Outgoing(topic, b"gone", retain=True))
    bench.sender.turn(0)
    assert bench.broker.retained[topic].payload == b"here"


def test_what_was_dropped_meanwhile_is_not_sent_again(bench: Bench) -> None:
    bench.put(2)
    bench.sender.turn(0)
    bench.sender.turn(0)
    bench.spool.delete({bench.spool.stream: [(1, 1)]})
    bench.sent()
    bench.clock.sleep(10)
    bench.sender.turn(0)
    assert bench.sent() == [2]
    assert set(bench.flight.under_way) == {(bench.spool.stream, 2)}


def test_an_acknowledgement_of_too_many_runs_is_left_out(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(1)
    bench.sender.turn(0)
    bench.acknowledge(*[(1, 1)] * 10_001)
    bench.sender.turn(0)
    assert bench.waiting() == [1]
    assert "10001 runs" in caplog.text


def test_what_was_rescued_is_sent_and_acknowledged_under_its_old_name(tmp_path: Path) -> None:
    old = Bench(tmp_path)
    old.put(3)
    name = old.spool.stream
    old.spool.close()
    with (tmp_path / "spool.db").open("r+b") as file:
        file.write(bytes(100))
    bench = Bench(tmp_path, 99)
    bench.sender.turn(0)
    sealed = [codec.unseal(one.payload) for one in bench.broker.carried if one.topic.endswith("batch")]
    assert [(one.stream, one.seq) for one in sealed] == [(name, 1), (name, 2), (name, 3)]
    ack = codec.encode_small(Ack(name, ((1, 3),)))
    bench.broker.carry(Outgoing(topics.down("farm", Kind.ACK, name), ack))
    bench.sender.turn(0)
    assert [one.kind for one in bench.spool.waiting(9)] == [Kind.ALARM]
    bench.spool.close()


STEPS = st.lists(st.sampled_from(["put", "turn", "cut", "mend", "wait", "ack", "deaf", "hear"]), max_size=60)


@given(STEPS)
def test_whatever_happens_everything_arrives_and_nothing_goes_early(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("sender"))
    put, archived = 0, set[int]()
    for step in [*steps, "hear", "mend", *["wait", "turn", "ack", "turn"] * 60]:
        if step == "put":
            bench.put(1)
            put += 1
        elif step == "turn":
            bench.sender.turn(0)
        elif step in {"cut", "mend"}:
            getattr(bench.link, step)()
        elif step == "wait":
            bench.clock.sleep(11)
        elif step in {"deaf", "hear"}:
            bench.link.deaf = step == "deaf"
        else:
            archived |= set(bench.sent())
            bench.acknowledge(*[(seq, seq) for seq in sorted(archived)])
        unarchived = set(range(1, put + 1)) - archived
        assert unarchived <= set(bench.waiting()), "deleted before it was archived"
    bench.spool.close()
    assert archived == set(range(1, put + 1))
