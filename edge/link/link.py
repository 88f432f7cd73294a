"""What a program may ask of a link to a broker, whatever stands behind it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message that came in."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish, QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The broker said no to a message, and why; `final` where it found fault with the message itself."""

    ticket: int
    reason: str
    final: bool


class Link(Protocol):
    """A connection that comes and goes by itself; owned and driven by one thread, through `pump`.

    `epoch` counts the connections made so far: what was published in an earlier epoch and not confirmed end to end
    must be published again. `confirmed` are the tickets (see `publish`) that the broker acknowledged since last asked.
    """

    @property
    def connected(self) -> bool:
        """Is there a connection right now?"""
        ...

    @property
    def epoch(self) -> int:
        """How many connections were made so far."""
        ...

    @property
    def largest(self) -> int | None:
        """The largest packet that the broker takes, in bytes, as it said when it accepted the connection."""
        ...

    def pump(self, timeout_s: float) -> list[Incoming]:
        """Let the network work for up to that long; connect if need be; return what came in, possibly nothing."""
        ...

    def accept(self) -> None:
        """All that `pump` returned so far is safe: the broker needn't bring it again, as it else does at the next
        connection of the same session. Links that aren't made to wait for this accept by themselves."""
        ...

    def publish(self, message: Outgoing) -> int | None:
        """Hand one message to the network; a ticket that `confirmed` will name, None where there is no connection."""
        ...

    def confirmed(self) -> set[int]:
        """The tickets that the broker took into its care since the last call."""
        ...

    def refused(self) -> list[Refusal]:
        """What the broker refused since the last call."""
        ...

    def listen(self, topics: tuple[str, ...]) -> None:
        """Listen to these topics too, now and after each new connection, in place of those given here before."""
        ...

    def wake(self) -> None:
        """Make a `pump` that waits return; may be called from any thread."""
        ...

    def close(self) -> None:
        """Say good-bye, so that the others hear at once that this program left, and let go."""
        ...
