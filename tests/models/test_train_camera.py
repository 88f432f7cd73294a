"""What a camera does to a picture changes it, but not its shape or kind."""

import numpy as np
import picture_kit
import pytest

from models.detection import Frame
from models.train import camera

MEADOW = picture_kit.meadow(8, 200, 150)


@pytest.mark.parametrize("act", [camera.hazed, camera.photographed])
@pytest.mark.parametrize("shape", [(150, 200), (33, 47), (32, 32)])
def test_shape_and_kind_stay(act: object, shape: tuple[int, int]) -> None:
    assert callable(act)
    frame = picture_kit.meadow(1, shape[1], shape[0])
    for seed in range(8):
        out: Frame = act(np.random.default_rng(seed), frame)
        assert (out.shape, out.dtype) == (frame.shape, np.uint8)


def test_haze_takes_contrast_most_of_the_time() -> None:
    hazed = [camera.hazed(np.random.default_rng(seed), MEADOW).std() for seed in range(20)]
    assert sum(std < MEADOW.std() for std in hazed) >= 18


def test_the_same_seed_takes_the_same_photograph() -> None:
    first, again = (camera.photographed(np.random.default_rng(4), MEADOW) for _ in range(2))
    assert np.array_equal(first, again)


def test_some_photographs_are_grey_as_at_night() -> None:
    taken = [camera.photographed(np.random.default_rng(seed), MEADOW).astype(int) for seed in range(80)]
    grey = [np.abs(frame[:, :, 0] - frame[:, :, 2]).max() <= 24 for frame in taken]
    assert 1 <= sum(grey) <= 30
