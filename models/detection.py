"""What a detector says of one frame."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""One picture: height x width x 3, 8 bits, BGR as OpenCV has it."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in fractions of the frame: left, top, width, height, each 0-1; `score` is the peak inside it."""

    x: float
    y: float
    width: float
    height: float
    score: float


@dataclass(frozen=True, slots=True)
class Detection:
    """The verdict on one frame: `score` 0-1 that smoke is in it, and the regions where, highest score first."""

    score: float
    regions: tuple[Region, ...] = ()


class Detector(Protocol):
    """Anything that judges a frame; the shipped one is `models.ort.OnnxDetector`, tests use `models.scripted`."""

    @property
    def name(self) -> str:
        """Which model this is, as its card says, for alarms and logs."""
        ...

    def detect(self, frame: Frame) -> Detection:
        """Judge one frame of any size."""
        ...
