"""The link in memory: how a test plays the network's part."""

from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker


def test_a_cut_link_neither_sends_nor_hears() -> None:
    broker = MemoryBroker()
    link, other = broker.link("a"), broker.link("a")
    link.pump(0)
    other.pump(0)
    link.cut()
    assert not link.connected
    assert link.publish(Outgoing("a", b"lost")) is None
    other.publish(Outgoing("a", b"unheard"))
    assert link.pump(0) == []
    assert other.pump(0) == [Incoming("a", b"unheard")]


def test_mending_makes_a_new_epoch_with_its_greeting_and_what_is_retained() -> None:
    broker = MemoryBroker()
    link = broker.link("state", greeting=Outgoing("hello", b"here", retain=True))
    link.pump(0)
    broker.carry(Outgoing("state", b"on", retain=True))
    assert link.pump(0) == [Incoming("state", b"on")]
    link.cut()
    link.mend()
    assert link.epoch == 1
    assert link.pump(0) == [Incoming("state", b"on")]
    assert (link.connected, link.epoch) == (True, 2)
    assert [message.topic for message in broker.carried].count("hello") == 2


def test_a_deaf_link_confirms_and_delivers_nothing() -> None:
    broker = MemoryBroker()
    link = broker.link()
    link.pump(0)
    link.deaf = True
    ticket = link.publish(Outgoing("a", b"swallowed"))
    assert link.confirmed() == {ticket}
    assert broker.carried == []
