"""Eight bits: near the float network, never for its last layer, and found out where they aren't near."""

from pathlib import Path

import numpy as np
import picture_kit
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")
onnx = pytest.importorskip("onnx", reason="onnx is not installed: extra `train`")

from models.ort import Network  # noqa: E402
from models.train import export, quantise  # noqa: E402
from models.train.network import GridNetwork  # noqa: E402

SIZE = (96, 64)
INPUTS = [export.tensor(picture_kit.smoky(seed, 96, 64), SIZE) for seed in range(4)]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("eight")
    whole, small = folder / "whole.onnx", folder / "small.onnx"
    torch.manual_seed(2)
    export.export(GridNetwork(), SIZE, whole)
    quantise.quantised(whole, small, INPUTS)
    return whole, small


def test_it_is_a_third_of_the_size_and_says_nearly_the_same(paths: tuple[Path, Path]) -> None:
    whole, small = paths
    assert small.stat().st_size < whole.stat().st_size / 3
    networks = [Network(path.read_bytes(), path.name) for path in paths]
    assert networks[0].shapes == networks[1].shapes
    for data in INPUTS:
        assert float(np.abs(networks[0].run(data) - networks[1].run(data)).mean()) < 0.02


def test_the_last_layer_stays_in_float(paths: tuple[Path, Path]) -> None:
    assert len(quantise.last_nodes(paths[0])) >= 2
    nodes = onnx.load(str(paths[1])).graph.node
    last = max(place for place, node in enumerate(nodes) if node.op_type == "Conv")
    made = {name: node.op_type for node in nodes for name in node.output}
    assert made.get(nodes[last].input[1]) is None  # its weights are an initialiser, not dequantised
    assert {node.op_type for node in nodes[last + 1 :]} & {"QuantizeLinear"} == set()
