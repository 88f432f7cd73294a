"""The only door to paho: MQTT 5 over TLS, one connection at a time, no thread of its own.

Each connection has a client object of its own. What an old one had not delivered is forgotten with it: resending is
the spool's business, under the same identity, and two layers that both resend would double the traffic.
"""

import logging
import os
import random
import select
import socket
import ssl
import weakref

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.link import tls
from edge.link.endpoint import Endpoint
from edge.link.link import Incoming, Outgoing, Refusal
from edge.runtime.backoff import Backoff
from edge.runtime.clock import machine_wall_ms
from sensors.clock import Clock
from sensors.host import octets

log = logging.getLogger(__name__)

MANY = 500
"""So many messages are taken in by one `pump` at the most, so that their owner can commit them together."""
ON_AIR = 64
"""So many messages wait for the broker's answer at a time, if it allows as many."""
STEADY_S = 30.0
"""A connection that lasted no longer counts as a failure, up to `SHORT` in a row: nobody comes back each second."""
SHORT = 5
_FINAL = {0x90, 0x95, 0x99}
"""Topic name invalid, packet too large, payload format invalid (MQTT 5, 3.4.2.1): the message is at fault."""


class MqttLink:
    """A `Link` to a real broker. `greeting` is published and `topics` subscribed at each connection; `will` by the
    broker when the connection is lost."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        topics: tuple[str, ...] = (),
        greeting: Outgoing | None = None,
        will: Outgoing | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._topics = topics
        self._greeting = greeting
        self._will = will
        self._backoff = backoff or Backoff()
        self._client: paho.Client | None = None
        self._tls: ssl.SSLContext | None = None
        self._connected = False
        self._since = 0.0
        self._largest: int | None = None
        self._epoch = 0
        self._failures = 0
        self._retry_at = 0.0
        self._trouble = ""
        self._incoming: list[Incoming] = []
        self._unaccepted: list[int] = []
        self._confirmed: set[int] = set()
        self._refused: list[Refusal] = []
        self._listens: tuple[str, ...] = ()
        self._awake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._awake)  # not before: another thread may be about to wake us

    @property
    def connected(self) -> bool:
        """Has the broker accepted this connection, and is it still there?"""
        return self._connected

    @property
    def epoch(self) -> int:
        """How many connections were accepted so far."""
        return self._epoch

    @property
    def largest(self) -> int | None:
        """The broker's maximum packet size (MQTT 5, 3.2.2.3.6); None where it named none."""
        return self._largest

    def pump(self, timeout_s: float) -> list[Incoming]:
        """Connect if it is time to, let packets flow, and return what came in (at most about `MANY`)."""
        if self._client is None and not self._try():
            self._clock.sleep(min(timeout_s, max(0.0, self._retry_at - self._clock.monotonic())))
            return []
        result = self._loop(timeout_s)
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._incoming and len(self._incoming) < MANY:
            before = len(self._incoming)
            result = self._loop(0.0)
            if len(self._incoming) == before:
                break
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(paho.error_string(result))
        taken, self._incoming = self._incoming, []
        return taken

    def accept(self) -> None:
        """Acknowledge to the broker what `pump` returned, where the endpoint has `accepts`."""
        taken, self._unaccepted = self._unaccepted, []
        client = self._client
        for number in taken:
            if client is None or client is not self._client:  # lost on the way: the rest comes again
                return
            client.ack(number, 1)

    def publish(self, message: Outgoing) -> int | None:
        """Send one message at QoS 1; None where there is no connection or the client refuses."""
        if self._client is None or not self._connected:
            return None
        info = self._client.publish(
            message.topic, message.payload, qos=1, retain=message.retain, properties=_properties(message)
        )
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def confirmed(self) -> set[int]:
        """Tickets of messages that the broker answered with success since the last call."""
        taken, self._confirmed = self._confirmed, set()
        return taken

    def refused(self) -> list[Refusal]:
        """Messages that the broker answered with a reason to refuse them, since the last call."""
        taken, self._refused = self._refused, []
        return taken

    def listen(self, topics: tuple[str, ...]) -> None:
        """Subscribe to these too, now and at each new connection, and no longer to those given here before."""
        before, self._listens = self._listens, topics
        client = self._client  # stays the same where the connection is lost on the way, and then does nothing more
        if client is not None and self._connected:
            for topic in before:
                if topic not in topics:
                    client.unsubscribe(topic)
            for topic in topics:
                if topic not in before:
                    client.subscribe(topic, qos=1)

    def wake(self) -> None:
        """Make a `pump` that waits for the network return."""
        os.eventfd_write(self._awake, 1)

    def close(self) -> None:
        """Disconnect in order, asking the broker to publish the will at once (MQTT 5, 3.14.2.1, reason 4)."""
        client, self._client = self._client, None  # forgotten first: leaving is no loss
        self._connected = False
        if client is not None:
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=4))

    def _loop(self, timeout_s: float) -> MQTTErrorCode:
        """Wait until the network or `wake` has something, and let packets flow."""
        client = self._client
        sock = None if client is None else client.socket()
        if client is None or sock is None:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        held = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0  # decrypted already: select won't tell
        writers: list[paho.SocketLike] = [sock] if client.want_write() else []
        readers: list[paho.SocketLike | int] = [sock, self._awake]
        readable, writable, _ = select.select(readers, writers, [], 0 if held else timeout_s)
        if self._awake in readable:
            os.eventfd_read(self._awake)
        result = MQTTErrorCode.MQTT_ERR_SUCCESS
        if held or sock in readable:
            result = client.loop_read()
        if result == MQTTErrorCode.MQTT_ERR_SUCCESS and writable:
            result = client.loop_write()
        return client.loop_misc() if result == MQTTErrorCode.MQTT_ERR_SUCCESS else result

    def _try(self) -> bool:
        if self._clock.monotonic() < self._retry_at:
            return False
        try:
            client = self._made()
            session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            session.SessionExpiryInterval = self._endpoint.session_s
            client.connect(
                octets(self._endpoint.host),
                self._endpoint.port,
                keepalive=self._endpoint.keepalive_s,
                clean_start=self._endpoint.session_s == 0,
                properties=session,
            )
        except OSError as fault:  # refused, unreachable, timed out, and every TLS failure
            end = self._endpoint
            self._lost(tls.told(fault, end.host, end.port, self._tls, machine_wall_ms(), self._clock.now()))
            return False
        sock = client.socket()
        if isinstance(sock, socket.socket):  # small packets at once: held back for an answer, each costs 40 ms
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        return True

    def _made(self) -> paho.Client:
        end = self._endpoint
        client = paho.Client(CallbackAPIVersion.VERSION2, end.client_id, protocol=paho.MQTTv5)
        client.connect_timeout = 10
        client.max_inflight_messages_set(ON_AIR)
        client.manual_ack_set(end.accepts)
        if end.ca is not None:
            self._tls = tls.context(end.ca, end.certificate, end.key, machine_wall_ms())
            client.tls_set_context(self._tls)
        if end.username:
            client.username_pw_set(end.username, end.password)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=self._will.retain)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._lost(f"broker {self._endpoint.host}:{self._endpoint.port} says: {reason}")
            return
        self._connected = True
        self._epoch += 1
        self._since = self._clock.monotonic()
        self._largest = getattr(more, "MaximumPacketSize", None)
        self._confirmed, self._refused, self._unaccepted = set(), [], []
        self._trouble = ""
        log.info("connected to %s:%d%s", self._endpoint.host, self._endpoint.port, tls.remark(self._tls))
        for topic in (*self._topics, *self._listens):
            client.subscribe(topic, qos=1)
        if self._greeting is not None:
            self.publish(self._greeting)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._incoming.append(Incoming(message.topic, bytes(message.payload)))
        if self._endpoint.accepts and message.qos:
            self._unaccepted.append(message.mid)

    def _on_publish(
        self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._warn(f"broker refused a message: {reason}")
            self._refused.append(Refusal(mid, str(reason), reason.value in _FINAL))
        else:
            self._confirmed.add(mid)

    def _on_disconnect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if client is self._client:
            self._lost(f"disconnected: {reason}")

    def _lost(self, why: str) -> None:
        """Forget this connection and set the time of the next try; says so once per cause."""
        if self._client is None and self._clock.monotonic() < self._retry_at:
            return
        if self._connected:
            steady = self._clock.monotonic() - self._since >= STEADY_S
            self._failures = 0 if steady else min(self._failures, SHORT)
        self._client = None
        self._connected = False
        self._failures += 1
        wait = self._backoff.wait(self._failures, random.random())
        self._retry_at = self._clock.monotonic() + wait
        self._warn(why)

    def _warn(self, why: str) -> None:
        if why != self._trouble:
            log.warning("link to %s:%d: %s", self._endpoint.host, self._endpoint.port, why)
            self._trouble = why


def _properties(message: Outgoing) -> Properties | None:
    if not message.media_type:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = message.media_type
    return properties
