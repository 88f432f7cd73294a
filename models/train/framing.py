"""How a labelled picture is cut, stretched and laid into the network's input, and its mask into the target grid."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import geometry, pictures
from models.manifest import Picture
from models.train.compose import CORE, RIM, Scene
from models.train.plume import Mask

STRIDE = 16
ZOOM = (-0.45, 0.35)  # natural logarithms: a scene is learned from at 0.64-1.4 of the size at which it will be judged
IGNORED = -1.0
ENLARGED = 1.3  # at most: softness must not tell what is a part of a picture


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


def windowed(rng: Generator, scene: Scene, view: tuple[int, int], size: tuple[int, int]) -> Scene:
    """A part of `size` (width, height) of the scene as the network will see it: scaled to about what `view`, the
    network's input, would make of the whole, stretched at times as many a source was, cut, padded where it is smaller.

    Scenes with smoke are cut around some of it. What is cut is cheaper to learn from than a padded whole.
    """
    height, width = scene.mask.shape
    scale = min(ENLARGED, min(view[0] / width, view[1] / height) * np.exp(rng.uniform(*ZOOM)))
    stretch = np.exp(rng.uniform(0.0, 0.5)) if rng.random() < 0.4 else np.exp(rng.normal(0, 0.06))
    wide, tall = max(8, width * scale * np.sqrt(stretch)), max(8, height * scale / np.sqrt(stretch))
    across, down = (
        min(width, max(1, round(size[0] / wide * width))),
        min(height, max(1, round(size[1] / tall * height))),
    )
    left, top = _corner(rng, scene.mask, across, down)
    window = slice(top, top + down), slice(left, left + across)
    fit = round(min(size[0], across * wide / width)), round(min(size[1], down * tall / height))
    return _padded(rng, _scaled(Scene(scene.frame[window], scene.mask[window]), *fit), size)


def clear(rng: Generator, scene: Scene) -> Scene | None:
    """A part of a smoky picture that shows no smoke, so that no source is known by its look; None if none was met."""
    height, width = scene.mask.shape
    for _ in range(8):
        across, down = (int(side * rng.uniform(0.35, 0.7)) for side in (width, height))
        left, top = int(rng.integers(0, width - across + 1)), int(rng.integers(0, height - down + 1))
        window = slice(top, top + down), slice(left, left + across)
        if not scene.mask[window].any():
            return Scene(scene.frame[window], scene.mask[window])
    return None


def _corner(rng: Generator, mask: Mask, across: int, down: int) -> tuple[int, int]:
    height, width = mask.shape
    smoke = np.flatnonzero(mask == CORE)
    if not smoke.size:
        return int(rng.integers(0, width - across + 1)), int(rng.integers(0, height - down + 1))
    row, column = divmod(int(smoke[rng.integers(smoke.size)]), width)
    left, top = column - int(rng.uniform(0.05, 0.95) * across), row - int(rng.uniform(0.05, 0.95) * down)
    return min(max(0, left), width - across), min(max(0, top), height - down)


def _scaled(scene: Scene, width: int, height: int) -> Scene:
    tall, wide = scene.mask.shape
    rows, columns = (np.arange(height) * tall) // height, (np.arange(width) * wide) // width
    return Scene(pictures.resized(scene.frame, width, height), scene.mask[rows[:, None], columns[None, :]])


def _padded(rng: Generator, scene: Scene, size: tuple[int, int]) -> Scene:
    height, width = scene.mask.shape
    left, top = int(rng.integers(0, size[0] - width + 1)), int(rng.integers(0, size[1] - height + 1))
    window = slice(top, top + height), slice(left, left + width)
    frame, mask = np.full((size[1], size[0], 3), 127, np.uint8), np.zeros((size[1], size[0]), np.uint8)
    frame[window], mask[window] = scene.frame, scene.mask
    return Scene(frame, mask)


def mirrored(scene: Scene) -> Scene:
    """The scene as in a mirror."""
    return Scene(np.ascontiguousarray(scene.frame[:, ::-1]), np.ascontiguousarray(scene.mask[:, ::-1]))


def framed(scene: Scene, input_width: int, input_height: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The whole scene as the network's input before normalisation, and its target grid; see `tensors`."""
    height, width = scene.mask.shape
    fit = geometry.fitted(width, height, input_width, input_height)
    whole = Scene(
        np.full((input_height, input_width, 3), 127, np.uint8), np.zeros((input_height, input_width), np.uint8)
    )
    window = slice(fit.top, fit.top + fit.height), slice(fit.left, fit.left + fit.width)
    content = _scaled(scene, fit.width, fit.height)
    whole.frame[window], whole.mask[window] = content.frame, content.mask
    return tensors(whole)


def tensors(scene: Scene) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """3 x height x width in RGB, and the target grid: a cell is 1 (smoke), 0 (none) or IGNORED."""
    return np.ascontiguousarray(scene.frame[:, :, ::-1].transpose(2, 0, 1)), target(scene.mask)


def target(mask: Mask) -> NDArray[np.float32]:
    """The grid of a mask: 1 where a quarter of the cell is surely smoke, IGNORED where it may be, else 0."""
    height, width = mask.shape
    cells = mask.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE)
    core = (cells == CORE).mean(axis=(1, 3))
    touched = (cells > 0).mean(axis=(1, 3))
    return np.where(core >= 0.25, 1.0, np.where(touched > 0.1, IGNORED, 0.0)).astype(np.float32)
