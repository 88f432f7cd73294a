"""The one-slot holder between capture and judgement: the newest frame, so that slow inference never builds a queue."""

import threading
from dataclasses import dataclass

from models.detection import Frame
from sensors.reading import Stamp


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame and the moment at which it arrived."""

    frame: Frame
    at: Stamp


class Newest:
    """Holds at most one shot: a newer one takes the place of an older one that nobody took."""

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._shot: Shot | None = None
        self._put = 0
        self._overwritten = 0
        self._last_at: Stamp | None = None

    def put(self, shot: Shot) -> None:
        """Lay the newest shot down."""
        with self._filled:
            self._overwritten += self._shot is not None
            self._put += 1
            self._shot = shot
            self._last_at = shot.at
            self._filled.notify()

    def take(self, timeout_s: float) -> Shot | None:
        """The newest shot, which is then gone from here; None where none came within `timeout_s` seconds."""
        with self._filled:
            self._filled.wait_for(lambda: self._shot is not None, timeout_s)
            shot, self._shot = self._shot, None
            return shot

    @property
    def captured(self) -> int:
        """How many shots were ever laid down."""
        return self._put

    @property
    def overwritten(self) -> int:
        """How many of them nobody took."""
        return self._overwritten

    @property
    def last_at(self) -> Stamp | None:
        """When the newest shot arrived, also after it was taken; None before the first."""
        return self._last_at
