"""What every link promises, held against the one in memory and the one to a real mosquitto alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from broker_kit import RealBroker, until

from edge.link.endpoint import Endpoint
from edge.link.link import Incoming, Link, Outgoing
from edge.link.memory import MemoryBroker
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock

Maker = Callable[..., Link]


class Party:
    """One link, and everything that it heard."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.heard: list[Incoming] = []
        self.confirmed: list[int] = []

    def turn(self) -> bool:
        self.heard += self.link.pump(0.02)
        self.confirmed += self.link.confirmed()
        return True

    def says(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> int:
        """Publish, and wait until the broker has it."""
        ticket = self.link.publish(Outgoing(topic, payload, retain))
        assert ticket is not None
        until(lambda: self.turn() and ticket in self.confirmed, "the broker has it")
        return ticket

    def hears(self, count: int) -> list[Incoming]:
        until(lambda: self.turn() and len(self.heard) >= count, f"{count} messages come in")
        return self.heard


@dataclass
class Net:
    """A network with one broker on it, whichever kind, and the links made on it."""

    make: Maker
    links: list[Link] = field(default_factory=list)

    def party(self, *topics: str, greeting: Outgoing | None = None) -> Party:
        link = self.make(f"client-{len(self.links)}", topics, greeting)
        self.links.append(link)
        made = Party(link)
        until(lambda: made.turn() and link.connected, "the link connects")
        made.says("probe")  # the broker answers in order: the subscriptions are in force now
        return made


@pytest.fixture(params=["memory", "mosquitto"])
def net(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Net]:
    if request.param == "memory":
        memory = MemoryBroker()
        yield Net(lambda _name, topics, greeting: memory.link(*topics, greeting=greeting))
        return
    broker = RealBroker.plain(tmp_path)
    broker.start()

    def real(name: str, topics: tuple[str, ...], greeting: Outgoing | None) -> Link:
        endpoint = Endpoint("127.0.0.1", broker.port, name)
        return MqttLink(endpoint, SystemClock(), topics, greeting, backoff=Backoff(0.05, 0.2))

    net = Net(real)
    yield net
    for link in net.links:
        link.close()
    broker.stop()


def test_what_one_publishes_the_other_gets_in_order(net: Net) -> None:
    receiver, sender = net.party("a/+/b"), net.party()
    messages = [Incoming(f"a/{number}/b", bytes([number])) for number in range(50)]
    for message in messages:
        sender.says(message.topic, message.payload)
    assert receiver.hears(50) == messages


@pytest.mark.parametrize(
    ("listens", "topic", "hears"),
    [
        ("a/#", "a/b/c", True),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a/b/c", True),
        ("a.b", "axb", False),
        ("+/up", "a/up", True),
        ("a/#", "b/a", False),
        ("a/#", "a", True),
    ],
)
def test_filters_are_those_of_mqtt(net: Net, listens: str, topic: str, *, hears: bool) -> None:
    receiver, sender = net.party(listens, "end"), net.party()
    sender.says(topic)
    sender.says("end")
    expected = [topic, "end"] if hears else ["end"]
    assert [message.topic for message in receiver.hears(len(expected))] == expected


def test_each_ticket_is_confirmed_once(net: Net) -> None:
    party = net.party()
    tickets = [party.says("a", b"1"), party.says("a", b"2")]
    party.turn()
    assert [party.confirmed.count(ticket) for ticket in tickets] == [1, 1]


def test_what_is_retained_comes_to_who_listens_later(net: Net) -> None:
    sender = net.party()
    sender.says("state", b"old", retain=True)
    sender.says("state", b"new", retain=True)
    sender.says("passing", b"gone")
    late = net.party("state", "passing")
    assert late.hears(1) == [Incoming("state", b"new")]


def test_the_greeting_goes_out_with_each_connection(net: Net) -> None:
    watcher = net.party("hello")
    net.party(greeting=Outgoing("hello", b"I am here"))
    assert watcher.hears(1) == [Incoming("hello", b"I am here")]


def test_topics_may_be_added_and_left_again(net: Net) -> None:
    sender = net.party()
    sender.says("kept", b"before", retain=True)
    receiver = net.party("always")
    receiver.link.listen(("one", "kept"))
    assert receiver.hears(1) == [Incoming("kept", b"before")]
    receiver.link.listen(("two",))
    receiver.says("probe")
    for topic in ("one", "two", "always"):
        sender.says(topic)
    assert [one.topic for one in receiver.hears(3)] == ["kept", "two", "always"]


def test_a_link_refuses_nothing_by_itself_and_may_be_woken_at_any_time(net: Net) -> None:
    party = net.party()
    party.link.wake()
    party.turn()
    assert party.link.refused() == []
    party.link.close()
    party.link.wake()


def test_a_link_that_is_closed_publishes_nothing(net: Net) -> None:
    link = net.party().link
    link.close()
    assert (link.connected, link.epoch) == (False, 1)
    assert link.publish(Outgoing("a", b"")) is None
    link.close()
