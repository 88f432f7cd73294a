"""What air, lens, sensor and compression do to a picture: the same for scenes with and without smoke."""

import numpy as np
from numpy.random import Generator

from models import pictures
from models.detection import Frame
from models.train import plume


def hazed(rng: Generator, frame: Frame) -> Frame:
    """Fog or haze over everything: air light that thickens towards the horizon and has soft banks in it."""
    height, width = frame.shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    depth = np.clip(1 - np.abs(rows - rng.uniform(0.2, 0.5)) * rng.uniform(0.6, 1.8), 0, 1)
    banks = 0.75 + 0.25 * plume.noise(rng, width, height, 3).astype(np.float32) / 255
    thick = (depth * banks * rng.uniform(0.1, 0.75))[:, :, None]
    air = rng.uniform(0.9, 1.3) * float(frame.mean()) * 0.4 + rng.uniform(90, 140)
    return np.asarray(np.clip(frame * (1 - thick) + air * thick, 0, 255), np.uint8)


def photographed(rng: Generator, frame: Frame) -> Frame:
    """The frame after exposure, colour cast, grey night mode, softness, grain and JPEG, each at times."""
    data = frame.astype(np.float32)
    data = (data - 128) * rng.uniform(0.75, 1.25) + 128 + rng.normal(0, 14)
    if rng.random() < 0.4:
        data *= rng.normal(1, 0.06, 3).astype(np.float32)
    if rng.random() < 0.08:
        data = np.repeat(data.mean(axis=2, keepdims=True), 3, axis=2)
    out = np.clip(data, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        out = pictures.blurred(out, rng.uniform(0.3, 1.4))
    if rng.random() < 0.35:
        grain = rng.normal(0, rng.uniform(1, 8), out.shape[:2]).astype(np.float32)[:, :, None]
        out = np.clip(out + grain, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        out = pictures.decode(pictures.jpeg(out, int(rng.integers(28, 92))))
    return out
