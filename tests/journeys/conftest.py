"""The one thing that journeys need from outside the repository."""

from pathlib import Path

import pytest

DEVTEST = Path(__file__).parents[3] / "shared" / "smoke" / "devtest"


@pytest.fixture(scope="session")
def smoke_picture() -> Path:
    """A real picture of smoke that the model never saw; it stays where it is."""
    path = DEVTEST / "images" / "efs_detr_360051a3aa6b.jpg"
    if not path.exists():
        pytest.skip(f"needs the real picture {path}, which is not shipped")
    return path
