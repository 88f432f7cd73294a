"""A plume on a scene: visible, labelled where it is, or not made at all."""

import numpy as np
import picture_kit
from hypothesis import given, settings
from hypothesis import strategies as st

from models.train import compose, plume
from models.train.compose import CORE, RIM

MEADOW = picture_kit.meadow(3, 320, 200)
SEEDS = st.integers(0, 10_000)


def made(seed: int) -> compose.Scene | None:
    rng = np.random.default_rng(seed)
    return compose.composed(rng, MEADOW, plume.drawn(rng), None)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_what_is_labelled_smoke_has_changed_and_what_is_not_has_not(seed: int) -> None:
    scene = made(seed)
    if scene is None:
        return
    change = np.abs(scene.frame.astype(int) - MEADOW.astype(int)).max(axis=2)
    assert change[scene.mask == CORE].mean() >= 18
    assert change[scene.mask == 0].max() <= 0.04 * 255 + 2
    assert set(np.unique(scene.mask)) <= {0, RIM, CORE}
    assert (scene.mask == CORE).any()


def test_most_plumes_can_be_seen_and_many_are_far() -> None:
    scenes = [made(seed) for seed in range(60)]
    shares = [float((scene.mask == CORE).mean()) for scene in scenes if scene]
    assert len(shares) > 40
    assert sum(share < 0.1 for share in shares) > len(shares) / 2
    assert min(shares) >= 0.0006


def test_smoke_of_no_opacity_is_not_made() -> None:
    assert compose.composed(np.random.default_rng(1), MEADOW, np.zeros((50, 50), np.uint8), None) is None


def test_smoke_that_looks_like_the_scene_is_not_made() -> None:
    grey = np.full((120, 160, 3), 105, np.uint8)
    rng = np.random.default_rng(0)
    opacity = np.full((40, 40), 200, np.uint8)
    results = [compose.composed(rng, grey, opacity, np.full((4, 4, 3), 105, np.uint8)) for _ in range(10)]
    assert [scene for scene in results if scene] == []


def test_the_scene_itself_stays_as_it_was() -> None:
    before = MEADOW.copy()
    made(1)
    assert np.array_equal(MEADOW, before)
