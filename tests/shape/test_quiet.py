"""Nothing is written or sent behind our back: the libraries that we load keep no identifiers and call nobody."""

import os
import subprocess
import sys
from pathlib import Path

import house
import pytest

LOAD = {
    "the product's door": "import models.ort as door; door.onnxruntime.SessionOptions()",
    "every door": "import edge.link.mqtt, gateway.authority, models.ort, models.pictures, sensors.modbus.tty",
}


def traces(home: Path, code: str) -> list[str]:
    """What `code` leaves in a home that was empty, run as on a device: no CI, no variable that a person set."""
    environment = {"PATH": os.defpath, "HOME": str(home), "PYTHONPATH": str(house.ROOT), "LANG": "C.UTF-8"}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=home, check=True)
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*"))


@pytest.mark.parametrize("code", LOAD.values(), ids=LOAD)
def test_loading_leaves_no_trace(tmp_path: Path, code: str) -> None:
    assert traces(tmp_path, code) == []


def test_a_trace_is_seen(tmp_path: Path) -> None:
    # Told nothing, onnxruntime makes a device id and a database of events to send in ~/.cache.
    assert any(path.endswith("/deviceid") for path in traces(tmp_path, "import onnxruntime"))
