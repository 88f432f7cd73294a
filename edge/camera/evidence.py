"""What leaves the watching of a camera: the alarm, the picture that shows why, and who takes them."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from edge.camera.newest import Shot
from edge.camera.sight import Ailment
from models.detection import Region
from models.pictures import jpeg
from sensors.reading import Stamp

JPEG_QUALITY = 85


class AlarmEvent(StrEnum):
    """What became of an episode."""

    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SmokeAlarm:
    """An episode of smoke that began or is over.

    `episode` names it, unique over cameras, restarts and boots of a site. At its opening `score` and `regions` are
    those of the frame of `at`, which is the picture in the evidence; at its closing `score` is the highest that the
    episode had, and there are no regions.
    """

    camera: str
    episode: str
    event: AlarmEvent
    at: Stamp
    score: float
    regions: tuple[Region, ...]
    model: str


@dataclass(frozen=True, slots=True)
class SightAlarm:
    """A camera that can't see, or sees again; `episode` as in a `SmokeAlarm`."""

    camera: str
    ailment: Ailment
    episode: str
    event: AlarmEvent
    at: Stamp


@dataclass(frozen=True, slots=True)
class Evidence:
    """The very frame that was judged, with nothing drawn into it; `sha256` is the hexadecimal digest of `jpeg`."""

    camera: str
    episode: str
    at: Stamp
    jpeg: bytes
    sha256: str
    width: int
    height: int


class AlarmSink(Protocol):
    """Where alarms go; what it can't pass on at once, it keeps."""

    def raise_alarm(self, alarm: SmokeAlarm | SightAlarm, evidence: Evidence | None) -> None:
        """Take an alarm with its picture; a closing alarm has none."""
        ...


def evidence_of(shot: Shot, camera: str, episode: str) -> Evidence:
    """The shot as evidence of an episode."""
    data = jpeg(shot.frame, JPEG_QUALITY)
    height, width = shot.frame.shape[:2]
    return Evidence(camera, episode, shot.at, data, hashlib.sha256(data).hexdigest(), width, height)
