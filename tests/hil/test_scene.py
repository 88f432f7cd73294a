"""The drawn scene: the same for the same seed and time, alive, and with smoke only when it is due."""

import numpy as np
import pytest

from hil.virtual.noise import octaves, ramp
from hil.virtual.scene import Scene

SMALL = {"width": 320, "height": 180}


def smoky(scene: Scene, clear: Scene, t: float) -> float:
    """How much of the frame smoke changes at `t`, 0-1."""
    changed = np.abs(scene.frame(t).astype(int) - clear.frame(t)).max(axis=2) > 12
    return float(changed.mean())


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Scene, Scene]]:
    """Scenes of several seeds, each with smoke from 8 s on and without."""
    return [(Scene(seed=seed, **SMALL), Scene(seed=seed, smoke_at=None, **SMALL)) for seed in range(1, 6)]


def test_a_frame_has_the_size_asked_for() -> None:
    frame = Scene(width=641, height=363).frame(0.0)
    assert (frame.shape, frame.dtype) == ((363, 641, 3), np.uint8)


def test_the_same_seed_and_time_give_the_same_frame() -> None:
    one, other = Scene(seed=3, **SMALL), Scene(seed=3, **SMALL)
    one.frame(4.0)  # what was asked before makes no difference
    assert np.array_equal(one.frame(20.0), other.frame(20.0))


def test_another_seed_is_another_place() -> None:
    one, other = Scene(seed=3, **SMALL).frame(0.0), Scene(seed=4, **SMALL).frame(0.0)
    assert np.abs(one.astype(int) - other).mean() > 5


def test_no_two_frames_are_alike_even_where_nothing_happens() -> None:
    scene = Scene(smoke_at=None, **SMALL)
    one, other = scene.frame(1.0), scene.frame(1.2)
    assert not np.array_equal(one, other)
    assert np.abs(one.astype(int) - other).mean() < 12


def test_before_its_time_there_is_no_smoke(pairs: list[tuple[Scene, Scene]]) -> None:
    for scene, clear in pairs:
        assert np.array_equal(scene.frame(7.9), clear.frame(7.9))


def test_smoke_rises_grows_and_covers_a_tenth_or_so(pairs: list[tuple[Scene, Scene]]) -> None:
    for scene, clear in pairs:
        shares = [smoky(scene, clear, t) for t in (8.5, 12.0, 20.0, 40.0)]
        assert shares == sorted(shares)
        assert shares[1] > 0.001
        assert 0.04 < shares[3] < 0.3


def test_smoke_stays_where_it_began(pairs: list[tuple[Scene, Scene]]) -> None:
    for scene, clear in pairs:
        early, late = (np.abs(scene.frame(t).astype(int) - clear.frame(t)).max(axis=2) > 12 for t in (11.0, 40.0))
        assert (early & late).sum() > 0.5 * early.sum()


def test_smoke_is_grey_translucent_and_uneven(pairs: list[tuple[Scene, Scene]]) -> None:
    for scene, clear in pairs:
        with_smoke, without = scene.frame(40.0).astype(int), clear.frame(40.0)
        thick = np.abs(with_smoke - without).max(axis=2) > 30
        pixels = with_smoke[thick]
        assert (pixels.max(axis=1) - pixels.min(axis=1)).mean() < 40
        assert pixels.mean(axis=1).std() > 5


def test_no_pixel_wraps_round(pairs: list[tuple[Scene, Scene]]) -> None:
    """The grain is added to bytes without clipping: a wrapped one would stand out from its neighbours."""
    for scene, _ in pairs:
        quiet = scene._plume_and_land(40.0).astype(int)
        assert quiet.min() >= 10
        assert quiet.max() <= 245


def test_noise_lies_between_nought_and_one() -> None:
    field = octaves(np.random.default_rng(1), 40, 60, 5.0)
    assert (field.shape, float(field.min()), float(field.max())) == ((40, 60), 0.0, 1.0)


def test_a_ramp_is_flat_at_both_ends() -> None:
    field = np.array([[-1.0, 0.2, 0.5, 0.8, 3.0]], np.float32)
    assert ramp(field, 0.2, 0.8)[0] == pytest.approx([0, 0, 0.5, 1, 1])
