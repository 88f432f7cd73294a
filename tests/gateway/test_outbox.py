"""The outbox: in order, bounded, deleted only once the platform's broker has it, the same id at each sending."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker_kit import RealBroker, until
from gateway_kit import batch, known, running, sent

from edge.link.endpoint import Endpoint
from edge.link.link import Outgoing
from edge.link.memory import MemoryBroker, MemoryLink
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.spool.window import Window
from gateway.archive.queries import overview
from gateway.archive.store import Archive
from gateway.county_mqtt import CountyTopics
from gateway.inbound import judge
from gateway.outbox import Forwarder, Outbox
from hil.virtual.county_app import County
from hil.virtual.county_ledger import Ledger
from sensors.clock import HandClock

SITES = frozenset({"pond-1"})


class Bench:
    """An archive with an outbox for the county, and a way to a broker in memory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "archive.db"
        self.clock = HandClock()
        self.archive = Archive(self.path, {"county": CountyTopics("county/1"), "other": CountyTopics("other/1")})
        self.outbox = Outbox(self.path, "county")
        self.broker = MemoryBroker()
        self.link: MemoryLink = self.broker.link()
        self.forwarder = Forwarder(self.outbox, self.link, self.clock, "county", Window(4, patience_s=30))
        self.seq = 0

    def keeps(self, count: int) -> None:
        group = [judge(sent(batch(1.0), self.seq + number), SITES, known) for number in range(1, count + 1)]
        self.seq += count
        self.archive.keep(group, 0)

    def waiting(self) -> int:
        found = overview(self.path)
        assert found is not None
        assert found.outbox["other"] == self.seq, "another platform's messages are not touched"
        return found.outbox.get("county", 0)

    def carried(self) -> list[int]:
        """The numbers of the messages that went out since last asked."""
        carried, self.broker.carried = self.broker.carried, []
        return [int(one.payload.split(b'"id":"')[1].split(b'"')[0].split(b"/")[-1]) for one in carried]

    def close(self) -> None:
        self.outbox.close()
        self.archive.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_window_goes_out_in_order_and_is_deleted_once_confirmed(bench: Bench) -> None:
    bench.keeps(10)
    bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([1, 2, 3, 4], 10)
    bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([5, 6, 7, 8], 6)
    bench.forwarder.turn(0)
    bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([9, 10], 0)


def test_without_a_connection_everything_waits(bench: Bench) -> None:
    bench.link.cut()
    bench.keeps(3)
    for _ in range(3):
        bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([], 3)


def test_a_new_connection_begins_again_with_what_was_not_confirmed(bench: Bench) -> None:
    bench.keeps(6)
    bench.forwarder.turn(0)
    bench.carried()
    bench.link.confirmed()  # the broker's word is lost with the connection
    bench.link.cut()
    bench.forwarder.turn(0)
    bench.link.mend()
    bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([1, 2, 3, 4], 6)
    assert len(bench.forwarder._numbers) == 4, "tickets of the earlier connection are forgotten"


def test_what_is_not_confirmed_in_time_is_sent_again(bench: Bench) -> None:
    bench.keeps(2)
    bench.forwarder.turn(0)
    bench.link.confirmed()
    bench.clock.sleep(29)
    bench.forwarder.turn(0)
    assert bench.carried() == [1, 2]
    bench.clock.sleep(2)
    bench.forwarder.turn(0)
    assert (bench.carried(), bench.waiting()) == ([1, 2], 2)


def test_a_restart_in_the_middle_sends_again_under_the_same_id(bench: Bench) -> None:
    bench.keeps(3)
    bench.forwarder.turn(0)
    first = [(one.topic, one.payload) for one in bench.broker.carried]
    again = Forwarder(Outbox(bench.path, "county"), bench.broker.link(), bench.clock, "county", Window(4))
    bench.broker.carried = []
    again.turn(0)
    assert [(one.topic, one.payload) for one in bench.broker.carried] == first
    again._outbox.close()


def test_an_outbox_that_cannot_be_written_is_waited_out(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.keeps(2)
    bench.forwarder.turn(0)
    bench.outbox._db.execute("PRAGMA query_only = ON")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            bench.forwarder.turn(0)
    assert (len(caplog.messages), bench.waiting()) == (1, 2)
    bench.outbox._db.execute("PRAGMA query_only = OFF")
    bench.forwarder.turn(0)
    assert (bench.waiting(), bench.carried()) == (0, [1, 2])


def test_retained_and_media_type_stay_with_a_message(bench: Bench) -> None:
    bench.archive._platforms = {}
    with bench.archive._transaction():
        bench.archive._tell("county", [Outgoing("t", b"\xff\x00", retain=True, media_type="image/jpeg")])
    bench.forwarder.turn(0)
    assert bench.broker.carried == [Outgoing("t", b"\xff\x00", retain=True, media_type="image/jpeg")]


def test_a_countys_broker_that_is_down_loses_and_doubles_nothing(bench: Bench, broker: RealBroker) -> None:
    """A real broker is killed in the middle and comes back; the county's ledger is the judge."""
    folder = bench.path.parent

    def link(name: str, *listens: str, session_s: int = 0) -> MqttLink:
        endpoint = Endpoint("127.0.0.1", broker.port, name, session_s=session_s)
        return MqttLink(endpoint, SystemClock(), listens, backoff=Backoff(0.05, 0.2))

    listening = link("county", "county/1/#", session_s=600)
    outbox = Outbox(bench.path, "county")
    forwarder = Forwarder(outbox, link("gateway"), SystemClock(), "county", Window(10))
    county = County(listening, folder / "county", SystemClock())
    with running(county):
        until(lambda: listening.connected and (folder / "county" / "county.db").exists(), "the county listens")
        ledger = Ledger(folder / "county" / "county.db")
        until(_answered(broker, ledger), "its subscription is in force")
        with running(forwarder):
            bench.keeps(50)
            until(lambda: len(ledger.messages("readings")) >= 20, "the first are there")
            broker.stop()
            bench.keeps(50)
            until(lambda: not listening.connected, "the county notices")
            assert bench.waiting() >= 50
            broker.start()
            until(lambda: len(ledger.messages("readings")) == 100 and bench.waiting() == 0, "all are there")
    ids = [int(name.split("/")[-1]) for name, _ in ledger.messages("readings")]
    assert sorted(ids) == list(range(1, 101))
    assert ids == sorted(ids), "in order"
    ledger.close()
    outbox.close()


def _answered(broker: RealBroker, ledger: Ledger) -> Callable[[], bool]:
    """Does a message of our own come through to the ledger?"""
    probe = MqttLink(Endpoint("127.0.0.1", broker.port, "probe"), SystemClock())

    def answered() -> bool:
        probe.pump(0.02)
        probe.publish(Outgoing("county/1/probe", b'{"id":"probe"}'))
        probe.pump(0.02)
        if not ledger.messages("probe"):
            return False
        probe.close()
        return True

    return answered
