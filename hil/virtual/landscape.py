"""The landscape behind the smoke: sky with drifting clouds, hills, fields, trees and a farm, drawn once from a seed."""

import numpy as np
from numpy.typing import NDArray

from hil.virtual.noise import Field, octaves, ramp, smooth
from models.detection import Frame

Mask = NDArray[np.bool_]
CLOUD_PIXELS_PER_S = 1.5
DARKEST, BRIGHTEST = 12, 243
"""Kept free at both ends for the sensor's grain."""


class Landscape:
    """A view of `width` x `height` pixels; `fire` is where smoke rises, in fractions of both."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        luck = np.random.default_rng([seed, 0])
        self._luck = luck
        self._width, self._height = width, height
        self._horizon = int(height * luck.uniform(0.40, 0.48))
        self.fire = float(luck.uniform(0.3, 0.7)), (self._horizon + height * luck.uniform(0.05, 0.11)) / height
        self._sky = self._clouded(width * 2)
        land = self._fields()
        self._hills(land)
        self._trees(land)
        self._farm(land)
        self._land: Frame = np.clip(land, DARKEST, BRIGHTEST).astype(np.uint8)

    def at(self, t: float) -> Frame:
        """The view at `t` seconds, a copy: clouds drift, the land stands."""
        view = self._land.copy()
        drift = int(t * CLOUD_PIXELS_PER_S) % self._width
        sky = self._sky[:, drift : drift + self._width]
        rows = sky.shape[0]
        np.copyto(view[:rows], sky, where=self._open[:rows, :, None])
        return view

    def _clouded(self, width: int) -> Frame:
        """A sky twice as wide as the view, its right half like its left, so that it can drift for ever."""
        rows = self._horizon + 4
        down = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None, None]
        zenith, haze = np.array([196, 148, 96], np.float32), np.array([226, 214, 200], np.float32)
        sky = zenith * (1 - down) ** 1.3 + haze * (1 - (1 - down) ** 1.3)
        clouds = octaves(self._luck, rows * 3, width // 2, 5.0)[::3]
        blend = np.linspace(0, 1, 160, dtype=np.float32)
        clouds[:, -160:] = clouds[:, -160:] * (1 - blend) + clouds[:, :1] * blend
        cover = 0.75 * ramp(clouds, 0.55, 0.85)[:, :, None] * (1 - down**2)
        sky = sky * (1 - cover) + np.array([238, 236, 234], np.float32) * cover
        once = np.clip(sky, DARKEST, BRIGHTEST).astype(np.uint8)
        return np.asarray(np.concatenate([once, once], axis=1), np.uint8)

    def _fields(self) -> Field:
        """Fields in perspective: strips of green and straw, with rows that run to the horizon."""
        land = np.zeros((self._height, self._width, 3), np.float32)
        rows = np.arange(self._height, dtype=np.float32)[:, None]
        depth = np.asarray(1 / np.maximum((rows - self._horizon) / self._height, 0.004), np.float32)
        side = np.arange(self._width, dtype=np.float32)[None, :] / self._width - self._luck.uniform(0.35, 0.65)
        across = np.asarray(side * depth, np.float32)
        strip = np.floor(np.log(depth) * 2.2 + 0.05 * across) + 7 * np.floor(across * 0.16 + 0.5)
        tones = self._luck.uniform(0, 1, 64).astype(np.float32)[strip.astype(np.int64) % 64]
        green, straw = np.array([66, 118, 100], np.float32), np.array([108, 158, 176], np.float32)
        land[:] = green + (straw - green) * tones[:, :, None]
        near = np.asarray(np.clip(9 / depth, 0, 1), np.float32)
        furrows = 1 + 0.09 * near * np.sin(across * 26 + 5 * tones)
        land *= (furrows * self._ground(depth, across, near))[:, :, None]
        far = np.clip(depth / 90, 0, 0.75)[:, :, None]
        self._open: Mask = np.broadcast_to(rows < self._horizon, (self._height, self._width)).copy()
        return np.asarray(land * (1 - far) + np.array([196, 190, 176], np.float32) * far, np.float32)

    def _ground(self, depth: Field, across: Field, near: Field) -> Field:
        """How light the ground is, about 1: patches, and nearby clods and blades, in the ground's own perspective."""
        tile = octaves(self._luck, 512, 512, 24.0, 5)
        tile = np.block([[tile, tile[:, ::-1]], [tile[::-1], tile[::-1, ::-1]]])  # mirrored, so that it has no seams

        def laid(scale: float) -> Field:
            return tile[(depth * scale).astype(np.int64) % 1024, (across * scale).astype(np.int64) % 1024] - 0.5

        patches = octaves(self._luck, self._height, self._width, 14.0, 4) - 0.5
        return np.asarray(1 + 0.22 * patches + near * (0.30 * laid(220.0) + 0.25 * laid(45.0)), np.float32)

    def _hills(self, land: Field) -> None:
        """Two ranges on the horizon, the farther one bluer."""
        rows = np.arange(self._height)[:, None]
        for lift, tone in ((0.10, (178, 164, 142)), (0.045, (132, 136, 112))):
            ridge = octaves(self._luck, 1, self._width, self._luck.uniform(2, 5), 6)[0]
            top = self._horizon - (0.25 + 0.75 * ridge) * lift * self._height
            hill = (rows >= top) & (rows < self._horizon + 3)
            texture = 0.93 + 0.14 * octaves(self._luck, self._height, self._width, 60.0, 3)
            land[hill] = (np.array(tone, np.float32) * texture[:, :, None])[hill]
            self._open &= ~hill

    def _trees(self, land: Field) -> None:
        """A tree line along the horizon and single trees nearer by."""
        crowns = octaves(self._luck, 1, self._width, 90.0, 4)[0] * octaves(self._luck, 1, self._width, 8.0, 2)[0]
        rows = np.arange(self._height)[:, None]
        line = (rows >= self._horizon + 4 - crowns * 0.05 * self._height) & (rows < self._horizon + 5)
        texture = 0.7 + 0.5 * octaves(self._luck, self._height, self._width, 160.0, 3)
        land[line] = (np.array([74, 92, 78], np.float32) * texture[:, :, None])[line]
        self._open &= ~line
        for _ in range(9):
            self._tree(land, float(self._luck.uniform(0.02, 0.98)), float(self._luck.uniform(0.02, 0.3)))

    def _tree(self, land: Field, x: float, nearness: float) -> None:
        size = int(self._height * (0.03 + 0.42 * nearness))
        foot = int(self._horizon + nearness * self._height)
        left = int(x * self._width) - size // 2
        top = foot - size
        crown = _blob(self._luck, size)
        trunk = np.zeros_like(crown)
        trunk[int(size * 0.6) :, int(size * 0.47) : int(size * 0.53) + 1] = True
        light = 0.55 + 0.7 * octaves(self._luck, size, size, 9.0, 3) + np.linspace(0.15, -0.15, size)[:, None]
        self._paint(land, trunk, left, top, np.full((size, size, 3), (52, 62, 74), np.float32))
        leaves = np.array([50, 92, 70], np.float32) * light[:, :, None].astype(np.float32)
        self._paint(land, crown, left, top, leaves)

    def _farm(self, land: Field) -> None:
        """A few low houses with roofs."""
        x = float(self._luck.uniform(0.1, 0.8))
        foot = int(self._horizon + 0.035 * self._height)
        for house in range(int(self._luck.integers(2, 5))):
            width, high = int(self._luck.uniform(0.03, 0.055) * self._width), int(0.024 * self._height)
            left = int((x + 0.055 * house) * self._width)
            wall = np.full((high, width, 3), self._luck.uniform(150, 205), np.float32)
            wall[high // 3 : high * 2 // 3, width // 5 :: max(6, width // 4)] = 80
            self._paint(land, np.ones((high, width), np.bool_), left, foot - high, wall)
            slope = np.abs(np.arange(width) - width / 2)[None, :] / (width * 0.58)
            roof = slope < np.linspace(0.55, 1.0, high)[:, None]
            red = np.full((high, width, 3), (74, 82, self._luck.uniform(96, 150)), np.float32)
            self._paint(land, roof, left, foot - 2 * high + 1, red)

    def _paint(self, land: Field, mask: Mask, left: int, top: int, colour: Field) -> None:
        """Colour where the mask is set, as far as it lies within the view."""
        height, width = mask.shape
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, self._width), min(top + height, self._height)
        if x0 >= x1 or y0 >= y1:
            return
        part = mask[y0 - top : y1 - top, x0 - left : x1 - left]
        land[y0:y1, x0:x1][part] = colour[y0 - top : y1 - top, x0 - left : x1 - left][part]
        self._open[y0:y1, x0:x1] &= ~part


def _blob(luck: np.random.Generator, size: int) -> Mask:
    """A tree's crown: a disc with a ragged edge, in the upper part of its square."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    radius = np.hypot(x, (y + 0.12) * 1.15)
    ragged = smooth(luck.random((16, 16), np.float32), size, size, 11.0, 11.0)
    return np.asarray(radius + 0.16 * ragged < 0.43, np.bool_)
