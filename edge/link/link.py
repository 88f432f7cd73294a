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

    def pump(self, timeout_s: float) -> list[Incoming]:
        """Let the network work for up to that long; connect if need be; return what came in, possibly nothing."""
        ...

    def publish(self, message: Outgoing) -> int | None:
        """Hand one message to the network; a ticket that `confirmed` will name, None where there is no connection."""
        ...

    def confirmed(self) -> set[int]:
        """The tickets that the broker took into its care since the last call."""
        ...

    def close(self) -> None:
        """Say good-bye, so that the others hear at once that this program left, and let go."""
        ...
