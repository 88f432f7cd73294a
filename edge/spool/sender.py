"""Carries the spool to the gateway: one thread, one link, a window under way, nothing deleted before its `Ack`."""

import logging
import threading
from collections.abc import Callable

from edge.link.link import Incoming, Link, Outgoing
from edge.spool.store import Spool
from edge.spool.window import Window
from edge.wire import codec, topics
from edge.wire.topics import Kind
from sensors.clock import Clock

log = logging.getLogger(__name__)

TURN_S = 0.1


class Sender:
    """A service: publishes what waits, deletes what the gateway has."""

    name = "sender"

    def __init__(self, site: str, spool: Spool, link: Link, clock: Clock, window: Window | None = None) -> None:
        self._site = site
        self._spool = spool
        self._link = link
        self._clock = clock
        self._window = window or Window()
        self._told: set[bytes] = set()

    @property
    def connected(self) -> bool:
        """Is there a connection to the broker right now?"""
        return self._link.connected

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        while not stop.is_set():
            self.turn(TURN_S)
            beat()
        self._link.close()

    def turn(self, timeout_s: float) -> None:
        """Take in acknowledgements, then send what there is room for."""
        acknowledged = [self._take(message) for message in self._link.pump(timeout_s)]
        if self._link.connected and (any(acknowledged) or self._spool.changed() or self._due()):
            self._send()

    def _due(self) -> bool:
        """Is there a new connection, or something that must be sent again?"""
        before = len(self._window.under_way), self._window.epoch
        self._window.room(self._clock.monotonic(), self._link.epoch)
        again = before != (len(self._window.under_way), self._window.epoch)
        if again:
            self._told.clear()  # what nobody acknowledged may not have been understood
        return again

    def _send(self) -> None:
        room = self._window.room(self._clock.monotonic(), self._link.epoch)
        if room <= 0:
            return
        for waiting in self._spool.waiting(room, tuple(self._window.under_way)):
            if not self._tell_legend(waiting.legend):
                return
            payload = codec.seal(self._spool.stream, waiting.seq, waiting.body)
            if self._link.publish(Outgoing(topics.up(self._site, waiting.kind), payload)) is None:
                return
            self._window.sent(waiting.seq, self._clock.monotonic())

    def _tell_legend(self, digest: bytes) -> bool:
        """Tell what a batch refers to ahead of it, once per connection; False where that can't be done now."""
        if not digest or digest in self._told:
            return True
        legend = self._spool.legend(digest)
        if legend is None:
            return True
        topic = topics.up(self._site, Kind.LEGEND, digest.hex())
        if self._link.publish(Outgoing(topic, legend)) is None:
            return False
        self._told.add(digest)
        return True

    def _take(self, message: Incoming) -> bool:
        """Delete what an acknowledgement names; True if it was one of ours."""
        address = topics.parse(message.topic)
        if address is None or address.kind is not Kind.ACK:
            return False
        try:
            ack = codec.decode_ack(message.payload)
        except codec.MalformedError as fault:
            log.warning("an acknowledgement on %s can't be read: %s", message.topic, fault)
            return False
        if ack.stream != self._spool.stream:
            return False
        self._spool.delete(ack.runs)
        self._window.acknowledged(ack.runs)
        return True
