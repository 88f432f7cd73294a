"""A foreign detector to be scored beside ours: the usual YOLO export, input 1 x 3 x H x W, output 1 x (4+n) x boxes."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import geometry, pictures
from models.card import CardError
from models.detection import Detection, Frame, Region
from models.geometry import Fit
from models.ort import Network

SIZE = 640  # where the network takes any size
PADDING = 114  # grey, as its trainers pad
SHOWN = 0.25  # boxes from here on are regions
OVERLAP = 0.5  # of two boxes: the weaker is dropped
Boxes = NDArray[np.float32]


class YoloDetector:
    """Judges frames by the highest score of one class of an Ultralytics-style network (RGB / 255, letterboxed)."""

    def __init__(self, path: Path, smoke_class: int, threads: int = 1) -> None:
        """CardError where the file can't be read or loaded, or its output has no such class."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CardError((f"{path}: 无法读取模型文件 / the model file can't be read: {error.strerror}",)) from error
        self._name = f"{path.name} {hashlib.sha256(data).hexdigest()[:8]}"
        self._network = Network(data, str(path), threads)
        height, width = (side if isinstance(side, int) else SIZE for side in self._network.input_shape[2:])
        self._size = width, height
        self._row = 4 + smoke_class
        shape = self._network.run(np.zeros((1, 3, height, width), np.float32)).shape
        if len(shape) != 3 or not 4 <= self._row < shape[1]:
            zh, en = (
                f"输出形状为 {shape}，应为 1 x (4+类别数) x 框数",
                "expected 1 x (4 + classes) x boxes with this class",
            )
            raise CardError((f"{path}: {zh} / output {shape}, {en}: {smoke_class}",))

    @property
    def name(self) -> str:
        """The file's name and the beginning of its hash."""
        return self._name

    def detect(self, frame: Frame) -> Detection:
        """The frame's score, and the boxes of the class after non-maximum suppression."""
        fit = geometry.fitted(frame.shape[1], frame.shape[0], *self._size)
        data = np.full((1, 3, fit.input_height, fit.input_width), PADDING / 255, np.float32)
        content = pictures.resized(frame, fit.width, fit.height)[:, :, ::-1].transpose(2, 0, 1)
        data[0, :, fit.top : fit.top + fit.height, fit.left : fit.left + fit.width] = content.astype(np.float32) / 255
        found = self._network.run(data)[0]
        scores = np.clip(found[self._row], 0, 1)
        return Detection(float(scores.max(initial=0.0)), _regions(found[:4], scores, fit))


def _regions(boxes: Boxes, scores: NDArray[np.float32], fit: Fit) -> tuple[Region, ...]:
    """Highest first; `boxes` are rows of centre x, centre y, width, height in the input's pixels."""
    corners = np.stack(
        [boxes[0] - boxes[2] / 2, boxes[1] - boxes[3] / 2, boxes[0] + boxes[2] / 2, boxes[1] + boxes[3] / 2]
    )
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < SHOWN:
            break
        if all(_overlap(corners[:, index], corners[:, other]) < OVERLAP for other in kept):
            kept.append(int(index))
    return tuple(_region(corners[:, index], float(scores[index]), fit) for index in kept)


def _overlap(one: Boxes, other: Boxes) -> float:
    """Intersection over union."""
    wide, tall = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(max(0.0, wide) * max(0.0, tall))
    both = sum(float((box[2] - box[0]) * (box[3] - box[1])) for box in (one, other)) - shared
    return shared / both if both > 0 else 0.0


def _region(corners: Boxes, score: float, fit: Fit) -> Region:
    x = np.clip((corners[[0, 2]] - fit.left) / fit.width, 0, 1)
    y = np.clip((corners[[1, 3]] - fit.top) / fit.height, 0, 1)
    return Region(float(x[0]), float(y[0]), float(x[1] - x[0]), float(y[1] - y[0]), score)
