"""A folder of labelled pictures: `manifest.csv` beside them says what each one shows."""

import csv
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("file", "has_smoke")
KINDS = ("smoke", "fire")


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled rectangle in fractions of the picture: left, top, width, height."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One row of a manifest; `split` and `licence` are empty where the manifest has no such column."""

    path: Path
    smoke: bool
    source: str = "all"
    split: str = ""
    licence: str = ""
    boxes: tuple[Box, ...] = ()


class ManifestError(ValueError):
    """A folder whose manifest can't be used; `faults` holds every fault, Chinese and English in one line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read(folder: Path) -> tuple[Picture, ...]:
    """The pictures that `folder/manifest.csv` names, in its order; ManifestError lists all faults at once."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise ManifestError((f"{manifest}: 找不到图片清单 / no manifest; expected a CSV file of pictures there",))
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        absent = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if absent:
            raise ManifestError((f"{manifest}: 缺少列 / missing columns: {', '.join(absent)}",))
        judged = [_picture(row, folder, f"{manifest}:{number}") for number, row in enumerate(rows, start=2)]
    faults = tuple(fault for fault in judged if isinstance(fault, str))
    if faults:
        raise ManifestError(faults)
    return tuple(picture for picture in judged if isinstance(picture, Picture))


def _picture(row: dict[str, str], folder: Path, where: str) -> Picture | str:
    path = folder / row["file"]
    if row["has_smoke"] not in {"0", "1"}:
        return (
            f"{where}: has_smoke 现为 {row['has_smoke']!r}，应为 0 或 1 / found {row['has_smoke']!r}, expected 0 or 1"
        )
    if not path.is_file():
        return f"{where}: 找不到图片 / no such picture: {path}"
    boxes = _boxes(row.get("boxes") or "")
    if boxes is None:
        found = row["boxes"]
        return f"{where}: boxes 无法读取 / unreadable: found {found!r}, expected `smoke cx cy w h;...` within 0-1"
    return Picture(
        path,
        row["has_smoke"] == "1",
        row.get("source") or "all",
        row.get("split") or "",
        row.get("licence") or "",
        boxes,
    )


def _boxes(text: str) -> tuple[Box, ...] | None:
    boxes = []
    for part in filter(None, text.split(";")):
        kind, *numbers = part.split()
        try:
            cx, cy, width, height = map(float, numbers)
        except ValueError:
            return None
        if kind not in KINDS or not (0 <= cx <= 1 and 0 <= cy <= 1 and 0 <= width <= 1 and 0 <= height <= 1):
            return None
        boxes.append(Box(kind, cx - width / 2, cy - height / 2, width, height))
    return tuple(boxes)
