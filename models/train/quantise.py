"""The exported network in 8 bits: activations unsigned, weights signed and per channel, as QDQ.

Of the two kinds that onnxruntime runs fast this is the one whose results are the same bits on x86 and aarch64.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

Inputs = Iterable[NDArray[np.float32]]


class _Reader(quantization.CalibrationDataReader):  # type: ignore[misc] # onnxruntime is not looked into
    def __init__(self, inputs: Inputs) -> None:
        self._left: Iterator[NDArray[np.float32]] = iter(inputs)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        found = next(self._left, None)
        return None if found is None else {"frame": found}


def quantised(source: Path, target: Path, inputs: Inputs) -> None:
    """Write `source` in 8 bits to `target`; ranges of activations are those that `inputs` (1 x 3 x H x W) call forth.

    The head's last layer and the sigmoid stay in float: there a step of 1/255 would be a step of the score.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(str(source), str(plain), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(plain),
            str(target),
            _Reader(inputs),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            nodes_to_exclude=last_nodes(plain),
        )


def last_nodes(model: Path) -> list[str]:
    """The names of the nodes from the last convolution on."""
    import onnx  # noqa: PLC0415 # after onnxruntime: both bring a protobuf

    nodes = list(onnx.load(str(model), load_external_data=False).graph.node)
    last = max(place for place, node in enumerate(nodes) if node.op_type == "Conv")
    return [node.name for node in nodes[last:]]
