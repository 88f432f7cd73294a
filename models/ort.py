"""The only door to onnxruntime: the detector that a card describes."""

import os

import numpy as np

# Since 1.29 onnxruntime for Linux sends telemetry unless this stands before it is loaded (its Privacy.md): a device
# in the field calls nobody but its gateway.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from models import geometry, pictures
from models.card import Card, CardError
from models.detection import Detection, Frame
from models.geometry import Fit, Grid

_REFUSALS = (native.Fail, native.InvalidArgument, native.InvalidGraph, native.InvalidProtobuf, native.NotImplemented)


class OnnxDetector:
    """Judges frames of any size with the network of a card. Keeps nothing between frames: threads may share it."""

    def __init__(self, card: Card, threads: int = 1) -> None:
        """CardError where the file isn't the card's (its hash is verified before onnxruntime sees a byte of it) or
        its shapes aren't what the card says. `threads` is the number of threads one inference may use.
        """
        self._facts = card.facts
        self._session = _opened(card, threads)
        self._input = self._session.get_inputs()[0].name

    @property
    def name(self) -> str:
        """Name and version as the card says."""
        return f"{self._facts.name} {self._facts.version}"

    def detect(self, frame: Frame) -> Detection:
        """The frame's score and the regions where smoke is, highest first."""
        grid, fit = self.grid(frame)
        regions = geometry.regions(grid, fit, self._facts.thresholds.cell)
        return Detection(geometry.score(grid, self._facts.output.top_fraction), regions)

    def grid(self, frame: Frame) -> tuple[Grid, Fit]:
        """The probabilities of all cells, and where the frame lies among them."""
        entry = self._facts.input
        fit = geometry.fitted(frame.shape[1], frame.shape[0], entry.width, entry.height)
        content = pictures.resized(frame, fit.width, fit.height)
        data = geometry.tensor(content, fit, entry.mean, entry.scale)
        return np.asarray(self._session.run(None, {self._input: data})[0][0], np.float32), fit


def _opened(card: Card, threads: int) -> onnxruntime.InferenceSession:
    data = card.verified()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a waiting thread must not heat the box
    # One input shape, so the arena stops growing at the first frame; the memory pattern would add 20 MB at the second
    # and saves no time, and without the arena it is more memory still (measured with onnxruntime 1.32).
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except _REFUSALS as error:
        raise CardError((f"{card.model_path}: 无法加载模型 / onnxruntime can't load the model: {error}",)) from error
    _check(card, [tuple(node.shape) for node in (*session.get_inputs(), *session.get_outputs())])
    return session


def _check(card: Card, found: list[tuple[int | str, ...]]) -> None:
    entry, grid = card.facts.input, card.facts.output
    expected = [(1, 3, entry.height, entry.width), (1, grid.rows, grid.columns)]
    if found != expected:
        zh, en = f"模型形状现为 {found}，模型卡为 {expected}", f"shapes found {found}, the card says {expected}"
        raise CardError((f"{card.model_path}: {zh} / {en}",))
