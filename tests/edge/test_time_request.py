"""A device without a clock and a gateway that has one: asked, answered, and taken for what it is worth."""

import logging

import pytest

from edge.link.beside import BesideLink
from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.runtime.clock import KnowingClock
from edge.time_request import TimeRequests
from edge.wire import codec
from edge.wire.time import TimeOffer
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp

TRUE = 1_790_000_000_000
UP, DOWN = "luxi/1/farm/up/time/sense", "luxi/1/farm/down/time/sense"


class Bench:
    """A device in 1970, 10 s after its boot, on a broker in memory."""

    def __init__(self) -> None:
        self.own = HandClock(monotonic=10)
        self.own.set(10_000, ClockState.UNSET)
        self.clock = KnowingClock(self.own)
        self.broker = MemoryBroker()
        requests = TimeRequests("farm", "sense", self.clock)
        self.inner: MemoryLink = self.broker.link(requests.listens, "other")
        self.link = BesideLink(self.inner, requests)

    def asked(self) -> list[int]:
        """What was asked since last looked at, by monotonic time."""
        carried, self.broker.carried = self.broker.carried, []
        return [codec.decode_time_request(one.payload).mono_ms for one in carried if one.topic == UP]

    def answer(self, mono_ms: int, wall_ms: int, error_ms: int = 5) -> None:
        offer = TimeOffer(mono_ms, wall_ms, ClockState.SYNCHRONISED, error_ms)
        self.broker.carry(Outgoing(DOWN, codec.encode_small(offer)))
        assert self.link.pump(0) == []

    def turns(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.own.sleep(1)
            self.link.pump(0)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.link.pump(0)
    return made


def test_asks_as_soon_as_it_is_connected_and_takes_the_middle(bench: Bench) -> None:
    assert bench.asked() == [10_000]
    bench.own.sleep(0.5)
    bench.answer(10_000, TRUE + 10_250)
    assert bench.clock.now() == Stamp(TRUE + 10_500, 10_500, "hand", ClockState.SYNCHRONISED, 255)


def test_asks_again_every_30_s_until_it_is_told_and_then_every_10_min(bench: Bench) -> None:
    bench.turns(60)
    assert bench.asked() == [10_000, 40_000, 70_000]
    bench.answer(70_000, TRUE + 70_000)
    bench.turns(599)
    assert bench.asked() == []
    bench.turns(1)
    assert bench.asked() == [670_000]


def test_asks_again_at_each_new_connection(bench: Bench) -> None:
    bench.answer(10_000, TRUE + 10_000)
    bench.asked()
    bench.inner.cut()
    bench.turns(700)
    assert bench.asked() == [], "nobody hears it"
    bench.inner.mend()
    bench.link.pump(0)
    assert bench.asked() == [710_000]


def test_asks_nobody_while_the_own_clock_is_synchronised(bench: Bench) -> None:
    bench.asked()
    bench.own.set(TRUE, ClockState.SYNCHRONISED, 1)
    bench.turns(2000)
    assert bench.asked() == []
    bench.own.set(TRUE, ClockState.RESTORED)
    bench.turns(30)
    assert len(bench.asked()) == 1, "the kernel lost it"


def test_an_answer_to_an_earlier_question_is_not_taken(bench: Bench) -> None:
    bench.turns(30)
    assert bench.asked() == [10_000, 40_000]
    bench.answer(10_000, TRUE + 40_000)
    assert bench.clock.now().clock is ClockState.UNSET
    bench.answer(40_000, TRUE + 40_000)
    bench.answer(40_000, TRUE + 99_000)
    assert bench.clock.now().wall_ms == TRUE + 40_000, "the first answer counts"


def test_an_answer_that_took_too_long_is_no_time(bench: Bench) -> None:
    bench.turns(11)
    bench.answer(10_000, TRUE + 21_000)
    assert bench.clock.now().clock is ClockState.UNSET
    bench.turns(19)
    assert bench.asked() == [10_000, 40_000], "asked again"


@pytest.mark.parametrize(("wall_ms", "error_ms"), [(10_000, 5), (-1, 5), (TRUE, -1), (TRUE, 6000)])
def test_a_time_that_cannot_be_is_not_taken(bench: Bench, wall_ms: int, error_ms: int) -> None:
    bench.answer(10_000, wall_ms, error_ms)
    assert bench.clock.now().clock is ClockState.UNSET


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\x94\x01\x02\xa1x\x03", b"\x90"])
def test_an_offer_that_cannot_be_read_is_said_and_left(
    bench: Bench, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        bench.broker.carry(Outgoing(DOWN, payload))
        assert bench.link.pump(0) == []
    assert "can't be read" in caplog.text
    assert bench.clock.now().clock is ClockState.UNSET


def test_the_owner_of_the_link_gets_everything_else(bench: Bench) -> None:
    bench.broker.carry(Outgoing("other", b"for you"))
    assert [message.payload for message in bench.link.pump(0)] == [b"for you"]
    assert (bench.link.connected, bench.link.epoch) == (True, 1)
    ticket = bench.link.publish(Outgoing("up", b""))
    assert bench.link.confirmed() >= {ticket}
    bench.link.close()
    assert not bench.link.connected
