"""Smoke to lay over a scene: how opaque it is at each pixel, drawn by our own code or taken from a film."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import pictures
from models.detection import Frame

Mask = NDArray[np.uint8]
"""Opacity, height x width, 0-255."""

SIZE = 96  # drawn small and grown: smoke has soft edges, the fine structure comes from the noise


def noise(rng: Generator, width: int, height: int, octaves: int = 4) -> Mask:
    """Clouds of several sizes, 0-255: each octave of value noise is twice as fine and half as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 1) + 1
        grain = rng.integers(0, 256, (cells, cells), np.uint8)
        total += pictures.resized(grain, width, height).astype(np.float32) / 2**octave
    total -= total.min()
    return np.asarray(total * (255 / max(1.0, float(total.max()))), np.uint8)


def drawn(rng: Generator) -> Mask:
    """A column of puffs rising from the bottom of a square, leaning with the wind and widening as it ages."""
    age = np.linspace(0, 1, 60, dtype=np.float32)[:, None, None]
    wind, rise = rng.normal(0, 0.35), rng.uniform(0.55, 0.95)
    swing, phase = rng.uniform(0, 0.06), rng.uniform(0, 6.3)
    radius = rng.uniform(0.015, 0.05) + rng.uniform(0.05, 0.22) * age ** rng.uniform(0.6, 1.3)
    # Each puff goes its own way, the more the older it is: billows instead of a cone.
    strays = [rng.normal(0, rng.uniform(0.2, 0.7), age.shape).astype(np.float32) * radius for _ in range(2)]
    x = 0.5 - wind / 2 + wind * age ** rng.uniform(1, 2) + swing * np.sin(age * rng.uniform(4, 12) + phase) + strays[0]
    y = 1.0 - rise * age ** rng.uniform(0.6, 1.0) + strays[1]
    radius = radius * rng.uniform(0.6, 1.2, age.shape).astype(np.float32)
    dense = 1.0 - rng.uniform(0, 0.95) * age
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    puffs = dense * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / radius**2)
    # Faded out before the upper edges: a plume cut by its own canvas would show a straight line in mid-air.
    inside = np.clip(np.minimum(rows, np.minimum(columns, 1 - columns)) / 0.12, 0, 1)
    body = (1 - np.exp(-puffs.sum(axis=0) * rng.uniform(0.4, 2.0))) * inside
    return _textured(rng, np.asarray(body * 255, np.uint8), rng.uniform(0.2, 1.0))


def lifted(frame: Frame) -> Mask | None:
    """The smoke in a frame of a film of smoke on black, cut to its edges; None where the frame shows too little."""
    light = frame.max(axis=2)
    rows, columns = np.nonzero(light > 16)
    if rows.size < 400:
        return None
    return np.ascontiguousarray(light[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


def filmed(rng: Generator, cut: Mask) -> Mask:
    """A lifted frame at some other density."""
    gain = rng.uniform(1.0, 1.8) * 255 / max(1, int(cut.max()))
    return np.asarray(np.clip(cut.astype(np.float32) * gain, 0, 255), np.uint8)


def colours(rng: Generator, width: int, height: int, cut: Frame | None) -> Frame:
    """What the smoke looks like where it is opaque: a cut of real smoke, or grey to white, at times brown or black."""
    if cut is not None:
        return pictures.resized(cut, width, height)
    dark = rng.random() < 0.22
    level = rng.uniform(15, 90) if dark else rng.uniform(130, 250)
    tint = rng.normal(0, 5, 3) + rng.uniform(0, 14) * np.array([-1.0, 0.0, 1.0]) * (rng.random() < 0.3)
    shade = noise(rng, width, height, 5).astype(np.float32)[:, :, None] / 255 - 0.5
    return np.asarray(np.clip(level + tint + shade * rng.uniform(5, 60), 0, 255), np.uint8)


def _textured(rng: Generator, body: Mask, strength: float) -> Mask:
    size = int(rng.integers(120, 320))
    grown = pictures.resized(body, size, size).astype(np.float32)
    holes = noise(rng, size, size, 6).astype(np.float32) / 255
    # Holes bite at the thin rim first, as in real smoke: the dense body stays closed.
    thin = 1 - grown / 255
    return np.clip(grown * (1 - strength * holes * (0.35 + thin)), 0, 255).astype(np.uint8)
