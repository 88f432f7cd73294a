"""A broker and its links in memory: what tests and benches use where no network is wanted. Ships."""

import re
import threading
from dataclasses import dataclass, field

from edge.link.link import Incoming, Outgoing


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
    """A `Link` without a network; `cut` and `mend` play the network's part, `deaf` swallows what is published."""

    def __init__(self, broker: MemoryBroker, topics: tuple[str, ...], greeting: Outgoing | None = None) -> None:
        self.deaf = False
        self._broker = broker
        self._filters = [_pattern(topic) for topic in topics]
        self._greeting = greeting
        self._whole = True
        self._connected = False
        self._epoch = 0
        self._ticket = 0
        self._incoming: list[Incoming] = []
        self._confirmed: set[int] = set()

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
        if self._connected and any(pattern.fullmatch(message.topic) for pattern in self._filters):
            self._incoming.append(Incoming(message.topic, message.payload))

    def pump(self, timeout_s: float) -> list[Incoming]:  # noqa: ARG002 - nothing to wait for in memory
        """Connect if the network is there, and return what came in."""
        if self._whole and not self._connected:
            self._connected = True
            self._epoch += 1
            for message in list(self._broker.retained.values()):
                self.offer(message)
            if self._greeting is not None:
                self.publish(self._greeting)
        taken, self._incoming = self._incoming, []
        return taken

    def publish(self, message: Outgoing) -> int | None:
        """Deliver at once; a deaf link confirms and delivers nothing, as a broker does that dies right after."""
        if not self._connected:
            return None
        self._ticket += 1
        self._confirmed.add(self._ticket)
        if not self.deaf:
            self._broker.carry(message)
        return self._ticket

    def confirmed(self) -> set[int]:
        """The tickets handed out since the last call."""
        taken, self._confirmed = self._confirmed, set()
        return taken

    def close(self) -> None:
        """Disconnect for good."""
        self.cut()


def _pattern(topic: str) -> re.Pattern[str]:
    """An MQTT topic filter (MQTT 5, 4.7) as a regular expression; `a/#` takes in `a` itself."""
    parent, rest = (topic[:-2], "(?:/.*)?") if topic.endswith("/#") else (topic, "")
    words = [{"+": "[^/]*", "#": ".*"}.get(word, re.escape(word)) for word in parent.split("/")]
    return re.compile("/".join(words) + rest)
