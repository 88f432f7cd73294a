"""Far smoke, which the pictures at hand don't show: a plume blended onto a scene without smoke."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import pictures
from models.detection import Frame
from models.train import plume
from models.train.plume import Mask

CORE, RIM = 255, 128
"""Values of a label mask: surely smoke; perhaps smoke, not to be judged. 0 is no smoke."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture with its label mask (height x width: 0, RIM or CORE)."""

    frame: Frame
    mask: Mask


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plume goes: the foot of it, its size and its lean, in pixels."""

    foot_x: float
    foot_y: float
    width: float
    height: float
    lean: float
    mirrored: bool


def composed(rng: Generator, frame: Frame, opacity: Mask, cut: Frame | None) -> Scene | None:
    """The frame with one plume in it; None where it can't be seen, which would be a wrong label."""
    height, width = frame.shape[:2]
    place = _place(rng, width, height)
    alpha = pictures.warped(opacity, _map(opacity, place), width, height)
    if rng.random() < 0.35:  # the foot stands behind a hill or a roof: a hard lower edge
        alpha[int(place.foot_y - place.height * rng.uniform(0.0, 0.25)) :] = 0
    if rng.random() < 0.5:
        alpha = pictures.blurred(alpha, rng.uniform(0.4, max(0.5, width / 250)))
    strength = rng.uniform(0.35, 1.0) if rng.random() < 0.7 else rng.uniform(0.85, 1.0)
    mixed = _blended(rng, frame, alpha.astype(np.float32) * (strength / 255), cut)
    return _labelled(frame, mixed, alpha.astype(np.float32) * (strength / 255))


def _place(rng: Generator, width: int, height: int) -> Place:
    """Mostly far (0.3-10 % of the frame) and near the horizon; some large, some cut by the frame's edge."""
    share = np.exp(rng.uniform(np.log(0.004), np.log(0.12))) if rng.random() < 0.8 else rng.uniform(0.1, 0.5)
    aspect = np.exp(rng.normal(0.0, 0.5))  # width over height
    tall = np.sqrt(share * width * height / aspect)
    edge = rng.random() < 0.2
    foot_x = rng.choice([0.0, 1.0]) + rng.normal(0, 0.05) if edge else rng.uniform(0.05, 0.95)
    foot_y = rng.normal(0.58, 0.13) if rng.random() < 0.75 else rng.uniform(0.3, 1.05)
    lean = rng.normal(0, 0.7)
    return Place(foot_x * width, foot_y * height, tall * aspect, tall, lean, bool(rng.random() < 0.5))


def _map(opacity: Mask, place: Place) -> NDArray[np.float32]:
    """Old pixels to new ones: scaled to the place, leaning (a shear about the foot), perhaps mirrored."""
    tall, wide = opacity.shape
    x = place.width / wide * (-1 if place.mirrored else 1)
    y = place.height / tall
    shear = -place.lean * y
    return np.array(
        [[x, shear, place.foot_x - x * wide / 2 - shear * tall], [0, y, place.foot_y - y * tall]], np.float32
    )


def _blended(rng: Generator, frame: Frame, alpha: NDArray[np.float32], cut: Frame | None) -> Frame:
    height, width = frame.shape[:2]
    colour = plume.colours(rng, width, height, cut).astype(np.float32)
    # Smoke is lit by the scene's own light: white smoke at night is grey.
    colour *= np.clip(float(frame.mean()) / 105 * rng.uniform(0.85, 1.25), 0.3, 1.12)
    opaque = alpha[:, :, None]
    return np.clip(frame * (1 - opaque) + colour * opaque, 0, 255).astype(np.uint8)


def _labelled(before: Frame, after: Frame, alpha: NDArray[np.float32]) -> Scene | None:
    body = alpha > 0.22
    if body.sum() < 0.0006 * body.size:
        return None
    seen = np.abs(after.astype(np.int16) - before.astype(np.int16)).max(axis=2)
    if float(seen[body].mean()) < 18:
        return None
    mask = np.where(body, CORE, np.where(alpha > 0.04, RIM, 0)).astype(np.uint8)
    return Scene(after, mask)
