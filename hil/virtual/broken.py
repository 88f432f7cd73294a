"""Cameras that can't see, on purpose: what each trouble makes of a good frame, and the light of a day."""

import math

import numpy as np

from models.detection import Frame
from models.pictures import blurred, warped


def black(frame: Frame) -> Frame:
    """The sensor gives nothing but its own offset."""
    return np.full_like(frame, 3)


def covered(frame: Frame, level: int = 92) -> Frame:
    """A bag or a hand before the lens: one colour, a little lighter to one side, under the sensor's grain."""
    slope = np.linspace(-9, 9, frame.shape[1], dtype=np.float32)[None, :, None]
    luck = np.random.default_rng(int(frame[::16, ::16].sum()))
    grain = luck.standard_normal((*frame.shape[:2], 1), np.float32) * np.float32(1.5)
    return np.asarray(np.clip(np.array([0, 8, 22], np.float32) + level + slope + grain, 0, 255), np.uint8)


def smeared(frame: Frame, share: float = 0.009) -> Frame:
    """Out of focus or grease on the lens; `share` of the width is the blur's sigma."""
    return blurred(frame, share * frame.shape[1])


def shifted(frame: Frame, right: float, down: float = 0.0) -> Frame:
    """The camera was turned: the view moves by these shares of its size; what comes in repeats the edge."""
    height, width = frame.shape[:2]
    rows = np.clip(np.arange(height) - round(down * height), 0, height - 1)
    columns = np.clip(np.arange(width) - round(right * width), 0, width - 1)
    return np.ascontiguousarray(frame[rows][:, columns])


def turned(frame: Frame) -> Frame:
    """The camera hangs from its bracket: the view lies on its side."""
    height, width = frame.shape[:2]
    matrix = np.array([[0, width / height, 0], [height / width, 0, 0]], np.float32)
    return warped(frame, matrix, width, height)


def infra_red(frame: Frame) -> Frame:
    """Night mode: no colour, and the lamp beside the lens lights the middle."""
    height, width = frame.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lamp = 1.05 - 0.35 * np.hypot(x, y)
    grey = np.clip(frame.mean(axis=2) * lamp, 0, 255).astype(np.uint8)
    return np.asarray(np.repeat(grey[:, :, None], 3, axis=2), np.uint8)


def lit(frame: Frame, light: float, seed: int = 0) -> Frame:
    """The frame under `light` (1 is noon's), with the grain that a sensor has in the dark."""
    gain = min(3.0, 1 / max(light, 1e-3)) ** 0.8
    luck = np.random.default_rng([seed, round(light * 1e6)])
    grain = luck.standard_normal((*frame.shape[:2], 1), np.float32) * np.float32(gain - 1)
    return np.asarray(np.clip(frame.astype(np.float32) * light * gain + grain + 2, 0, 255), np.uint8)


def daylight(hour: float) -> float:
    """Light by the hour, 0-24: dark before 5 and after 19, a dusk of an hour each, noon at 12."""
    sun = math.sin(math.pi * (hour - 5) / 14) if 5 < hour < 19 else 0.0
    return min(1.0, 0.006 + 1.4 * sun)
