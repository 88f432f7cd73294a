"""Who may import whom, held by import-linter; and each contract seen failing on a fault planted in a copy."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import house
import pytest

# contract, module (made if it isn't there), the import that must break it
FAULTS = [
    ("layers", "models/episode.py", "import sensors.reading"),
    ("layers", "sensors/reading.py", "import models.detection"),
    ("layers", "edge/wire/codec.py", "import gateway"),
    ("layers", "gateway/planted.py", "from hil import virtual"),
    ("cycles", "edge/wire/messages.py", "import edge.wire.codec"),
    ("cycles", "edge/wire/topics.py", "def f() -> None:\n    import edge.link.mqtt"),
    ("shared-rooms", "gateway/planted.py", "import edge.camera.newest"),
    ("shared-rooms", "edge/link/link.py", "from edge.camera import newest"),
    ("pure", "edge/wire/codec.py", "from time import time"),
    ("pure", "sensors/modbus/frame.py", "import os.path"),
    ("pure", "models/episode.py", "import logging"),
    ("door-serial", "sensors/modbus/line.py", "import serial.tools"),
    ("door-minimalmodbus", "edge/planted.py", "from minimalmodbus import Instrument"),
    ("door-pymodbus", "sensors/station.py", "from pymodbus.client import ModbusTcpClient"),
    ("door-gpiozero", "edge/planted.py", "from gpiozero import LED"),
    ("door-gpiozero", "sensors/pins/contact.py", "import lgpio"),
    ("door-cv2", "edge/camera/newest.py", "import cv2"),
    ("door-ort", "models/detection.py", "import onnxruntime as ort"),
    ("door-mqtt", "gateway/planted.py", "import paho.mqtt.client"),
    ("door-certificates", "hil/planted.py", "from cryptography import x509"),
    ("door-training", "models/episode.py", "import torch.nn"),
]


def contracts() -> list[dict[str, list[str]]]:
    data = tomllib.loads((house.ROOT / "pyproject.toml").read_text("utf-8"))
    return data["tool"]["importlinter"]["contracts"]


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's modules and contracts, to plant faults in."""
    shutil.copy(house.ROOT / "pyproject.toml", tmp_path)
    for source in house.product():
        path = tmp_path / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text, "utf-8")
    return tmp_path


def test_the_contracts_are_kept() -> None:
    run = lint_imports(house.ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("contract", "module", "fault"), FAULTS, ids=[f"{c}: {m}" for c, m, _ in FAULTS])
def test_a_planted_fault_breaks_its_contract(copy: Path, contract: str, module: str, fault: str) -> None:
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{fault}\n")
    run = lint_imports(copy, "--contract", contract)
    assert "1 broken" in run.stdout, run.stdout + run.stderr


def test_the_gateway_may_use_the_shared_rooms(copy: Path) -> None:
    text = "".join(f"import edge.{room}\n" for room in ("wire", "link", "spool", "runtime"))
    (copy / "gateway" / "planted.py").write_text(text, "utf-8")
    run = lint_imports(copy, "--contract", "shared-rooms", "--contract", "layers")
    assert "0 broken" in run.stdout, run.stdout + run.stderr


def test_every_contract_was_seen_failing() -> None:
    assert {contract["id"] for contract in contracts()} == {contract for contract, _, _ in FAULTS}


def test_modules_that_call_themselves_pure_are_held_to_it() -> None:
    [pure] = [contract["source_modules"] for contract in contracts() if contract["id"] == "pure"]
    claims = [source for source in house.product() if re.search(r"\bpure\b", first_sentences(source), re.IGNORECASE)]
    names = [source.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for source in claims]
    assert [name for name in names if name not in pure and name.rpartition(".")[0] not in pure] == []


def first_sentences(source: house.Source) -> str:
    return (ast.get_docstring(source.tree) or "").split("\n\n")[0]
