"""Smooth random fields: summed octaves of value noise, the stuff of hills, clouds and smoke."""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def octaves(luck: np.random.Generator, height: int, width: int, cells: float, count: int = 5) -> Field:
    """A field of 0-1: `cells` lumps across its width, then twice as many of half the weight, and so on."""
    total = np.zeros((height, width), np.float32)
    for octave in range(count):
        across = cells * 2**octave
        down = max(1.0, across * height / width)
        total += 0.5**octave * smooth(
            luck.random((int(down) + 4, int(across) + 4), np.float32), height, width, down, across
        )
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def smooth(values: Field, height: int, width: int, down: float, across: float) -> Field:
    """A grid of values spread over a field, `down` x `across` cells of it, with smoothed steps between them."""
    row, rest_y = _steps(height, down)
    column, rest_x = _steps(width, across)
    upper, lower = values[row], values[row + 1]
    upper = upper[:, column] * (1 - rest_x) + upper[:, column + 1] * rest_x
    lower = lower[:, column] * (1 - rest_x) + lower[:, column + 1] * rest_x
    return np.asarray(upper * (1 - rest_y)[:, None] + lower * rest_y[:, None], np.float32)


def ramp(field: Field, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    share = np.clip((field - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _steps(length: int, cells: float) -> tuple[NDArray[np.intp], Field]:
    place = np.linspace(0.0, cells, length, dtype=np.float32)
    whole = place.astype(np.intp)
    rest = place - whole
    return whole, np.asarray(rest * rest * (3 - 2 * rest), np.float32)
