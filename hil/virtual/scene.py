"""A drawn landscape in which smoke rises: what a virtual camera sees."""

import math

import numpy as np
from numpy.typing import NDArray

from hil.virtual.landscape import Landscape
from hil.virtual.smoke import Plume
from models.detection import Frame

MARGIN = 8
"""Pixels drawn beyond each edge, so that the picture can sway."""


class Scene:
    """A view over fields, the same for the same seed; from `smoke_at` seconds on smoke rises from one place.

    `smoke_at` None is a scene without smoke.
    """

    def __init__(self, width: int = 1280, height: int = 720, seed: int = 1, smoke_at: float | None = 8.0) -> None:
        self._size = width, height
        self._seed = seed
        self._smoke_at = smoke_at
        self._land = Landscape(width + 2 * MARGIN, height + 2 * MARGIN, seed)
        self._plume = Plume(width + 2 * MARGIN, height + 2 * MARGIN, self._land.fire, seed)
        grain = np.random.default_rng([seed, 1]).normal(0.0, 2.2, (height + 64, width + 64, 1))
        self._grain: NDArray[np.uint8] = np.repeat(
            np.clip(np.round(grain), -9, 9).astype(np.int8).view(np.uint8), 3, axis=2
        )

    def frame(self, t: float) -> Frame:
        """The view at `t` seconds, height x width x 3; the same for the same seed and time."""
        return self._seen(self._plume_and_land(t), t)

    def _plume_and_land(self, t: float) -> Frame:
        view = self._land.at(t)
        if self._smoke_at is not None and t > self._smoke_at:
            self._plume.onto(view, t - self._smoke_at)
        return view

    def _seen(self, view: Frame, t: float) -> Frame:
        """The view as a camera on a mast has it: swaying a little, with the sensor's grain."""
        width, height = self._size
        luck = np.random.default_rng([self._seed, 2, round(t * 1000)])
        x = MARGIN + round(1.6 * math.sin(1.9 * t + self._seed))
        y = MARGIN + round(1.1 * math.sin(1.3 * t))
        left, top = (int(part) for part in luck.integers(0, 64, 2))
        # The grain is small and the view keeps away from 0 and 255, so bytes may wrap instead of being clipped.
        swayed = view[y : y + height, x : x + width] + self._grain[top : top + height, left : left + width]
        return np.asarray(swayed, np.uint8)
