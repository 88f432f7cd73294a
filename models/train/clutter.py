"""What looks like smoke or hides it: fog banks, dust, steam, insects, glare, rain, infra-red nights, flames."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models import pictures
from models.detection import Frame
from models.train import plume

Alpha = NDArray[np.floating]
"""How much of each pixel is covered, height x width, 0-1."""


def lookalike(rng: Generator, frame: Frame) -> Frame:
    """The scene with one thing that a hasty eye takes for smoke, and that isn't."""
    return KINDS[int(rng.integers(len(KINDS)))](rng, frame)


def weathered(rng: Generator, frame: Frame) -> Frame:
    """The scene, with or without smoke, behind rain, insects or glare, or lit by the camera's own infra-red lamp."""
    return VEILS[int(rng.integers(len(VEILS)))](rng, frame)


def fog_bank(rng: Generator, frame: Frame) -> Frame:
    """A level layer of fog right across the frame: wide, soft, without a foot."""
    height, width = frame.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None] / height
    depth = rng.uniform(0.03, 0.2)
    layer = np.exp(-(((rows - rng.uniform(0.3, 0.8)) / depth) ** 2))
    # Noise stretched sideways: fog lies in sheets.
    sheets = pictures.resized(plume.noise(rng, width // 4 + 2, height + 1, 4), width, height).astype(np.float32) / 255
    alpha = layer * (0.5 + 0.5 * sheets) * rng.uniform(0.3, 0.95)
    return laid(frame, alpha, _air(rng, frame))


def dust(rng: Generator, frame: Frame) -> Frame:
    """Dust behind a vehicle or a harvester: low, long, the colour of the ground, thickest at the ground."""
    height, width = frame.shape[:2]
    foot, tall = rng.uniform(0.55, 0.95) * height, rng.uniform(0.03, 0.14) * height
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    up = (foot - rows) / tall
    along = np.abs(columns / width - rng.uniform(0, 1)) / rng.uniform(0.1, 0.4)
    body = np.clip(1 - along, 0, 1) ** 0.5 * np.exp(-(np.clip(up, 0, None) ** 2)) * (up > -0.3)
    alpha = body * (0.4 + 0.6 * plume.noise(rng, width, height, 5).astype(np.float32) / 255) * rng.uniform(0.35, 0.9)
    ground = frame[round(foot) - 1 :].reshape(-1, 3).mean(axis=0)
    ochre = np.array([95.0, 140.0, 175.0]) * rng.uniform(0.6, 1.2)
    return laid(frame, alpha.astype(np.float32), ground * 0.5 + ochre * 0.5)


def steam(rng: Generator, frame: Frame) -> Frame:
    """Steam over a vent or a stack that is drawn with it: white, and gone within a few widths of its mouth."""
    height, width = frame.shape[:2]
    wide = max(2, round(rng.uniform(0.006, 0.03) * width))
    x, y = int(rng.uniform(0.1, 0.9) * width), int(rng.uniform(0.25, 0.7) * height)
    out = frame.copy()
    out[y : y + int(rng.uniform(3, 9) * wide), x : x + wide] = rng.uniform(20, 170)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    up = (y - rows) / (wide * rng.uniform(2, 5))
    lean = (columns - x - wide / 2) / wide - up * rng.normal(0, 1.5)
    puff = np.exp(-((lean / (0.6 + np.clip(up, 0, None))) ** 2) - np.clip(up, 0, None) ** 2 * 2) * (up > 0)
    alpha = puff * (0.4 + 0.6 * plume.noise(rng, width, height, 6).astype(np.float32) / 255)
    return laid(out, alpha.astype(np.float32), np.full(3, rng.uniform(200, 250)) * _light(frame))


def flames(rng: Generator, frame: Frame, cut: Frame) -> Frame:
    """The scene with flames cut out of another picture, their glow but not their smoke."""
    height, width = frame.shape[:2]
    share = np.exp(rng.uniform(np.log(0.003), np.log(0.12)))
    scale = np.sqrt(share * height * width / (cut.shape[0] * cut.shape[1]))
    wide, tall = max(4, round(cut.shape[1] * scale)), max(4, round(cut.shape[0] * scale))
    wide, tall = min(wide, width), min(tall, height)
    piece = pictures.resized(cut, wide, tall)
    blue, red = piece[:, :, 0].astype(np.float32), piece[:, :, 2].astype(np.float32)
    alpha = np.clip((red - 130) / 70, 0, 1) * np.clip((red - blue - 30) / 60 + (blue > 200), 0, 1)
    left, top = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    window = slice(top, top + tall), slice(left, left + wide)
    out = frame.copy()
    out[window] = laid(out[window], alpha.astype(np.float32), piece)
    return out


def insects(rng: Generator, frame: Frame) -> Frame:
    """Insects and spiders' threads on or before the lens: soft spots and strokes, bright at night, dark by day."""
    height, width = frame.shape[:2]
    bright = float(frame.mean()) < 80
    alpha = np.zeros((height, width), np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(int(rng.integers(1, 7))):
        size = width * np.exp(rng.uniform(np.log(0.004), np.log(0.05)))
        angle, stretch = rng.uniform(0, np.pi), rng.uniform(1, 6)
        x, y = columns - rng.uniform(0, width), rows - rng.uniform(0, height)
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        spot = np.exp(-((((along / stretch) ** 2 + across**2) / size**2) ** rng.uniform(1, 3)))
        alpha = np.maximum(alpha, spot * rng.uniform(0.4, 0.95))
    return laid(frame, alpha, np.full(3, rng.uniform(190, 250) if bright else rng.uniform(10, 90)))


def rain(rng: Generator, frame: Frame) -> Frame:
    """Rain: falling strokes, a grey veil, at times drops on the glass."""
    height, width = frame.shape[:2]
    long = int(rng.integers(6, 30))
    grain = (rng.random((height // long + 2, width)) > rng.uniform(0.9, 0.985)).astype(np.uint8) * 255
    strokes = pictures.resized(grain, width, height)
    slant = np.array([[1, rng.normal(0, 0.15), 0], [0, 1, 0]], np.float32)
    alpha = pictures.warped(strokes, slant, width, height).astype(np.float32) / 255 * rng.uniform(0.1, 0.5)
    veiled = laid(frame, alpha + rng.uniform(0, 0.3) * (1 - alpha), np.full(3, rng.uniform(130, 200)) * _light(frame))
    return insects(rng, veiled) if rng.random() < 0.3 else veiled


def glare(rng: Generator, frame: Frame) -> Frame:
    """The sun or headlights into the lens: bright discs with a wide veil around them."""
    height, width = frame.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / width
    alpha = np.zeros((height, width), np.float32)
    size, y = rng.uniform(0.004, 0.06), rng.uniform(0, height / width)
    for x in rng.uniform(0, 1) + np.arange(int(rng.integers(1, 3))) * size * rng.uniform(3, 8):
        away = np.hypot(columns - x, rows - y)
        alpha += np.exp(-((away / size) ** 2)) + rng.uniform(0.2, 0.6) * np.exp(-away / rng.uniform(0.05, 0.25))
    warm = np.array([rng.uniform(190, 255), rng.uniform(225, 255), 255.0])
    return laid(frame, np.clip(alpha, 0, 1), warm)


def infrared(rng: Generator, frame: Frame) -> Frame:
    """Night, lit by the camera's own lamp: grey, bright in the middle and near, grainy."""
    height, width = frame.shape[:2]
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    lamp = rng.uniform(0.15, 0.5) + rng.uniform(0.4, 0.9) * np.exp(-(columns**2 + (rows - 0.3) ** 2) / 0.6)
    grey = frame.astype(np.float32).mean(axis=2) * lamp * rng.uniform(0.5, 1.1)
    grey += rng.normal(0, rng.uniform(1, 8), grey.shape).astype(np.float32)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def laid(frame: Frame, alpha: Alpha, colour: NDArray[np.floating] | Frame) -> Frame:
    """A colour or a picture over the frame."""
    opaque = np.clip(alpha, 0, 1)[:, :, None]
    return np.asarray(np.clip(frame * (1 - opaque) + colour * opaque, 0, 255), np.uint8)


def _air(rng: Generator, frame: Frame) -> NDArray[np.float64]:
    return np.full(3, rng.uniform(170, 235)) * _light(frame)


def _light(frame: Frame) -> float:
    """How bright the scene is beside a common day: what is laid over it is lit by the same light."""
    return float(np.clip(frame.mean() / 105, 0.25, 1.1))


KINDS = (fog_bank, dust, dust, steam)
VEILS = (insects, rain, glare, infrared)
