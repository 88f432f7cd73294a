"""A foreign detector of the YOLO contract: what its rows mean, and what is refused."""

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest

from models.card import CardError
from models.detection import Detector, Frame
from models.yolo import YoloDetector

# Made with onnx 1.23: input 1 x 3 x h x w, output 1 x 6 x 3. Boxes (320, 320, 128, 64), one four pixels beside it and
# (100, 500, 50, 40); class 0 scores .9, .8, .1 and class 1 .05, .2, .6, all times the input's mean.
NETWORK = zlib.decompress(
    base64.b64decode(
        "eNrj4LA6wsSlwcWWmZuYnlosxJirxBWUmlKanOqbmpinxc/FkZ2aWpCSmVsswbCAkYmLj4sxmYsxV4ixWInZtzSHS4SLMYmLsViI"
        "Pb+0pKC0xECJ2TElRYgxXSuUg5GDjYNZgFHJg4FhgTMDwyIgPuEEYYPwLyBmgGIPoHgDFCsAMXbgxJiEaixpIC0tzf7sGR8gPmML"
        "pEHYbtZMSXsnxuQoJXgASHCJcTAKCXExcTACMTMXsxBjBogoT5LlgnkSKC0AVMQDVcQGUujEwsUgIAgAmjY2zg=="
    )
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "peer.onnx"
    found.write_bytes(NETWORK)
    return found


def white(width: int = 640, height: int = 640) -> Frame:
    return np.full((height, width, 3), 255, np.uint8)


def test_the_score_is_the_highest_of_the_chosen_class(path: Path) -> None:
    detector: Detector = YoloDetector(path, 0)
    assert detector.detect(white()).score == pytest.approx(0.9)
    assert YoloDetector(path, 1).detect(white()).score == pytest.approx(0.6)
    assert detector.detect(white() // 255 * 51).score == pytest.approx(0.18, abs=1e-3)


def test_of_boxes_upon_each_other_the_strongest_stays(path: Path) -> None:
    (region,) = YoloDetector(path, 0).detect(white()).regions
    assert (region.x, region.y, region.width, region.height) == pytest.approx((0.4, 0.45, 0.2, 0.1))
    assert region.score == pytest.approx(0.9)


def test_boxes_are_told_in_the_frame_without_its_padding(path: Path) -> None:
    frame = white(1280, 640)  # lies in 640 x 640 between two grey bands of 160
    (region,) = YoloDetector(path, 0).detect(frame).regions
    assert (region.y, region.height) == pytest.approx(((288 - 160) / 320, 0.2), abs=1e-6)


def test_padding_is_grey_as_its_trainers_pad(path: Path) -> None:
    found = YoloDetector(path, 0).detect(white(1280, 640)).score
    assert found == pytest.approx(0.9 * (0.5 + 0.5 * 114 / 255), abs=1e-3)


def test_its_name_tells_file_and_hash(path: Path) -> None:
    name, sha256 = YoloDetector(path, 0).name.split()
    assert name == "peer.onnx"
    assert len(sha256) == 8


@pytest.mark.parametrize("smoke_class", [2, -1])
def test_a_class_that_it_does_not_have_is_refused(path: Path, smoke_class: int) -> None:
    with pytest.raises(CardError, match=r"\(1, 6, 3\)"):
        YoloDetector(path, smoke_class)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(CardError, match="无法加载模型"):
        YoloDetector(tmp_path / "bad.onnx", 0)
    with pytest.raises(CardError, match=r"none\.onnx"):
        YoloDetector(tmp_path / "none.onnx", 0)
