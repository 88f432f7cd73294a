"""Smoke: puffs that leave a fire, rise, drift with the wind, grow and thin out, each a billow of its own."""

import math
from dataclasses import dataclass

import numpy as np

from hil.virtual.noise import Field, octaves, ramp
from models.detection import Frame
from models.pictures import resized

PUFFS_PER_S, LIFE_S = 3.0, 26.0
SPRITE, SPRITES = 96, 10
COARSE = 3
"""Smoke is soft: it is drawn at a third of the view's resolution."""


@dataclass(frozen=True, slots=True)
class _Puff:
    """One puff at one moment, in coarse pixels; `weight` is its opacity, `tone` its grey."""

    x: float
    y: float
    radius: float
    weight: float
    tone: float
    sprite: int


class Plume:
    """Smoke from `fire` (fractions of the view); everything follows from seed and age."""

    def __init__(self, width: int, height: int, fire: tuple[float, float], seed: int) -> None:
        self._size = width, height
        self._rows, self._columns = math.ceil(height / COARSE), math.ceil(width / COARSE)
        self._fire = fire[0] * self._columns, fire[1] * self._rows
        self._seed = seed
        luck = np.random.default_rng([seed, 3])
        inwards = 1 if fire[0] < 0.5 else -1  # the wind keeps the plume within the view
        self._wind = inwards * float(luck.uniform(0.008, 0.015)) * self._columns
        self._grey = float(luck.uniform(176, 214))
        self._sprites = [_sprite(luck) for _ in range(SPRITES)]

    def onto(self, view: Frame, age: float) -> None:
        """Draw the smoke of a fire that began `age` seconds ago into the view."""
        veil, tone = self._drawn(age)
        rows, columns = np.nonzero(veil.max(axis=1) > 2)[0], np.nonzero(veil.max(axis=0) > 2)[0]
        if not len(rows) or not len(columns):
            return
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        left, right = int(columns[0]), int(columns[-1]) + 1
        part = view[top * COARSE : bottom * COARSE, left * COARSE : right * COARSE]
        height, width = part.shape[:2]
        cut = np.s_[top:bottom, left:right]
        cover = resized(veil[cut].astype(np.uint8), width, height)[:, :, None].astype(np.uint16)
        grey = resized(tone[cut].astype(np.uint8), width, height)[:, :, None].astype(np.uint16)
        part[:] = ((part * (255 - cover) + grey * cover) >> 8).astype(np.uint8)

    def _drawn(self, age: float) -> tuple[Field, Field]:
        """How much the smoke hides (0-255) and how grey it is, in coarse pixels."""
        clear = np.ones((self._rows, self._columns), np.float32)
        light = np.zeros((self._rows, self._columns), np.float32)
        for puff in self._puffs(age):
            self._add(puff, clear, light)
        hidden = 1 - clear
        tone = light / np.maximum(hidden, 1e-3)
        return np.asarray(hidden * 250, np.float32), np.clip(tone, 30, 240)

    def _puffs(self, age: float) -> list[_Puff]:
        """The puffs that are in the air, the oldest first: the youngest are nearest to the fire and in front."""
        first = max(0, math.ceil((age - LIFE_S) * PUFFS_PER_S))
        return [
            self._puff(number, age - number / PUFFS_PER_S, age) for number in range(first, int(age * PUFFS_PER_S) + 1)
        ]

    def _puff(self, number: int, age: float, fire_age: float) -> _Puff:
        luck = np.random.default_rng([self._seed, 4, number])
        side, lift, size, dark, phase = (
            luck.normal(0, 1),
            luck.normal(0, 1),
            luck.random(),
            luck.random(),
            luck.random(),
        )
        strength = min(1.0, 0.35 + (fire_age - age) / 12)
        rise = self._rows * (0.030 * age**0.85) * (1 + 0.15 * lift) * (0.6 + 0.4 * strength)
        sway = self._columns * 0.004 * math.sin(0.7 * age + 6.3 * phase) * math.sqrt(age)
        radius = self._rows * (0.022 + 0.0115 * age**0.9 * (0.7 + 0.6 * size)) * (0.6 + 0.4 * strength)
        fade = min(1.0, age / 0.8) * max(0.0, 1 - age / LIFE_S) ** 0.8
        return _Puff(
            x=self._fire[0] + self._wind * age**1.1 * (1 + 0.12 * side) + sway + side * self._rows * 0.006,
            y=self._fire[1] - rise,
            radius=radius,
            weight=(0.55 + 0.35 * strength) * fade,
            tone=self._grey - 46 * dark * math.exp(-age / 7) + 6 * (size - 0.5),
            sprite=number % SPRITES,
        )

    def _add(self, puff: _Puff, clear: Field, light: Field) -> None:
        """Lay one puff over what is there."""
        size = max(6, round(puff.radius * 2))
        left, top = round(puff.x - size / 2), round(puff.y - size / 2)
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size, self._columns), min(top + size, self._rows)
        if x0 >= x1 or y0 >= y1:
            return
        sprite = resized(self._sprites[puff.sprite], size, size)[y0 - top : y1 - top, x0 - left : x1 - left]
        cover = sprite[:, :, 0].astype(np.float32) * (puff.weight / 255)
        shade = puff.tone + (sprite[:, :, 1].astype(np.float32) - 128) * 0.42
        here = np.s_[y0:y1, x0:x1]
        light[here] = light[here] * (1 - cover) + shade * cover
        clear[here] *= 1 - cover


def _sprite(luck: np.random.Generator) -> Frame:
    """One billow: channel 0 its thickness, channel 1 its shade (128 is even), lit from the upper left."""
    y, x = np.mgrid[0:SPRITE, 0:SPRITE].astype(np.float32) / (SPRITE / 2) - 1
    lumps = octaves(luck, SPRITE, SPRITE, 3.0, 5)
    reach = np.hypot(x, y) + 0.75 * (lumps - 0.5)
    body = 1 - ramp(reach, 0.35, 0.95)
    body *= 1 - ramp(np.asarray(np.hypot(x, y), np.float32), 0.75, 1.0)
    thick = body * (0.55 + 0.45 * lumps)
    slope = np.roll(thick, (4, 3), axis=(0, 1)) - thick
    shade = 128 - 190 * slope - 26 * y + 60 * (lumps - 0.5)
    return np.stack([thick * 255, np.clip(shade, 0, 255), np.zeros_like(thick)], axis=2).astype(np.uint8)
