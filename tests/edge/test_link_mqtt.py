"""The link to a real mosquitto: connections that come and go, wills, certificates, and what is said of trouble."""

import logging
import socket
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broker_kit import RealBroker, until, unused_port

from edge.link.endpoint import Endpoint
from edge.link.link import Outgoing
from edge.link.mqtt import STEADY_S, MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.wire.squeeze import MAX_BODY
from gateway.authority import Authority
from gateway.broker import Listener, write_passwords
from sensors.clock import HandClock

QUICK = Backoff(0.05, 0.1)


def connected(link: MqttLink) -> MqttLink:
    until(lambda: link.pump(0.02) is not None and link.connected, "the link connects")
    return link


def test_comes_back_by_itself_in_a_new_epoch(broker: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    greeting = Outgoing("hello", b"here", retain=True)
    link = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "c"), SystemClock(), greeting=greeting, backoff=QUICK))
    assert link.epoch == 1
    broker.kill()
    until(lambda: link.pump(0.02) is not None and not link.connected, "the loss is noticed")
    assert link.publish(Outgoing("a", b"")) is None
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            link.pump(0.02)
    causes = [message.split(": ", 1)[1] for message in caplog.messages]
    assert len(causes) == len(set(causes)), "says each cause once, not at each try"
    broker.start()
    connected(link)
    assert link.epoch == 2
    link.close()


def test_the_will_is_told_when_a_program_vanishes_and_when_it_leaves(broker: RealBroker) -> None:
    watcher = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "watcher"), SystemClock(), ("state",)))
    will = Outgoing("state", b"gone", retain=True)
    leaving = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "leaving"), SystemClock(), will=will))
    leaving.close()
    until(lambda: [message.payload for message in watcher.pump(0.1)] == [b"gone"], "the will comes")
    vanishing = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "vanishing"), SystemClock(), will=will))
    # As if the power went: the socket dies without a word.
    sock = vanishing._client.socket() if vanishing._client else None
    assert isinstance(sock, socket.socket)
    sock.shutdown(socket.SHUT_RDWR)
    until(lambda: [message.payload for message in watcher.pump(0.1)] == [b"gone"], "the will comes")
    for link in (watcher, vanishing):
        link.close()


def test_a_session_keeps_what_comes_while_one_is_away(broker: RealBroker) -> None:
    endpoint = Endpoint("127.0.0.1", broker.port, "sleeper", session_s=60)
    sleeper = connected(MqttLink(endpoint, SystemClock(), ("news",)))
    sleeper.pump(0.1)
    sleeper.close()
    sender = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "sender"), SystemClock()))
    ticket = sender.publish(Outgoing("news", b"meanwhile"))
    until(lambda: sender.pump(0.02) is not None and ticket in sender.confirmed(), "the broker has it")
    again = MqttLink(endpoint, SystemClock(), ("news",))
    found: list[bytes] = []
    until(lambda: bool(found.extend(one.payload for one in again.pump(0.05)) or found), "it comes")
    assert found == [b"meanwhile"]
    for link in (sender, again):
        link.close()


def test_what_was_not_accepted_comes_again(broker: RealBroker) -> None:
    endpoint = Endpoint("127.0.0.1", broker.port, "careful", session_s=60, accepts=True)
    sender = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "sender"), SystemClock()))

    def heard(link: MqttLink, count: int) -> list[bytes]:
        found: list[bytes] = []
        until(lambda: bool(found.extend(one.payload for one in link.pump(0.05)) or len(found) >= count), "they come")
        return found

    careful = connected(MqttLink(endpoint, SystemClock(), ("news",)))
    careful.pump(0.1)
    for payload in (b"kept", b"lost"):
        sender.publish(Outgoing("news", payload))
        sender.pump(0.1)
        assert heard(careful, 1) == [payload]
        if payload == b"kept":
            careful.accept()
            careful.pump(0.1)
    again = MqttLink(endpoint, SystemClock(), ("news",))  # as after `kill -9`: the other never said anything more
    assert heard(again, 1) == [b"lost"]
    again.accept()
    for link in (sender, again, careful):
        link.close()


def test_a_connection_that_breaks_while_accepting_is_no_more_than_a_loss(broker: RealBroker) -> None:
    endpoint = Endpoint("127.0.0.1", broker.port, "careful", session_s=60, accepts=True)
    sender = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "sender"), SystemClock()))
    careful = connected(MqttLink(endpoint, SystemClock(), ("news",), backoff=QUICK))
    careful.pump(0.1)
    for _ in range(20):
        sender.publish(Outgoing("news", b"one of many"))
    until(lambda: sender.pump(0.02) is not None and len(sender.confirmed()) > 0, "the broker has them")
    heard: list[bytes] = []
    until(lambda: bool(heard.extend(one.payload for one in careful.pump(0.05)) or len(heard) >= 20), "they come")
    broker.kill()
    careful.accept()
    until(lambda: careful.pump(0.02) is not None and not careful.connected, "the loss is noticed")
    for link in (sender, careful):
        link.close()


def test_the_media_type_travels_along(broker: RealBroker) -> None:
    command = ["mosquitto_sub", "-p", str(broker.port), "-V", "mqttv5", "-t", "p", "-C", "1", "-W", "10", "-F", "%C %l"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as witness:
        link = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "c"), SystemClock()))
        link.publish(Outgoing("p", b"12345", retain=True, media_type="image/jpeg"))
        link.pump(0.1)
        link.close()
        assert witness.stdout is not None
        assert witness.stdout.read().strip() == "image/jpeg 5"


def test_a_link_that_waits_is_woken(broker: RealBroker) -> None:
    link = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "c"), SystemClock()))
    link.pump(0.1)
    waker = threading.Timer(0.1, link.wake)
    waker.start()
    began = SystemClock().monotonic()
    link.pump(60)
    waker.join()
    assert SystemClock().monotonic() - began < 60
    link.close()


def test_the_broker_says_how_large_a_message_may_be(tmp_path: Path) -> None:
    broker = RealBroker.plain(tmp_path)
    broker.start()
    link = connected(MqttLink(Endpoint("127.0.0.1", broker.port, "c"), SystemClock(), backoff=QUICK))
    assert link.largest == MAX_BODY + 65536, "as the gateway writes it into mosquitto's configuration"
    link.close()
    broker.stop()


def test_connections_that_do_not_last_are_made_less_and_less_often() -> None:
    clock = HandClock()
    link = MqttLink(Endpoint("127.0.0.1", unused_port(), "c"), clock, backoff=Backoff(1, 300))
    waits = []
    for lasted in (1, 1, 1, 1, 1, 1, 1, 1, STEADY_S):
        link._connected, link._since, link._retry_at = True, clock.monotonic(), 0.0
        clock.sleep(lasted)
        link._lost("gone")
        waits.append(link._retry_at - clock.monotonic())
    assert waits[4] > 8
    assert all(wait <= 32 for wait in waits), "and never much less"
    assert waits[-1] <= 1


def test_nobody_there_is_waited_out_on_the_clock_it_was_given(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    link = MqttLink(Endpoint("127.0.0.1", unused_port(), "c"), clock, backoff=Backoff(10, 80))
    for _ in range(200):
        assert link.pump(1) == []
    assert clock.monotonic() > 100, "each turn waits"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ConnectionRefusedError" in caplog.text


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_passwords(tmp_path: Path, caplog: pytest.LogCaptureFixture, password: str) -> None:
    write_passwords(tmp_path / "passwords", {"county": "right"})
    broker = RealBroker(Listener("127.0.0.1", unused_port(), tmp_path / "b", passwords=tmp_path / "passwords"))
    broker.start()
    endpoint = Endpoint("127.0.0.1", broker.port, "c", username="county", password=password)
    link = MqttLink(endpoint, SystemClock(), backoff=QUICK)
    until(lambda: link.pump(0.02) is not None and (link.connected or "Not authorized" in caplog.text), "an answer")
    assert link.connected is (password == "right")
    assert "wrong" not in caplog.text + repr(endpoint), "a password is never told"
    link.close()
    broker.stop()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_of_another_authority_is_not_believed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = datetime.now(UTC)
    ours, theirs = Authority(tmp_path / "ours", now), Authority(tmp_path / "theirs", now)
    server = theirs.ensure_server(tmp_path / "server", ("127.0.0.1",))
    broker = RealBroker(Listener("127.0.0.1", unused_port(), tmp_path / "b", server))
    broker.start()
    mine = ours.ensure_client(tmp_path / "client", "site", "pond")
    endpoint = Endpoint("127.0.0.1", broker.port, "c", mine.ca, mine.certificate, mine.key)
    link = MqttLink(endpoint, SystemClock(), backoff=QUICK)
    for _ in range(5):
        link.pump(0.05)
    assert not link.connected
    assert "SSLCertVerificationError" in caplog.text
    link.close()
    broker.stop()


def test_a_broker_that_accepts_and_says_nothing_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        held: list[socket.socket] = []
        accepting = threading.Thread(target=lambda: held.append(mute.accept()[0]))
        accepting.start()
        link = MqttLink(Endpoint("127.0.0.1", mute.getsockname()[1], "c"), SystemClock())
        for _ in range(5):
            link.pump(0.02)
        accepting.join()
        assert not link.connected
        assert link.publish(Outgoing("a", b"")) is None
        link.close()
        held[0].close()
