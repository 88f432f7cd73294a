"""Who may do what on a real mosquitto: a site's certificate opens its own branch and no other."""

import ssl
import subprocess

import pytest
from broker_kit import until
from gateway_kit import SecuredBroker

from edge.link.link import Outgoing
from edge.link.mqtt import MqttLink
from edge.wire import topics
from edge.wire.topics import Kind
from gateway.ingest import LISTENS


def says(link: MqttLink, topic: str, payload: bytes = b"x") -> bool:
    """Publish; did the broker take it? Where it says no, this mosquitto may also end the connection."""
    ticket, epoch = link.publish(Outgoing(topic, payload)), link.epoch
    assert ticket is not None
    for _ in range(10):
        link.pump(0.02)
        if link.epoch == epoch and ticket in link.confirmed():
            return True
    until(lambda: link.pump(0.02) is not None and link.connected, "it is connected again")
    return False


def test_a_site_reaches_the_gateway_and_the_gateway_the_site(secured: SecuredBroker) -> None:
    gateway = secured.link("gateway", LISTENS)
    pond = secured.link("pond-1", "luxi/1/pond-1/down/#")
    assert says(pond, topics.up("pond-1", Kind.BATCH), b"hello")
    heard = []
    until(lambda: bool(heard.extend(gateway.pump(0.02)) or any(one.payload == b"hello" for one in heard)), "it comes")
    gateway.publish(Outgoing(topics.down("pond-1", Kind.ACK, "s"), b"thanks"))
    gateway.pump(0.02)
    until(lambda: [one.payload for one in pond.pump(0.02)] == [b"thanks"], "the answer comes")


@pytest.mark.parametrize(
    "topic",
    [
        "luxi/1/pond-1/up/batch",
        "luxi/1/pond-1/up/online/sense",
        "luxi/1/pond-1/down/ack/s",
        "luxi/1/pond-2/down/ack/s",
        "luxi/1/gateway/up/batch",
        "luxi/1/pond-2x/up/batch",
        "elsewhere",
        "$SYS/broker/uptime",
    ],
)
def test_a_second_sites_certificate_writes_nowhere_else(secured: SecuredBroker, topic: str) -> None:
    gateway = secured.link("gateway", LISTENS)
    pond_1 = secured.link("pond-1", "luxi/1/pond-1/down/#")
    pond_2 = secured.link("pond-2")
    assert not says(pond_2, topic, b"forged")
    assert says(pond_2, "luxi/1/pond-2/up/batch", b"own")
    heard = []
    until(lambda: bool(heard.extend(gateway.pump(0.02)) or heard), "what it may say comes")
    assert {one.payload for one in heard} == {b"own"}
    assert pond_1.pump(0.05) == []


@pytest.mark.parametrize("listens", ["luxi/1/pond-1/#", "luxi/1/+/up/#", "luxi/1/+/down/#", "#"])
def test_a_second_sites_certificate_reads_nothing_of_the_first(secured: SecuredBroker, listens: str) -> None:
    gateway = secured.link("gateway", LISTENS)
    spy = secured.link("pond-2", listens)
    pond = secured.link("pond-1", "luxi/1/pond-1/down/#")
    assert says(spy, topics.up("pond-2", Kind.BATCH)), "its subscription is in force now"
    assert says(pond, topics.up("pond-1", Kind.BATCH), b"secret")
    gateway.publish(Outgoing(topics.down("pond-1", Kind.ACK, "s"), b"secret"))
    until(lambda: gateway.pump(0.02) is not None and bool(pond.pump(0.02)), "the first site hears")
    heard = [one for _ in range(5) for one in spy.pump(0.02)]
    assert [one for one in heard if "pond-1" in one.topic] == []


def test_one_site_may_be_two_programs(secured: SecuredBroker) -> None:
    sense = secured.link("pond-1", client_id="pond-1-sense")
    watch = secured.link("pond-1", client_id="pond-1-watch")
    for _ in range(5):
        sense.pump(0.02)
        watch.pump(0.02)
    assert (sense.connected, watch.connected, sense.epoch, watch.epoch) == (True, True, 1, 1)


def test_without_a_certificate_nobody_comes_in(secured: SecuredBroker) -> None:
    """Asked by mosquitto's own client, by TLS without a certificate and by no TLS at all."""
    port, ca = str(secured.broker.port), str(secured.bundle("pond-1").ca)
    for options in (["--cafile", ca], []):
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", port, *options, "-q", "1", "-t", "luxi/1/pond-1/up/batch"]
        done = subprocess.run([*command, "-m", "x"], capture_output=True, check=False, timeout=20)
        assert done.returncode != 0


def test_a_certificate_of_another_authority_is_refused(secured: SecuredBroker) -> None:
    other = SecuredBroker(secured.folder / "other")
    forged = other.bundle("pond-1")
    context = ssl.create_default_context(cafile=str(secured.bundle("pond-1").ca))
    context.load_cert_chain(forged.certificate, forged.key)
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(secured.broker.port), "--cafile"]
    command += [str(secured.bundle("pond-1").ca), "--cert", str(forged.certificate), "--key", str(forged.key)]
    done = subprocess.run([*command, "-t", "luxi/1/pond-1/up/batch", "-m", "x"], check=False, timeout=20)
    assert done.returncode != 0


def test_a_site_hears_its_own_presence_and_no_other(secured: SecuredBroker) -> None:
    pond_1 = secured.link("pond-1", "luxi/1/+/up/online/+", "luxi/1/pond-1/down/#")
    pond_2 = secured.link("pond-2")
    gateway = secured.link("gateway")
    assert says(pond_2, topics.up("pond-2", Kind.ONLINE, "sense"), b"theirs")
    assert says(pond_1, topics.up("pond-1", Kind.ONLINE, "sense"), b"ours")
    assert says(pond_1, topics.up("pond-1", Kind.BATCH), b"not for us")
    assert says(gateway, topics.down("pond-1", Kind.ACK, "s"), b"the end")
    heard: list[bytes] = []
    until(lambda: bool(heard.extend(one.payload for one in pond_1.pump(0.02)) or b"the end" in heard), "it comes")
    assert set(heard) <= {b"ours", b"the end"}
