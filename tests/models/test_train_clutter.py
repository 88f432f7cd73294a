"""What is laid over scenes: it changes them, leaves their shape, and is the same for the same seed."""

import numpy as np
import picture_kit
import pytest

from models.detection import Frame
from models.train import clutter

FRAME = picture_kit.meadow(3, 200, 130)
FLAME = np.full((30, 20, 3), (20, 120, 250), np.uint8)
ALL = (*dict.fromkeys(clutter.KINDS), *clutter.VEILS)


def changed(frame: Frame, seed: int, kind: object) -> float:
    """How far a picture moves, as the mean of what its pixels do."""
    after = kind(np.random.default_rng(seed), frame)  # type: ignore[operator]
    assert (after.shape, after.dtype) == (frame.shape, np.uint8)
    return float(np.abs(after.astype(int) - frame).mean())


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_kind_is_seen_and_leaves_the_frame_itself_alone(kind: object) -> None:
    before = FRAME.copy()
    moved = [changed(FRAME, seed, kind) for seed in range(12)]
    assert max(moved) > 0.5
    assert np.array_equal(FRAME, before)


@pytest.mark.parametrize("shape", [(40, 500), (500, 40), (33, 33)])
def test_frames_of_any_shape_are_taken(shape: tuple[int, int]) -> None:
    frame = np.full((*shape, 3), 90, np.uint8)
    for kind in ALL:
        changed(frame, 1, kind)


def test_the_same_seed_is_the_same_picture() -> None:
    for draw in (clutter.lookalike, clutter.weathered):
        one, other = (draw(np.random.default_rng(8), FRAME) for _ in range(2))
        assert np.array_equal(one, other)


def test_fog_lies_right_across() -> None:
    moved = np.abs(clutter.fog_bank(np.random.default_rng(2), FRAME).astype(int) - FRAME).sum(axis=(0, 2))
    assert moved.min() > 0.2 * moved.max()


def test_an_infrared_night_has_no_colour() -> None:
    night = clutter.infrared(np.random.default_rng(1), FRAME)
    assert np.array_equal(night[:, :, 0], night[:, :, 2])
    assert night.mean() < FRAME.mean()


def test_flames_come_without_the_smoke_around_them() -> None:
    cut = FLAME.copy()
    cut[:10] = 120  # smoke above the flame in the picture that it was cut from
    after = clutter.flames(np.random.default_rng(5), FRAME, cut)
    moved = np.abs(after.astype(int) - FRAME).sum(axis=2) > 60
    assert moved.any()
    assert (after[moved][:, 2] > 180).mean() > 0.9


def test_a_flame_larger_than_the_scene_is_made_to_fit() -> None:
    small = picture_kit.meadow(1, 20, 16)
    for seed in range(20):
        assert clutter.flames(np.random.default_rng(seed), small, np.tile(FLAME, (1, 20, 1))).shape == small.shape
