"""Labels follow the picture through every cut, stretch and mirror."""

import numpy as np
import picture_kit
from hypothesis import given, settings
from hypothesis import strategies as st

from models.manifest import Box, Picture
from models.train import framing
from models.train.compose import CORE, RIM, Scene

PICTURE = Picture(picture_kit.SMOKE, smoke=True, boxes=(Box("smoke", 0.25, 0.25, 0.5, 0.5), Box("fire", 0, 0, 1, 1)))


def marked(width: int = 200, height: int = 150) -> Scene:
    """A black picture whose smoke is white: so the frame itself tells where the label belongs."""
    mask = framing.masked(PICTURE, width, height)
    return Scene(np.repeat(np.where(mask == CORE, 255, 0)[:, :, None], 3, axis=2).astype(np.uint8), mask)


def test_a_box_is_sure_in_its_middle_and_unsure_at_its_rim() -> None:
    mask = framing.masked(PICTURE, 100, 100)
    assert mask[50, 50] == CORE
    assert mask[26, 26] == RIM
    assert mask[10, 10] == 0
    assert (mask > 0).sum() == 50 * 50
    assert (mask == CORE).sum() == 30 * 30


def test_boxes_over_the_edge_are_cut() -> None:
    picture = Picture(picture_kit.SMOKE, smoke=True, boxes=(Box("smoke", -0.5, -0.5, 2, 2),))
    assert (framing.masked(picture, 30, 20) == CORE).mean() > 0.9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_a_crop_keeps_label_and_picture_together_and_most_of_the_smoke(seed: int) -> None:
    scene = marked()
    cut = framing.cropped(np.random.default_rng(seed), scene)
    assert np.array_equal(cut.frame[:, :, 0] == 255, cut.mask == CORE)
    assert (cut.mask == CORE).sum() >= 0.4 * (scene.mask == CORE).sum()
    assert min(cut.mask.shape) >= 32


def test_crops_come_in_many_shapes() -> None:
    rng = np.random.default_rng(1)
    plain = Scene(picture_kit.meadow(1, 400, 300), np.zeros((300, 400), np.uint8))
    aspects = [shape[1] / shape[0] for shape in (framing.cropped(rng, plain).mask.shape for _ in range(40))]
    assert max(aspects) > 1.6
    assert min(aspects) < 1.1


def test_a_mirror_turns_both() -> None:
    scene = marked()
    scene.mask[:, :50] = 0
    turned = framing.mirrored(scene)
    assert np.array_equal(turned.mask[:, ::-1], scene.mask)
    assert np.array_equal(turned.frame[:, ::-1], scene.frame)


@settings(max_examples=30, deadline=None)
@given(st.integers(32, 900), st.integers(32, 900))
def test_the_target_lies_where_the_input_is_white(width: int, height: int) -> None:
    data, grid = framing.framed(marked(width, height), 512, 320)
    assert data.shape == (3, 320, 512)
    assert grid.shape == (20, 32)
    assert set(np.unique(grid)) <= {0.0, 1.0, framing.IGNORED}
    white = (data[0] > 200).reshape(20, 16, 32, 16).mean(axis=(1, 3))
    assert (white[grid == 1.0] > 0.05).all()
    assert (white[grid == 0.0] < 0.25).all()


def test_padding_is_grey_and_without_smoke() -> None:
    data, grid = framing.framed(marked(100, 100), 512, 320)
    assert (data[:, :, :96] == 127).all()
    assert not grid[:, :6].any()
    assert (grid[10, 16], grid[0, 16]) == (1.0, 0.0)


def test_the_input_is_rgb() -> None:
    blue = np.zeros((320, 512, 3), np.uint8)
    blue[:, :, 0] = 200
    data, _ = framing.framed(Scene(blue, np.zeros((320, 512), np.uint8)), 512, 320)
    assert data[:, 100, 100].tolist() == [0, 0, 200]
