"""Small folders of labelled pictures, drawn here: no picture of others is in the repository."""

from pathlib import Path

import numpy as np

from models import pictures
from models.detection import Frame

HEAD = "file,split,source,licence,has_smoke,has_fire,boxes"
SMOKE = Path(__file__).parents[3] / "shared" / "smoke"
"""Real pictures, where the project's shared folder lies beside the repository."""


def meadow(seed: int, width: int = 160, height: int = 120) -> Frame:
    """Sky over grass with some grain, BGR."""
    rng = np.random.default_rng(seed)
    frame = np.empty((height, width, 3), np.float32)
    frame[: height // 2] = (230, 190, 150)
    frame[height // 2 :] = (60, 130, 80)
    return np.asarray(np.clip(frame + rng.normal(0, 6, frame.shape), 0, 255), np.uint8)


def smoky(seed: int, width: int = 160, height: int = 120) -> Frame:
    """The meadow with a grey cloud in its middle, which fills the box that `folder` gives it."""
    frame = meadow(seed, width, height).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width]
    cloud = np.exp(-(((columns / width - 0.5) / 0.15) ** 2) - ((rows / height - 0.4) / 0.2) ** 2)[:, :, None]
    return np.asarray(frame * (1 - cloud) + 120 * cloud, np.uint8)


def folder(root: Path, each: int = 2) -> Path:
    """A folder with a manifest: `each` pictures with and without smoke in `train` and in `val`, of two sources."""
    rows = [HEAD]
    for split in ("train", "val"):
        for number in range(each):
            for name, frame, smoke, boxes in (
                (f"{split}-s{number}.jpg", smoky(number), 1, "smoke 0.5 0.4 0.4 0.5"),
                (f"{split}-n{number}.jpg", meadow(number + 50), 0, ""),
            ):
                (root / name).write_bytes(pictures.jpeg(frame))
                rows.append(f"{name},{split},{'near' if number else 'yard'},CC BY 4.0,{smoke},0,{boxes}")
    (root / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    return root


def film(path: Path, frames: list[Frame]) -> Path:
    """Frames as a film."""
    pictures.write_video(path, frames)
    return path
