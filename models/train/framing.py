"""How a labelled picture is cut, stretched and laid into the network's input, and its mask into the target grid."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import geometry, pictures
from models.manifest import Picture
from models.train.compose import CORE, RIM, Scene
from models.train.plume import Mask

STRIDE = 16
ASPECTS = (1.0, 1.25, 4 / 3, 1.5, 1.6, 16 / 9, 16 / 9)
IGNORED = -1.0


def masked(picture: Picture, width: int, height: int) -> Mask:
    """The label mask of a picture's smoke boxes: sure in the middle, unsure at the rim, where there is less smoke."""
    mask = np.zeros((height, width), np.uint8)
    smoke = [box for box in picture.boxes if box.kind == "smoke"]
    for value, margin in ((RIM, 0.0), (CORE, 0.2)):
        for box in smoke:
            x0, x1 = box.x + margin * box.width, box.x + (1 - margin) * box.width
            y0, y1 = box.y + margin * box.height, box.y + (1 - margin) * box.height
            rows = slice(max(0, round(y0 * height)), max(0, round(y1 * height)))
            mask[rows, max(0, round(x0 * width)) : max(0, round(x1 * width))] = value
    return mask


def cropped(rng: Generator, scene: Scene) -> Scene:
    """A part of the scene with an aspect drawn at random, so that no source is known by its shape.

    The smoke of a scene is kept: a crop that loses most of it gives way to the whole scene.
    """
    height, width = scene.mask.shape
    aspect = rng.choice(ASPECTS) * np.exp(rng.normal(0, 0.06))
    part = rng.uniform(0.55, 1.0) if rng.random() < 0.6 else 1.0
    wide = min(width, height * aspect) * part
    cut_width, cut_height = max(32, round(wide)), max(32, round(min(height, wide / aspect)))
    left, top = (
        int(rng.integers(0, max(1, width - cut_width + 1))),
        int(rng.integers(0, max(1, height - cut_height + 1))),
    )
    window = slice(top, top + cut_height), slice(left, left + cut_width)
    mask = scene.mask[window]
    if np.count_nonzero(mask == CORE) < 0.4 * np.count_nonzero(scene.mask == CORE):
        return scene
    return Scene(scene.frame[window], mask)


def mirrored(scene: Scene) -> Scene:
    """The scene as in a mirror."""
    return Scene(np.ascontiguousarray(scene.frame[:, ::-1]), np.ascontiguousarray(scene.mask[:, ::-1]))


def framed(scene: Scene, input_width: int, input_height: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The network's input before normalisation (3 x height x width, RGB, grey padding) and the target grid.

    A cell of the target is 1 (smoke), 0 (none) or IGNORED.
    """
    height, width = scene.mask.shape
    fit = geometry.fitted(width, height, input_width, input_height)
    data = np.full((input_height, input_width, 3), 127, np.uint8)
    mask = np.zeros((input_height, input_width), np.uint8)
    window = slice(fit.top, fit.top + fit.height), slice(fit.left, fit.left + fit.width)
    data[window] = pictures.resized(scene.frame, fit.width, fit.height)
    rows = (np.arange(fit.height) * height) // fit.height
    columns = (np.arange(fit.width) * width) // fit.width
    mask[window] = scene.mask[rows[:, None], columns[None, :]]
    return np.ascontiguousarray(data[:, :, ::-1].transpose(2, 0, 1)), target(mask)


def target(mask: Mask) -> NDArray[np.float32]:
    """The grid of a mask: 1 where a quarter of the cell is surely smoke, IGNORED where it may be, else 0."""
    height, width = mask.shape
    cells = mask.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE)
    core = (cells == CORE).mean(axis=(1, 3))
    touched = (cells > 0).mean(axis=(1, 3))
    return np.where(core >= 0.25, 1.0, np.where(touched > 0.1, IGNORED, 0.0)).astype(np.float32)
