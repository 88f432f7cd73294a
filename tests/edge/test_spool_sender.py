"""The sender: nothing is deleted before its acknowledgement, whatever the broker says and the network does."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.spool.window import Window
from edge.wire import codec, topics
from edge.wire.messages import Ack, Batch
from edge.wire.topics import Kind
from sensors.clock import HandClock
from sensors.reading import ClockState


class Bench:
    """A spool, its sender, and a gateway that acknowledges when it is told to."""

    def __init__(self, folder: Path, size: int = 4) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker()
        self.spool = Spool(folder / "spool.db", self.clock)
        self.link: MemoryLink = self.broker.link(topics.down("farm", Kind.ACK, self.spool.stream))
        self.sender = Sender("farm", self.spool, self.link, self.clock, Window(size, patience_s=10))
        self.archive: list[int] = []

    def put(self, count: int) -> None:
        self.spool.put([Batch("b", ClockState.UNSET, None, 0, number, ()) for number in range(count)])

    def sent(self) -> list[int]:
        """The numbers published since last asked."""
        carried, self.broker.carried = self.broker.carried, []
        return [codec.unseal(one.payload).seq for one in carried if one.topic == "luxi/1/farm/up/batch"]

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
