"""What one frame tells of the view: light, colour, structure, sharpness, edges, on a small copy of it (pure)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detection import Frame

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

WIDTH, HEIGHT = 480, 272
"""The small copy's size in pixels, whatever the frame's."""

COARSE = 4
"""Edges are taken on means of so many pixels each way: a mast's sway and a sensor's grain are gone there."""

_CELL = 4
_FLAT = 1.0
"""A cell of so many coarse pixels each way that spread by less grey levels shows nothing; grain leaves about 0.2."""


@dataclass(frozen=True, slots=True)
class Look:
    """One frame's measures. `light` is the mean grey, 0-255; `flat` the share of cells that show nothing, 0-1.

    `colour` is the mean distance between a pixel's strongest and weakest channel: infra-red pictures have none.
    `sharpness` is how steep the steepest edges are against the same edges at a quarter of the size: 1 for steps, 0 for
    slopes over four pixels and more; neither light nor haze change it. `edges` has mean 0 and length 1, or is all 0.
    """

    light: float
    flat: float
    colour: float
    sharpness: float
    edges: Field
    grey: NDArray[np.uint8]


def looked(small: Frame, seen: Mask | None = None) -> Look:
    """Measure a copy of `WIDTH` x `HEIGHT`; `seen`, of the same size, is False where the picture is blackened."""
    if small.shape != (HEIGHT, WIDTH, 3):
        raise ValueError(f"a small copy of shape {small.shape}, expected {(HEIGHT, WIDTH, 3)}")
    mask = np.ones((HEIGHT, WIDTH), np.bool_) if seen is None else seen
    if not mask.any():
        mask = ~mask
    fine = np.asarray(small @ np.full(3, 1 / 3, np.float32), np.float32)
    coarse = _quarter(fine)
    far = _quarter(mask.astype(np.float32)) > 0.999
    steps = _steepest(fine, mask) / max(_steepest(coarse, far), 0.5)
    thinned, kept = small[::4, ::4], mask[::4, ::4]
    return Look(
        light=float(fine[mask].mean()),
        flat=_flat(coarse, far),
        colour=float((thinned.max(axis=2) - thinned.min(axis=2))[kept].mean()) if kept.any() else 0.0,
        sharpness=max(0.0, steps - 1 / COARSE) / (1 - 1 / COARSE),
        edges=_edges(coarse, far),
        grey=fine.astype(np.uint8),
    )


def changed(one: Look, other: Look) -> float:
    """The share of pixels that differ at all: sensors grain, so of a living picture many do, and of a frozen one none.

    A clock that still runs in the corner of a frozen picture changes about 0.002 of them.
    """
    return float((one.grey != other.grey).mean())


def _quarter(field: Field) -> Field:
    """Means of 4 x 4 pixels; by halves, which numpy does many times faster than by blocks."""
    for _ in range(2):
        pairs = field[::2] + field[1::2]
        field = np.asarray((pairs[:, ::2] + pairs[:, 1::2]) / 4, np.float32)
    return field


def _flat(coarse: Field, mask: Mask) -> float:
    def cells(field: Field | Mask) -> NDArray[np.generic]:
        return field.reshape(field.shape[0] // _CELL, _CELL, -1, _CELL)

    whole = cells(mask).all(axis=(1, 3))
    spread = cells(coarse).std(axis=(1, 3))[whole]
    return float((spread < _FLAT).mean()) if whole.any() else 1.0


def _steepest(field: Field, mask: Mask) -> float:
    steps = np.abs(np.diff(field, axis=1))[mask[:, 1:] & mask[:, :-1]]
    place = steps.size * 99 // 100
    return float(np.partition(steps, place)[place]) if steps.size else 0.0


def _edges(coarse: Field, mask: Mask) -> Field:
    """How steep each place is, cut at three times the mean so that no lamp or caption outweighs the land."""
    down, right = np.gradient(coarse)
    steep = np.hypot(down, right)
    inside = mask.copy()
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        inside &= np.roll(mask, step, axis)
    mean = float(steep[inside].mean()) if inside.any() else 0.0
    if mean <= 0:
        return np.zeros_like(coarse)
    cut = np.minimum(steep, 3 * mean)
    cut = np.where(inside, cut - cut[inside].mean(), 0)
    return np.asarray(cut / max(float(np.linalg.norm(cut)), 1e-6), np.float32)
