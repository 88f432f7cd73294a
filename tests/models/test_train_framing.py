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
@given(st.integers(0, 100_000), st.integers(30, 400), st.integers(30, 400))
def test_a_window_keeps_label_and_picture_together_and_some_of_the_smoke(seed: int, width: int, height: int) -> None:
    cut = framing.windowed(np.random.default_rng(seed), marked(width, height), (320, 192), (96, 64))
    assert cut.frame.shape == (64, 96, 3)
    assert cut.mask.shape == (64, 96)
    white, core = cut.frame[:, :, 0] > 128, cut.mask == CORE
    assert core.any()
    assert (white == core).mean() > 0.9  # a pixel at the edge may fall to either side


def test_windows_show_scenes_at_many_sizes_and_shapes() -> None:
    rng = np.random.default_rng(1)
    shares = [(framing.windowed(rng, marked(), (320, 192), (96, 64)).mask > 0).mean() for _ in range(40)]
    assert max(shares) > 0.9
    assert min(shares) < 0.5


def test_what_does_not_fill_the_window_lies_on_grey() -> None:
    cut = framing.windowed(np.random.default_rng(2), marked(40, 40), (64, 64), (128, 128))
    assert (cut.frame[cut.mask > 0] != 127).mean() > 0.9
    assert (cut.frame == 127).mean() > 0.3


def test_a_clear_part_of_a_smoky_picture_shows_no_smoke() -> None:
    parts = [framing.clear(np.random.default_rng(seed), corner()) for seed in range(20)]
    assert sum(part is not None for part in parts) > 10
    assert not any(part.mask.any() for part in parts if part)


def test_where_smoke_is_everywhere_there_is_no_clear_part() -> None:
    full = Scene(np.zeros((60, 80, 3), np.uint8), np.full((60, 80), RIM, np.uint8))
    assert framing.clear(np.random.default_rng(1), full) is None


def corner() -> Scene:
    scene = marked()
    scene.mask[:] = 0
    scene.mask[:40, :50] = CORE
    return scene


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
