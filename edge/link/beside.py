"""A link that leads a conversation beside what its owner sends: questions and answers that never wait on disk."""

from collections.abc import Iterable
from typing import Protocol

from edge.link.link import Incoming, Link, Outgoing, Refusal


class Conversation(Protocol):
    """Who has something to say to the gateway, and listens for what it answers; never waits."""

    def hears(self, message: Incoming) -> bool:
        """Take a message in; False for one that is somebody else's."""
        ...

    def says(self, epoch: int) -> Iterable[Outgoing]:
        """What is to be said now, over the connection of this number."""
        ...


class BesideLink:
    """A `Link` for its owner, without the conversation's messages."""

    def __init__(self, link: Link, conversation: Conversation) -> None:
        self._link = link
        self._conversation = conversation

    @property
    def connected(self) -> bool:
        """Is there a connection right now?"""
        return self._link.connected

    @property
    def epoch(self) -> int:
        """How many connections were made so far."""
        return self._link.epoch

    @property
    def largest(self) -> int | None:
        """The largest packet that the broker takes."""
        return self._link.largest

    def pump(self, timeout_s: float) -> list[Incoming]:
        """What came in for the owner; what the conversation has to say goes out, before anything the owner sends."""
        others = [message for message in self._link.pump(timeout_s) if not self._conversation.hears(message)]
        if self._link.connected:
            for message in self._conversation.says(self._link.epoch):
                self._link.publish(message)
        return others

    def accept(self) -> None:
        """What was pumped is safe."""
        self._link.accept()

    def publish(self, message: Outgoing) -> int | None:
        """Hand one message to the network."""
        return self._link.publish(message)

    def confirmed(self) -> set[int]:
        """The tickets that the broker took into its care since the last call."""
        return self._link.confirmed()

    def refused(self) -> list[Refusal]:
        """What the broker would not take since the last call."""
        return self._link.refused()

    def listen(self, topics: tuple[str, ...]) -> None:
        """Hear these topics beside those that are always heard."""
        self._link.listen(topics)

    def wake(self) -> None:
        """End a `pump` that waits; from any thread."""
        self._link.wake()

    def close(self) -> None:
        """Say good-bye and let go."""
        self._link.close()
