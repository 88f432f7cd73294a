"""What a camera is to the device: something to open, that then gives frames or says why it has none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.detection import Frame


class Cause(StrEnum):
    """Why there is no frame."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    SILENT = "silent"
    UNREADABLE = "unreadable"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Trouble:
    """No frame: a cause that programs can tell apart, and a sentence for people, without secrets."""

    cause: Cause
    detail: str


class Feed(Protocol):
    """An opened camera."""

    @property
    def period_s(self) -> float:
        """Seconds from one read's beginning to the next; 0.0 where the camera itself sets the pace."""
        ...

    def read(self) -> Frame | Trouble:
        """The next frame, or why there is none; ends within the time-outs. After trouble: close, open anew."""
        ...

    def close(self) -> None:
        """Let go of the camera; no read after this."""
        ...


class Source(Protocol):
    """A camera that can be opened as often as needed."""

    @property
    def shown(self) -> str:
        """How logs and health name it: the address without secrets."""
        ...

    def open(self) -> Feed | Trouble:
        """Begin; ends by itself within the time-outs."""
        ...
