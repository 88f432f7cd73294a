"""Offering time: only what is known, only to the gateway's own sites, and from end to end over a real broker."""

import logging
import time

import pytest
from broker_kit import until
from gateway_kit import SecuredBroker, running

from edge.link.beside import BesideLink
from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker
from edge.runtime.clock import KnowingClock, SystemClock
from edge.time_request import TimeRequests
from edge.wire import codec
from edge.wire.time import TimeOffer, TimeRequest
from gateway.time_offers import LISTENS, TimeOffers, is_request
from sensors.clock import HandClock
from sensors.reading import ClockState

TRUE = 1_790_000_000_000
SITES = frozenset({"pond-1"})


class Bench:
    """A gateway's time service on a broker in memory."""

    def __init__(self, trusted_ms: int | None = None) -> None:
        self.clock = HandClock(wall_ms=TRUE)
        self.broker = MemoryBroker()
        self.service = TimeOffers(self.broker.link(LISTENS), SITES, self.clock, trusted_ms)
        self.service.turn(0)

    def asks(self, payload: bytes, topic: str = "luxi/1/pond-1/up/time/sense") -> list[TimeOffer]:
        self.broker.carried = []
        self.broker.carry(Outgoing(topic, payload))
        self.service.turn(0)
        answers = [one for one in self.broker.carried if one.topic == topic.replace("up", "down")]
        return [codec.decode_time_offer(one.payload) for one in answers]


QUESTION = codec.encode_small(TimeRequest(77))


def test_a_synchronised_clock_is_offered_with_its_error() -> None:
    bench = Bench()
    bench.clock.set(TRUE, ClockState.SYNCHRONISED, 12)
    assert bench.asks(QUESTION) == [TimeOffer(77, TRUE, ClockState.SYNCHRONISED, 12)]


def test_a_doubtful_clock_is_not_offered_and_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.clock.set(TRUE, ClockState.RESTORED)
    assert bench.asks(QUESTION) == bench.asks(QUESTION) == []
    assert len(caplog.messages) == 1
    assert "trust_clock_within" in caplog.text
    bench.clock.set(TRUE, ClockState.SYNCHRONISED, 12)
    assert bench.asks(QUESTION)


def test_an_operator_may_vouch_for_it_but_not_for_1970() -> None:
    bench = Bench(trusted_ms=1000)
    bench.clock.set(TRUE, ClockState.RESTORED)
    assert bench.asks(QUESTION) == [TimeOffer(77, TRUE, ClockState.RESTORED, 1000)]
    bench.clock.set(5000, ClockState.UNSET)
    assert bench.asks(QUESTION) == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("luxi/1/stranger/up/time/sense", QUESTION),
        ("luxi/1/pond-1/up/time/sense", b"what?"),
        ("luxi/1/pond-1/up/time/sense", b"\x91\xa1x"),
    ],
)
def test_what_is_no_question_of_an_own_site_is_not_answered(topic: str, payload: bytes) -> None:
    assert Bench().asks(payload, topic) == []


def test_a_question_is_nothing_to_keep() -> None:
    assert is_request("luxi/1/pond-1/up/time/sense")
    assert not is_request("luxi/1/pond-1/up/batch")


def test_a_device_in_1970_is_told_the_time_through_a_real_broker(
    secured: SecuredBroker, caplog: pytest.LogCaptureFixture
) -> None:
    own = HandClock(monotonic=10)
    own.set(10_000, ClockState.UNSET)
    clock = KnowingClock(own)
    requests = TimeRequests("pond-1", "sense", clock)
    offers = TimeOffers(secured.link("gateway", LISTENS), SITES, SystemClock(lambda: 20))
    with caplog.at_level(logging.WARNING), running(offers):
        device = BesideLink(secured.link("pond-1", requests.listens), requests)
        until(lambda: device.pump(0.02) == [] and clock.now().clock is ClockState.SYNCHRONISED, "it is told")
    assert clock.now().error_ms == 20
    assert abs(clock.now().wall_ms / 1000 - time.time()) < 60, "this very day, not 1970"
    assert caplog.messages == []
