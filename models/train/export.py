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


class Gridded(Protocol):
    """A detector that shows its grid, as models.ort.OnnxDetector does."""

    def grid(self, frame: Frame) -> tuple[Grid, Fit]:
        """The probabilities of all cells, and where the frame lies among them."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """An export beside its source: pictures compared, the largest difference of a cell, and the spread of its cells
    (highest less lowest over all pictures: published exports were found whose scores were all zero).
    """

    pictures: int
    largest: float
    spread: float

    @property
    def sound(self) -> bool:
        """Whether the export may ship."""
        return self.pictures > 0 and self.largest <= TOLERANCE and self.spread > 0.01


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
    count, largest, low, high = 0, 0.0, 1.0, 0.0
    for path in paths:
        frame = pictures.load(path)
        grid, fit = exported.grid(frame)
        largest = max(largest, float(np.abs(grid - _source(network, frame, fit)).max()))
        low, high = min(low, float(grid.min())), max(high, float(grid.max()))
        count += 1
    return Comparison(count, largest, high - low)


def _source(network: GridNetwork, frame: Frame, fit: Fit) -> NDArray[np.float32]:
    content = pictures.resized(frame, fit.width, fit.height)
    data = torch.from_numpy(geometry.tensor(content, fit, MEAN, SCALE))
    with torch.no_grad():
        return np.asarray(network(data)[0].numpy(), np.float32)
