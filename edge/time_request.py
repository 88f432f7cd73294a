"""Asking the gateway what time it is, as long as nobody else tells this device."""

import logging
from collections.abc import Iterable

from edge.link.link import Incoming, Outgoing
from edge.runtime.clock import BUILT_MS, KnowingClock
from edge.runtime.known import measured
from edge.wire import codec, topics
from edge.wire.time import TimeOffer, TimeRequest
from edge.wire.topics import Kind
from sensors.reading import ClockState

log = logging.getLogger(__name__)

EVERY_S = 600.0
AGAIN_S = 30.0
"""After so long without an answer it is asked again."""
WORST_MS = 5000
"""An answer that may be off by more is no time: its way took too long."""


class TimeRequests:
    """A conversation (see `edge.link.beside`): asks at each connection and then every ten minutes, unless the own
    clock is synchronised."""

    def __init__(self, site: str, program: str, clock: KnowingClock) -> None:
        self.listens = topics.down(site, Kind.TIME, program)
        self._asks = topics.up(site, Kind.TIME, program)
        self._clock = clock
        self._epoch = 0
        self._due = 0.0
        self._asked_ms: int | None = None

    def says(self, epoch: int) -> Iterable[Outgoing]:
        """The question, where it is time for one."""
        if epoch == self._epoch and self._clock.monotonic() < self._due:
            return ()
        self._epoch = epoch
        self._due = self._clock.monotonic() + AGAIN_S
        own = self._clock.own()
        if own.clock is ClockState.SYNCHRONISED:
            return ()
        self._asked_ms = own.mono_ms
        return (Outgoing(self._asks, codec.encode_small(TimeRequest(own.mono_ms))),)

    def hears(self, message: Incoming) -> bool:
        """Learn from an answer to the last question; False for messages of another topic."""
        if message.topic != self.listens:
            return False
        try:
            offer = codec.decode_time_offer(message.payload)
        except codec.MalformedError as fault:
            log.warning("an offer of time can't be read: %s", fault)
            return True
        if offer.mono_ms == self._asked_ms:
            self._asked_ms = None
            self._take(offer)
        return True

    def _take(self, offer: TimeOffer) -> None:
        own = self._clock.own()
        if offer.wall_ms < BUILT_MS or offer.error_ms < 0:
            log.warning("the gateway offers a time that can't be: %s", offer)
            return
        known = measured(own.boot, offer.mono_ms, own.mono_ms, offer.wall_ms, offer.error_ms)
        if known.error_ms > WORST_MS:
            log.info("the gateway's time came too late to be of use: within %d ms", known.error_ms)
            return
        self._due = self._clock.monotonic() + EVERY_S
        self._clock.learn(known)
