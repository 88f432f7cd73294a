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
    assert change[scene.mask == CORE].mean() >= 15
    assert change[scene.mask == 0].max() <= 0.04 * 255 + 2
    assert set(np.unique(scene.mask)) <= {0, RIM, CORE}
    assert (scene.mask == CORE).any()


def test_most_plumes_can_be_seen_and_many_are_far() -> None:
    scenes = [made(seed) for seed in range(60)]
    shares = [float((scene.mask == CORE).mean()) for scene in scenes if scene]
    assert len(shares) > 20
    assert sum(share < 0.1 for share in shares) > len(shares) / 2
    assert min(shares) >= 0.002


def test_smoke_of_no_opacity_is_not_made() -> None:
    assert compose.composed(np.random.default_rng(1), MEADOW, np.zeros((50, 50), np.uint8), None) is None


def test_smoke_that_looks_like_the_scene_is_not_made() -> None:
    grey = np.full((120, 160, 3), 105, np.uint8)
    rng = np.random.default_rng(0)
    opacity = np.full((40, 40), 40, np.uint8)
    results = [compose.composed(rng, grey, opacity, np.full((4, 4, 3), 105, np.uint8)) for _ in range(10)]
    assert [scene for scene in results if scene] == []


def test_the_scene_itself_stays_as_it_was() -> None:
    before = MEADOW.copy()
    made(1)
    assert np.array_equal(MEADOW, before)


def test_on_a_busy_scene_smoke_must_stand_out_more_than_on_a_plain_one() -> None:
    rng = np.random.default_rng(4)
    plain = np.full((160, 240, 3), 90, np.uint8)
    busy = np.repeat(np.repeat(rng.integers(0, 2, (20, 30, 1)) * 180, 8, 0), 8, 1).astype(np.uint8).repeat(3, 2)
    body = np.zeros((160, 240), np.bool_)
    body[40:120, 60:180] = True

    def veiled(frame: np.ndarray, amount: int) -> np.ndarray:
        return np.where(body[:, :, None], np.clip(frame.astype(int) + amount, 0, 255), frame).astype(np.uint8)

    assert compose.seen(plain, veiled(plain, 25), body)
    assert not compose.seen(plain, veiled(plain, 5), body)
    assert not compose.seen(busy, veiled(busy, 25), body)
    assert compose.seen(busy, np.where(body[:, :, None], 255, busy).astype(np.uint8), body)


def test_smoke_of_no_pixel_is_not_seen() -> None:
    assert not compose.seen(MEADOW, MEADOW, np.zeros(MEADOW.shape[:2], np.bool_))


def test_the_horizon_is_where_sky_and_land_part() -> None:
    at, parted = compose.horizon(MEADOW)
    assert abs(at - 0.5) <= 1 / compose.ROWS
    assert parted > 0.9


def test_a_picture_without_a_horizon_is_told_by_its_variance() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    assert compose.horizon(noise)[1] < 0.3
    assert compose.horizon(np.full((40, 60, 3), 7, np.uint8))[1] == 0.0


def test_most_feet_stand_near_the_horizon() -> None:
    rng = np.random.default_rng(2)
    feet = [compose._place(rng, 100, 100, 0.5).foot_y for _ in range(200)]
    assert sum(45 <= foot <= 65 for foot in feet) > 150
