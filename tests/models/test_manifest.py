"""The list of pictures: read whole, or refused with all of its faults."""

from pathlib import Path

import pytest

from models import manifest
from models.manifest import Box, ManifestError

HEAD = "file,split,source,licence,has_smoke,boxes"


def folder_of(root: Path, *rows: str, head: str = HEAD) -> Path:
    for name in ("a.jpg", "b.jpg"):
        (root / name).write_bytes(b"not looked into")
    (root / "manifest.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    return root


def test_rows_become_pictures_with_boxes_by_their_corner(tmp_path: Path) -> None:
    rows = ("a.jpg,val,tower,MIT,1,smoke 0.5 0.25 0.2 0.1;fire 0.5 0.5 1 1", "b.jpg,train,tower,,0,")
    first, second = manifest.read(folder_of(tmp_path, *rows))
    smoke, fire = first.boxes
    assert (smoke.kind, smoke.x, smoke.y, smoke.width, smoke.height) == ("smoke", 0.4, pytest.approx(0.2), 0.2, 0.1)
    assert fire == Box("fire", 0.0, 0.0, 1.0, 1.0)
    assert (first.smoke, first.source, first.split, first.licence) == (True, "tower", "val", "MIT")
    assert (second.smoke, second.boxes, second.path) == (False, (), tmp_path / "b.jpg")


def test_file_and_truth_alone_are_enough(tmp_path: Path) -> None:
    (picture,) = manifest.read(folder_of(tmp_path, "a.jpg,1", head="file,has_smoke"))
    assert (picture.source, picture.split, picture.boxes) == ("all", "", ())


def test_all_faults_come_at_once_with_their_lines(tmp_path: Path) -> None:
    rows = ("a.jpg,val,x,,yes,", "gone.jpg,val,x,,1,", "b.jpg,val,x,,1,smoke 0.5 0.5 0.2", "a.jpg,val,x,,1,cat 0 0 1 1")
    with pytest.raises(ManifestError) as refused:
        manifest.read(folder_of(tmp_path, *rows))
    assert [fault.split(": ")[0].rsplit(":", 1)[1] for fault in refused.value.faults] == ["2", "3", "4", "5"]
    assert "应为 0 或 1 / found 'yes'" in refused.value.faults[0]
    assert "gone.jpg" in refused.value.faults[1]


@pytest.mark.parametrize("box", ["smoke 1.5 0.5 0.1 0.1", "smoke a b c d", "smoke 0.5 0.5 -0.1 0.1"])
def test_boxes_that_are_none_are_refused(tmp_path: Path, box: str) -> None:
    with pytest.raises(ManifestError, match="boxes"):
        manifest.read(folder_of(tmp_path, f"a.jpg,val,x,,1,{box}"))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="has_smoke"):
        manifest.read(folder_of(tmp_path, "a.jpg", head="file"))


def test_a_folder_without_a_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"manifest.csv: 找不到图片清单"):
        manifest.read(tmp_path)
