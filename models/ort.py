"""The only door to onnxruntime: a network opened for a small board, and the detector that a card describes."""

import os
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Since 1.29 onnxruntime for Linux sends telemetry unless this stands before it is loaded (its Privacy.md): a device
# in the field calls nobody but its gateway.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from models import geometry, pictures
from models.card import Card, CardError
from models.detection import Detection, Frame
from models.geometry import Fit, Grid

Shape = tuple[int | str, ...]

_REFUSALS = (native.Fail, native.InvalidArgument, native.InvalidGraph, native.InvalidProtobuf, native.NotImplemented)
ARENA_MB = 128
"""Working memory that all sessions of a process share; the shipped network needs about 60 at its size."""


class Network:
    """An opened network of one input. Keeps nothing between runs: threads may share it."""

    def __init__(self, data: bytes, where: str, threads: int = 1) -> None:
        """CardError where onnxruntime refuses the bytes; `where` begins its message."""
        _arena_bounded()
        try:
            self._session = onnxruntime.InferenceSession(data, _options(threads), providers=["CPUExecutionProvider"])
        except _REFUSALS as error:
            raise CardError((f"{where}: 无法加载模型 / onnxruntime can't load the model: {error}",)) from error
        self._input = self._session.get_inputs()[0]

    @property
    def input_shape(self) -> Shape:
        """The input's sides; a string where any number is taken."""
        return tuple(self._input.shape)

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of all inputs, then of all outputs."""
        return [tuple(node.shape) for node in (*self._session.get_inputs(), *self._session.get_outputs())]

    def run(self, data: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for an input."""
        return np.asarray(self._session.run(None, {self._input.name: data})[0], np.float32)


class OnnxDetector:
    """Judges frames of any size with the network of a card. Keeps nothing between frames: threads may share it."""

    def __init__(self, card: Card, threads: int = 1, precision: str | None = None) -> None:
        """CardError where the file isn't the card's (its hash is verified before onnxruntime sees a byte of it) or
        its shapes aren't what the card says. `threads` is the number of threads one inference may use, `precision`
        which of the card's files to use, its first where None.
        """
        self._facts = card.facts
        self._precision = card.file(precision).precision
        where = str(card.model_path(precision))
        self._network = Network(card.verified(precision), where, threads)
        _check(card, where, self._network.shapes)

    @property
    def name(self) -> str:
        """Name, version and precision as the card says."""
        return f"{self._facts.name} {self._facts.version} {self._precision}"

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
        return self._network.run(geometry.tensor(content, fit, entry.mean, entry.scale))[0], fit


@cache
def _arena_bounded() -> None:
    """All sessions take their memory from one arena with a ceiling; once a process, as onnxruntime wants it."""
    kind, use = native.OrtAllocatorType.ORT_ARENA_ALLOCATOR, native.OrtMemType.DEFAULT
    # 1: it grows by what is asked for, not by doubling.
    limits = onnxruntime.OrtArenaCfg({"max_mem": ARENA_MB << 20, "arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(onnxruntime.OrtMemoryInfo("Cpu", kind, 0, use), limits)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a waiting thread must not heat the box
    # One input shape, so the arena stops growing at the first frame; the memory pattern would add 20 MB at the second
    # and saves no time, and without the arena it is more memory still (measured with onnxruntime 1.32).
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 3
    return options


def _check(card: Card, where: str, found: list[Shape]) -> None:
    entry, grid = card.facts.input, card.facts.output
    expected = [(1, 3, entry.height, entry.width), (1, grid.rows, grid.columns)]
    if found != expected:
        zh, en = f"模型形状现为 {found}，模型卡为 {expected}", f"shapes found {found}, the card says {expected}"
        raise CardError((f"{where}: {zh} / {en}",))
