"""The door to OpenCV: what goes in comes out, and what can't be read is told."""

from pathlib import Path

import numpy as np
import picture_kit
import pytest

from models import pictures
from models.detection import Region

FRAME = picture_kit.smoky(4)


def test_a_frame_survives_jpeg_nearly_unchanged() -> None:
    back = pictures.decode(pictures.jpeg(FRAME, 95))
    assert back.shape == FRAME.shape
    assert np.abs(back.astype(int) - FRAME.astype(int)).mean() < 6


def test_lower_quality_makes_fewer_bytes() -> None:
    assert len(pictures.jpeg(FRAME, 20)) < len(pictures.jpeg(FRAME, 90))


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"hello"])
def test_bytes_without_a_picture_are_refused_with_their_number(data: bytes) -> None:
    with pytest.raises(ValueError, match=rf"^{len(data)} bytes hold no picture"):
        pictures.decode(data)


def test_a_file_without_a_picture_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "note.jpg"
    path.write_text("no picture")
    with pytest.raises(ValueError, match=r"note.jpg"):
        pictures.load(path)
    with pytest.raises(OSError, match=r"gone.jpg"):
        pictures.load(tmp_path / "gone.jpg")


@pytest.mark.parametrize(("width", "height"), [(80, 60), (320, 240), (1, 1), (77, 200)])
def test_resizing_keeps_the_mean(width: int, height: int) -> None:
    out = pictures.resized(FRAME, width, height)
    assert out.shape == (height, width, 3)
    assert out.dtype == np.uint8
    assert abs(float(out.mean()) - float(FRAME.mean())) < 4


def test_regions_are_drawn_on_a_copy() -> None:
    before = FRAME.copy()
    drawn = pictures.with_regions(FRAME, (Region(0.25, 0.25, 0.5, 0.5, 0.9),))
    assert np.array_equal(FRAME, before)
    assert drawn[30, 80].tolist() == [0, 0, 255]
    assert np.array_equal(drawn[60, 80], FRAME[60, 80])


def test_blurring_takes_the_grain_and_keeps_the_mean() -> None:
    soft = pictures.blurred(FRAME, 3.0)
    assert soft[:40].std() < FRAME[:40].std()
    assert abs(float(soft.mean()) - float(FRAME.mean())) < 1


def test_warping_follows_the_map_and_leaves_black_outside() -> None:
    mask = np.full((10, 10), 255, np.uint8)
    out = pictures.warped(mask, np.array([[1, 0, 20], [0, 1, 5]], np.float32), 40, 30)
    assert out.shape == (30, 40)
    assert out[5:15, 20:30].min() == 255
    assert out.sum() == mask.sum()


def test_outside_a_polygon_is_every_pixel_that_it_does_not_touch() -> None:
    left = pictures.outside((((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),), 40, 20)
    assert (left.shape, set(np.unique(left))) == ((20, 40), {0, 255})
    assert not left[:, :20].any()
    assert (left[:, 22:] == 255).all()
    assert (pictures.outside((), 40, 20) == 255).all()
