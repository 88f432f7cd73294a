"""Frame to tensor and grid to regions: how a picture of any size meets a network of one size (pure)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detection import Frame, Region

Grid = NDArray[np.float32]
"""Smoke probabilities, rows x columns, over the whole input of the network."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a frame lies in the network's input: its scaled size in pixels, centred, the rest is padding."""

    input_width: int
    input_height: int
    left: int
    top: int
    width: int
    height: int


def fitted(frame_width: int, frame_height: int, input_width: int, input_height: int) -> Fit:
    """The largest centred place for a frame in the input that keeps its aspect; at least one pixel each way."""
    if min(frame_width, frame_height) < 1:
        raise ValueError(f"画面尺寸无效 / a frame of {frame_width} x {frame_height} pixels can't be judged")
    scale = min(input_width / frame_width, input_height / frame_height)
    width = min(input_width, max(1, round(frame_width * scale)))
    height = min(input_height, max(1, round(frame_height * scale)))
    return Fit(input_width, input_height, (input_width - width) // 2, (input_height - height) // 2, width, height)


def tensor(content: Frame, fit: Fit, mean: float, scale: float) -> NDArray[np.float32]:
    """The network's input, 1 x 3 x height x width in RGB, from a BGR frame already scaled to the fit's size.

    Values are (pixel - mean) / scale; padding is 0, which is the mean's grey.
    """
    if content.shape != (fit.height, fit.width, 3):
        raise ValueError(f"content of shape {content.shape}, expected {(fit.height, fit.width, 3)}")
    data = np.zeros((1, 3, fit.input_height, fit.input_width), np.float32)
    inside = data[0, :, fit.top : fit.top + fit.height, fit.left : fit.left + fit.width]
    inside[:] = (content[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) - mean) / scale
    return data


def score(grid: Grid, fraction: float) -> float:
    """The picture's score: the mean of the top `fraction` of cells (at least one)."""
    count = max(1, math.ceil(grid.size * fraction))
    return float(np.clip(np.partition(grid.ravel(), grid.size - count)[-count:].mean(dtype=np.float64), 0.0, 1.0))


def regions(grid: Grid, fit: Fit, threshold: float) -> tuple[Region, ...]:
    """The connected groups (eight neighbours) of cells at or over the threshold, highest peak first.

    In fractions of the original frame: padding is cut away, and a group wholly in the padding is dropped.
    """
    groups = _groups(np.asarray(grid >= threshold))
    found = (_region(rows, columns, grid, fit) for rows, columns in groups)
    return tuple(sorted((region for region in found if region), key=lambda region: -region.score))


def _groups(hot: NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    left = {(int(row), int(column)) for row, column in np.argwhere(hot)}
    groups = []
    while left:
        reached = [left.pop()]
        for row, column in reached:  # grows while it is walked: a flood fill
            around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= around
            reached.extend(sorted(around))
        groups.append(([row for row, _ in reached], [column for _, column in reached]))
    return groups


def _region(rows: list[int], columns: list[int], grid: Grid, fit: Fit) -> Region | None:
    cell_width, cell_height = fit.input_width / grid.shape[1], fit.input_height / grid.shape[0]
    x0 = _within((min(columns) * cell_width - fit.left) / fit.width)
    x1 = _within(((max(columns) + 1) * cell_width - fit.left) / fit.width)
    y0 = _within((min(rows) * cell_height - fit.top) / fit.height)
    y1 = _within(((max(rows) + 1) * cell_height - fit.top) / fit.height)
    if x1 <= x0 or y1 <= y0:
        return None
    return Region(x0, y0, x1 - x0, y1 - y0, float(np.clip(grid[rows, columns].max(), 0.0, 1.0)))


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
