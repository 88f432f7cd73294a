"""A broker and its links in memory: what tests and benches use where no network is wanted. Ships."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.link.link import Incoming, Outgoing, Refusal


@dataclass
class MemoryBroker:
    """Hands each message to every connected link whose filter fits, and keeps what is retained."""

    links: list["MemoryLink"] = field(default_factory=list)
    retained: dict[str, Outgoing] = field(default_factory=dict)
    carried: list[Outgoing] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def link(self, *topics: str, greeting: Outgoing | None = None) -> "MemoryLink":
        """A new link, connected at its first `pump`."""
        made = MemoryLink(self, topics, greeting)
        self.links.append(made)
        return made

    def carry(self, message: Outgoing) -> None:
        """Deliver one message to all who listen."""
        with self.lock:
            self.carried.append(message)
            if message.retain:
                self.retained[message.topic] = message
            for link in self.links:
                link.offer(message)


class MemoryLink:
    """A `Link` without a network; `cut` and `mend` play the network's part.

    `deaf` swallows what is published and confirms it all the same. `refuses` is asked about each message, and gives
    None or why it isn't taken; with a reason that begins with "final" the message itself is at fault. `largest` is the
    broker's limit.
    """

    def __init__(self, broker: MemoryBroker, topics: tuple[str, ...], greeting: Outgoing | None = None) -> None:
        self.deaf = False
        self.refuses: Callable[[Outgoing], str | None] = lambda _: None
        self.largest: int | None = None
        self._broker = broker
        self._filters = [_pattern(topic) for topic in topics]
        self._listens: tuple[str, ...] = ()
        self._greeting = greeting
        self._whole = True
        self._connected = False
        self._epoch = 0
        self._ticket = 0
        self._incoming: list[Incoming] = []
        self._confirmed: set[int] = set()
        self._refused: list[Refusal] = []

    @property
    def connected(self) -> bool:
        """Is there a connection right now?"""
        return self._connected

    @property
    def epoch(self) -> int:
        """How many connections were made so far."""
        return self._epoch

    def cut(self) -> None:
        """Take the network away; what was under way is lost."""
        self._whole = self._connected = False
        self._incoming = []

    def mend(self) -> None:
        """Give the network back; the next `pump` connects."""
        self._whole = True

    def offer(self, message: Outgoing) -> None:
        """Take a message from the broker if this link listens to its topic."""
        filters = [*self._filters, *map(_pattern, self._listens)]
        if self._connected and any(pattern.fullmatch(message.topic) for pattern in filters):
            self._incoming.append(Incoming(message.topic, message.payload))

    def pump(self, timeout_s: float) -> list[Incoming]:  # noqa: ARG002 - nothing to wait for in memory
        """Connect if the network is there, and return what came in."""
        if self._whole and not self._connected:
            self._connected = True
            self._epoch += 1
            self._confirmed, self._refused = set(), []
            for message in list(self._broker.retained.values()):
                self.offer(message)
            if self._greeting is not None:
                self.publish(self._greeting)
        taken, self._incoming = self._incoming, []
        return taken

    def accept(self) -> None:
        """Nothing to do: this broker brings nothing twice."""

    def publish(self, message: Outgoing) -> int | None:
        """Deliver at once; a deaf link confirms and delivers nothing, as a broker does that dies right after."""
        if not self._connected:
            return None
        self._ticket += 1
        reason = self.refuses(message)
        if reason is not None:
            self._refused.append(Refusal(self._ticket, reason, reason.startswith("final")))
            return self._ticket
        self._confirmed.add(self._ticket)
        if not self.deaf:
            self._broker.carry(message)
        return self._ticket

    def confirmed(self) -> set[int]:
        """The tickets handed out since the last call."""
        taken, self._confirmed = self._confirmed, set()
        return taken

    def refused(self) -> list[Refusal]:
        """What `refuses` didn't take since the last call."""
        taken, self._refused = self._refused, []
        return taken

    def listen(self, topics: tuple[str, ...]) -> None:
        """Listen to these topics too; what is retained there comes at once."""
        fresh = [_pattern(topic) for topic in topics if topic not in self._listens]
        self._listens = topics
        for message in list(self._broker.retained.values()) if self._connected else ():
            if any(pattern.fullmatch(message.topic) for pattern in fresh):
                self._incoming.append(Incoming(message.topic, message.payload))

    def wake(self) -> None:
        """Nothing to do: a `pump` in memory never waits."""

    def close(self) -> None:
        """Disconnect for good."""
        self.cut()


def _pattern(topic: str) -> re.Pattern[str]:
    """An MQTT topic filter (MQTT 5, 4.7) as a regular expression; `a/#` takes in `a` itself."""
    parent, rest = (topic[:-2], "(?:/.*)?") if topic.endswith("/#") else (topic, "")
    words = [{"+": "[^/]*", "#": ".*"}.get(word, re.escape(word)) for word in parent.split("/")]
    return re.compile("/".join(words) + rest)
