"""What journeys need from outside the repository, and a serial port that answers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fourteen_kit import AIR, profile

from hil.virtual.lines import PacedLine
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave

DEVTEST = Path(__file__).parents[3] / "shared" / "smoke" / "devtest"


@pytest.fixture(scope="session")
def smoke_picture() -> Path:
    """A real picture of smoke that the model never saw; it stays where it is."""
    path = DEVTEST / "images" / "efs_detr_360051a3aa6b.jpg"
    if not path.exists():
        pytest.skip(f"needs the real picture {path}, which is not shipped")
    return path


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Path]:
    """A serial port with one instrument on it, at its documented address."""
    path = tmp_path / "tty"
    with closing(PacedLine(path, Framing(9600), [Slave(profile("renke-rs-ws"), 1, AIR)])):
        yield path
