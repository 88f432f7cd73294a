"""Tells sites without a clock what time it is, over a connection of its own: behind a backlog answers would be late."""

import logging
import threading
from collections.abc import Callable

from edge.link.link import Incoming, Link, Outgoing
from edge.wire import codec, topics
from edge.wire.time import TimeOffer
from edge.wire.topics import ROOT, Kind
from sensors.clock import Clock
from sensors.reading import ClockState, Stamp

log = logging.getLogger(__name__)

LISTENS = f"{ROOT}/+/up/{Kind.TIME}/+"
"""What the service's link subscribes to."""
TURN_S = 0.5
_MARK = f"/up/{Kind.TIME}/"


def is_request(topic: str) -> bool:
    """Is this a question for the time, which is nothing to keep?"""
    return _MARK in topic


def offer(message: Incoming, sites: frozenset[str], now: Stamp, error_ms: int) -> Outgoing | None:
    """The answer to a question; None for what is none, or comes from a stranger."""
    address = topics.parse(message.topic)
    if address is None or address.site not in sites or not address.leaf:
        return None
    try:
        request = codec.decode_time_request(message.payload)
    except codec.MalformedError:
        return None
    told = TimeOffer(request.mono_ms, now.wall_ms, now.clock, error_ms)
    return Outgoing(topics.down(address.site, Kind.TIME, address.leaf), codec.encode_small(told))


class TimeOffers:
    """A service: answers while this machine's clock is synchronised, or trusted to be within `trusted_ms`."""

    name = "time"

    def __init__(self, link: Link, sites: frozenset[str], clock: Clock, trusted_ms: int | None = None) -> None:
        self._link = link
        self._sites = sites
        self._clock = clock
        self._trusted_ms = trusted_ms
        self._refusing = False

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        while not stop.is_set():
            self.turn(TURN_S)
            beat()
        self._link.close()

    def turn(self, timeout_s: float) -> None:
        """Answer what was asked."""
        for message in self._link.pump(timeout_s):
            now = self._clock.now()
            error_ms = self._error_ms(now)
            self._say(refusing=error_ms is None)
            answer = None if error_ms is None else offer(message, self._sites, now, error_ms)
            if answer is not None:
                self._link.publish(answer)

    def _error_ms(self, now: Stamp) -> int | None:
        """How far off this clock may be; None where that isn't known, and then no time is offered."""
        if now.clock is ClockState.SYNCHRONISED:
            return now.error_ms or 0
        return self._trusted_ms if now.clock is ClockState.RESTORED else None

    def _say(self, *, refusing: bool) -> None:
        if refusing and not self._refusing:
            log.warning(
                "本机时钟未同步，不向站点授时：请配置 NTP / this machine's clock is not synchronised, so that sites are"
                " offered no time: set up NTP, or [gateway] trust_clock_within if you know that it is right"
            )
        self._refusing = refusing
