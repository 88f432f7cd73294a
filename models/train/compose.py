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


ROWS = 48  # that a horizon is looked for in


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
    place = _place(rng, width, height, horizon(frame)[0])
    alpha = pictures.warped(opacity, _map(opacity, place), width, height)
    if rng.random() < 0.35:  # the foot stands behind a hill or a roof: a hard lower edge
        alpha[int(place.foot_y - place.height * rng.uniform(0.0, 0.1)) :] = 0
    if rng.random() < 0.5:
        alpha = pictures.blurred(alpha, rng.uniform(0.4, max(0.5, width / 250)))
    strength = rng.uniform(0.4, 1.0) if rng.random() < 0.6 else rng.uniform(0.85, 1.0)
    opaque = alpha.astype(np.float32) * (strength / 255)
    return _labelled(frame, _blended(rng, frame, opaque, cut), opaque)


def horizon(frame: Frame) -> tuple[float, float]:
    """Where the ground begins, as a fraction of the height, and how much of the picture's variance that parts (0-1).

    The row that parts the frame into the least alike halves: Otsu's criterion (IEEE Trans. SMC 9, 1979) over rows. A
    view of sky over land has .3 and more, a portrait or a street scene less.
    """
    small = pictures.resized(frame, 32, ROWS).astype(np.float32)
    rows = small.mean(axis=1)
    splits = range(ROWS // 4, ROWS * 7 // 8)
    apart = [k * (ROWS - k) * np.square(rows[:k].mean(axis=0) - rows[k:].mean(axis=0)).sum() for k in splits]
    whole = ROWS**2 * float(small.reshape(-1, 3).var(axis=0).sum())
    best = int(np.argmax(apart))
    return splits[best] / ROWS, float(apart[best]) / max(1.0, whole)


def _place(rng: Generator, width: int, height: int, ground: float) -> Place:
    """Mostly far (0.6-12 % of the frame) with its foot at the horizon; some large, some cut by the frame's edge."""
    share = np.exp(rng.uniform(np.log(0.006), np.log(0.12))) if rng.random() < 0.75 else rng.uniform(0.1, 0.5)
    aspect = np.exp(rng.normal(-0.15, 0.45))  # width over height
    tall = np.sqrt(share * width * height / aspect)
    edge = rng.random() < 0.2
    foot_x = rng.choice([0.0, 1.0]) + rng.normal(0, 0.05) if edge else rng.uniform(0.05, 0.95)
    foot_y = ground + rng.uniform(-0.02, 0.12) if rng.random() < 0.85 else rng.uniform(0.4, 1.05)
    lean = rng.normal(0, 0.5)
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
    # Lit from one side: the billows that turn away from the light are darker.
    side = np.roll(alpha, (int(width / rng.uniform(40, 120)), int(width / rng.uniform(-60, 60))), (0, 1)) - alpha
    colour *= (1 - rng.uniform(0, 0.6) * np.clip(side, -0.5, 0.5))[:, :, None]
    # Smoke is lit by the scene's own light: white smoke at night is grey.
    colour *= np.clip(float(frame.mean()) / 105 * rng.uniform(0.85, 1.25), 0.3, 1.12)
    opaque = alpha[:, :, None]
    return np.clip(frame * (1 - opaque) + colour * opaque, 0, 255).astype(np.uint8)


def _labelled(before: Frame, after: Frame, alpha: NDArray[np.float32]) -> Scene | None:
    body = alpha > 0.22
    if body.mean() < 0.002 or not seen(before, after, body):
        return None
    mask = np.where(body, CORE, np.where(alpha > 0.04, RIM, 0)).astype(np.uint8)
    return Scene(after, mask)


def seen(before: Frame, after: Frame, body: NDArray[np.bool_]) -> bool:
    """Whether a person would see what was laid over `body`: it changes more than the scene there varies by itself."""
    height, width = body.shape
    small = max(8, width // 4), max(8, height // 4)
    old, new = (pictures.resized(frame, *small).astype(np.float32).mean(axis=2) for frame in (before, after))
    where = pictures.resized(body.astype(np.uint8) * 255, *small) > 127
    if not where.any():
        return False
    smooth = pictures.blurred(pictures.resized(before, *small), small[0] / 20).astype(np.float32).mean(axis=2)
    busy = float(np.abs(old - smooth)[where].mean())
    return float(np.abs(new - old)[where].mean()) >= max(15.0, 1.4 * busy)
