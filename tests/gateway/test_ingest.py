"""Ingest: nothing is acknowledged before its commit, and everything that needn't be sent again is."""

import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from gateway_kit import ALARM, PICTURE, STREAM, batch, came, known, sent, told
from hypothesis import given
from hypothesis import strategies as st

from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.spool.flight import Flight
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.messages import Ack
from edge.wire.topics import Kind
from gateway.archive.queries import Overview, overview
from gateway.archive.store import Archive
from gateway.inbound import judge
from gateway.ingest import LISTENS, Ingest, acknowledgements, runs
from sensors.clock import HandClock

SITES = frozenset({"pond-1", "pond-2"})


class Bench:
    """A gateway on a broker in memory, and what it acknowledges."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "archive.db"
        self.clock = HandClock(wall_ms=1_790_000_000_000)
        self.broker = MemoryBroker()
        self.archive = Archive(self.path)
        self.link: MemoryLink = self.broker.link(LISTENS)
        self.ingest = Ingest(self.link, self.archive, SITES, self.clock)
        self.ingest.turn(0)

    def restart(self) -> None:
        """As after `kill -9`: whatever was in memory is gone."""
        self.link.cut()
        self.archive.close()
        self.archive = Archive(self.path)
        self.link = self.broker.link(LISTENS)
        self.ingest = Ingest(self.link, self.archive, SITES, self.clock)
        self.ingest.turn(0)

    def brings(self, *messages: Incoming) -> None:
        self.carry(*messages)
        self.ingest.turn(0)

    def carry(self, *messages: Incoming) -> None:
        """As `brings`, but the gateway doesn't look yet."""
        for message in messages:
            for one in told(message):
                self.broker.carry(Outgoing(one.topic, one.payload))

    def acknowledged(self) -> list[tuple[str, Ack]]:
        """What was acknowledged since last asked."""
        carried, self.broker.carried = self.broker.carried, []
        return [(one.topic, codec.decode_ack(one.payload)) for one in carried if "/down/ack/" in one.topic]

    def seen(self) -> Overview:
        found = overview(self.path)
        assert found is not None
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.archive.close()


def test_a_group_is_acknowledged_in_runs_per_site_and_stream(bench: Bench) -> None:
    bench.carry(*(sent(batch(8.5), number) for number in (1, 2, 3, 7)))
    bench.brings(sent(ALARM, 4, stream="other"), sent(ALARM, 1, site="pond-2"))
    assert bench.acknowledged() == [
        (f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 3), (7, 7)))),
        ("luxi/1/pond-1/down/ack/other", Ack("other", ((4, 4),))),
        (f"luxi/1/pond-2/down/ack/{STREAM}", Ack(STREAM, ((1, 1),))),
    ]
    assert bench.seen().messages == 6


def test_a_duplicate_is_dropped_and_acknowledged_again(bench: Bench) -> None:
    for _ in range(3):
        bench.brings(sent(batch(8.5), 1))
        assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 1),)))]
    assert (bench.seen().messages, bench.seen().readings) == (1, 1)


def test_a_malformed_message_is_a_dead_letter_and_acknowledged(bench: Bench) -> None:
    bench.brings(Incoming("luxi/1/pond-1/up/batch", codec.seal(STREAM, 5, b"\x00broken")))
    assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((5, 5),)))]
    assert (bench.seen().messages, bench.seen().dead_letters) == (0, 1)


def test_what_has_no_identity_is_a_dead_letter_alone(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            bench.brings(Incoming("luxi/1/pond-1/up/batch", b"no envelope"))
    assert bench.acknowledged() == []
    assert bench.seen().dead_letters == 1
    assert len(caplog.messages) == 1, "said once, not at each repetition"


def test_an_unknown_site_is_refused_shown_and_not_acknowledged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.brings(sent(ALARM, 1, site="stranger"), came("sense", site="stranger"))
    assert bench.acknowledged() == []
    assert (bench.seen().messages, bench.seen().dead_letters, bench.seen().sites) == (0, 2, ())
    assert "luxi/1/stranger/up/alarm" in caplog.text


def test_one_bad_message_does_not_keep_the_good_ones_waiting(bench: Bench) -> None:
    bench.broker.carry(Outgoing("luxi/1/pond-1/up/batch", b"bad"))
    bench.brings(sent(batch(8.5), 1))
    assert bench.seen().messages == 1
    assert len(bench.acknowledged()) == 1


@pytest.mark.parametrize("trouble", ["full", "closed"])
def test_what_cannot_be_kept_is_not_acknowledged(bench: Bench, caplog: pytest.LogCaptureFixture, trouble: str) -> None:
    if trouble == "full":
        (size,) = bench.archive._db.execute("PRAGMA page_count").fetchone()
        bench.archive._db.execute(f"PRAGMA max_page_count = {size}")
    else:
        bench.archive.close()
    group = [sent(batch(*[8.5] * 500), seq) for seq in range(1, 9)]
    for _ in range(3):
        bench.brings(*group)
    assert bench.acknowledged() == []
    assert bench.seen().messages == 0
    assert [record.levelname for record in caplog.records] == ["ERROR"], "said once"
    bench.restart()
    bench.brings(*group)
    assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 8),)))]
    assert bench.seen().messages == 8


def test_it_says_when_the_archive_is_well_again(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    (size,) = bench.archive._db.execute("PRAGMA page_count").fetchone()
    bench.archive._db.execute(f"PRAGMA max_page_count = {size}")
    group = [sent(batch(*[8.5] * 500), seq) for seq in range(1, 9)]
    with caplog.at_level(logging.INFO):
        bench.brings(*group)
        bench.archive._db.execute("PRAGMA max_page_count = 1000000")
        bench.ingest.turn(0)
    assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 8),)))], "nobody sent again"
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert bench.seen().messages == 8


def test_killed_between_commit_and_acknowledgement_nothing_is_doubled(bench: Bench, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db", bench.clock)
    device = bench.broker.link(topics.down("pond-1", Kind.ACK, spool.stream))
    sender = Sender("pond-1", spool, device, bench.clock, Manners(Flight(4, reserve=0, patience_s=5)))
    spool.put([batch(float(number)) for number in range(4)] + [PICTURE])
    sender.turn(0)
    bench.link.deaf = True  # committed, and dead before the word is out
    bench.ingest.turn(0)
    assert bench.seen().messages == 4
    bench.restart()
    sender.turn(0)
    assert spool.depth().messages == 5, "nothing was acknowledged, nothing is forgotten"
    for _ in range(4):
        bench.clock.sleep(6)
        sender.turn(0)
        bench.ingest.turn(0)
    sender.turn(0)
    assert spool.depth().messages == 0
    assert (bench.seen().messages, bench.seen().readings, bench.seen().pictures) == (5, 4, 1)
    spool.close()


def test_an_acknowledgement_that_is_lost_comes_again_with_the_duplicate(bench: Bench) -> None:
    bench.link.deaf = True
    bench.brings(sent(batch(1.0), 1))
    assert bench.acknowledged() == []
    bench.link.deaf = False
    bench.brings(sent(batch(1.0), 1))
    assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 1),)))]


@given(st.lists(st.integers(1, 60)))
def test_runs_name_each_number_once_and_no_other(numbers: list[int]) -> None:
    found = runs(numbers)
    assert sorted({n for first, last in found for n in range(first, last + 1)}) == sorted(set(numbers))
    assert all(last + 1 < following for (_, last), (following, _) in pairwise(found))


def test_presence_is_not_acknowledged() -> None:
    assert acknowledgements([judge(came("sense"), SITES, known)]) == []


def test_a_batch_waits_for_its_legend(bench: Bench) -> None:
    legend, message = told(sent(batch(8.5), 1))
    bench.broker.carry(Outgoing(message.topic, message.payload))
    bench.ingest.turn(0)
    assert (bench.acknowledged(), bench.seen().messages, bench.seen().dead_letters) == ([], 0, 0)
    bench.broker.carry(Outgoing(legend.topic, legend.payload))
    bench.broker.carry(Outgoing(message.topic, message.payload))
    bench.ingest.turn(0)
    assert bench.acknowledged() == [(f"luxi/1/pond-1/down/ack/{STREAM}", Ack(STREAM, ((1, 1),)))]


def test_a_legend_outlives_the_gateway(bench: Bench) -> None:
    bench.brings(sent(batch(8.5), 1))
    bench.restart()
    _, message = told(sent(batch(8.4), 2))
    bench.broker.carry(Outgoing(message.topic, message.payload))
    bench.ingest.turn(0)
    assert bench.seen().messages == 2
