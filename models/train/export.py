"""The trained network as an ONNX file, held against its source picture by picture."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models import geometry, pictures
from models.detection import Frame
from models.geometry import Fit, Grid
from models.train.network import MEAN, SCALE, GridNetwork

OPSET = 17
TOLERANCE = 1e-3  # of a probability; measured on the first shipped export: below 1e-5
NEAR = 0.04  # of a probability, on average; measured: .004 once trained, .02 for a network that knows nothing yet


class Gridded(Protocol):
    """A detector that shows its grid, as models.ort.OnnxDetector does."""

    def grid(self, frame: Frame) -> tuple[Grid, Fit]:
        """The probabilities of all cells, and where the frame lies among them."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """An export beside its source: pictures compared, the largest and the mean difference of a cell, and the spread of
    its cells (highest less lowest over all pictures: published exports were found whose scores were all zero).
    """

    pictures: int
    largest: float
    mean: float
    spread: float

    @property
    def sound(self) -> bool:
        """Whether a float32 export may ship."""
        return self.near and self.largest <= TOLERANCE

    @property
    def near(self) -> bool:
        """Whether an int8 export may ship: single cells at the edge of a plume may differ, but not many."""
        return self.pictures > 0 and self.mean <= NEAR and self.spread > 0.01


def export(network: GridNetwork, size: tuple[int, int], path: Path) -> None:
    """Write the network for inputs of `size` (width, height), as float32, with batch statistics folded in."""
    width, height = size
    network.eval()
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript; the one used here says that it is the older one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.cpu(),
            (torch.zeros(1, 3, height, width),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=["frame"],
            output_names=["grid"],
        )


def compared(network: GridNetwork, exported: Gridded, paths: Iterable[Path]) -> Comparison:
    """Both on the same pictures, from the file to the grid, the exported one through the product's own code."""
    network.eval()
    count, largest, total, low, high = 0, 0.0, 0.0, 1.0, 0.0
    for path in paths:
        frame = pictures.load(path)
        grid, fit = exported.grid(frame)
        differences = np.abs(grid - _source(network, frame, (fit.input_width, fit.input_height)))
        largest, total = max(largest, float(differences.max())), total + float(differences.mean())
        low, high = min(low, float(grid.min())), max(high, float(grid.max()))
        count += 1
    return Comparison(count, largest, total / max(1, count), high - low)


def tensor(frame: Frame, size: tuple[int, int]) -> NDArray[np.float32]:
    """A frame as the input of a network of `size` (width, height)."""
    fit = geometry.fitted(frame.shape[1], frame.shape[0], *size)
    return geometry.tensor(pictures.resized(frame, fit.width, fit.height), fit, MEAN, SCALE)


def _source(network: GridNetwork, frame: Frame, size: tuple[int, int]) -> NDArray[np.float32]:
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(tensor(frame, size)))[0].numpy(), np.float32)
