"""Drawn and lifted smoke."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.train import plume

SEEDS = st.integers(0, 2**32 - 1)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_drawn_plume_is_rooted_at_the_bottom_and_not_cut_at_its_other_edges(seed: int) -> None:
    opacity = plume.drawn(rng_of(seed))
    size = len(opacity)
    assert opacity.dtype == np.uint8
    assert opacity.max() > 30
    assert opacity[int(size * 0.8) :].max() > 0
    assert max(opacity[0].max(), opacity[:, 0].max(), opacity[:, -1].max()) <= 30


def test_the_same_seed_draws_the_same_plume_and_another_another() -> None:
    first, again, other = (plume.drawn(rng_of(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


@pytest.mark.parametrize(("width", "height"), [(64, 48), (300, 20)])
def test_noise_uses_the_whole_range(width: int, height: int) -> None:
    found = plume.noise(rng_of(1), width, height)
    assert found.shape == (height, width)
    assert found.min() == 0
    assert found.max() == 255


def test_smoke_on_black_is_lifted_to_its_edges() -> None:
    frame = np.zeros((100, 80, 3), np.uint8)
    frame[40:90, 20:50] = 120
    cut = plume.lifted(frame)
    assert cut is not None
    assert cut.shape == (50, 30)
    assert cut.min() == 120


def test_a_black_frame_has_no_smoke_to_lift() -> None:
    assert plume.lifted(np.full((100, 80, 3), 9, np.uint8)) is None


@given(SEEDS)
def test_a_lifted_cut_comes_denser_but_keeps_its_shape(seed: int) -> None:
    cut = np.arange(100, dtype=np.uint8).reshape(10, 10)
    denser = plume.filmed(rng_of(seed), cut)
    assert denser.shape == cut.shape
    assert (denser >= cut).all()
    assert (np.diff(denser.ravel().astype(int)) >= 0).all()


def test_colours_are_those_of_a_cut_of_real_smoke_where_there_is_one() -> None:
    cut = np.full((5, 7, 3), (10, 20, 30), np.uint8)
    assert (plume.colours(rng_of(0), 40, 30, cut) == (10, 20, 30)).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_invented_colours_are_near_grey(seed: int) -> None:
    colour = plume.colours(rng_of(seed), 40, 30, None).reshape(-1, 3).astype(float).mean(axis=0)
    assert colour.max() - colour.min() < 70
