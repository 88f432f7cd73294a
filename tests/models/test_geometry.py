"""Frames of any size into one input, and cells back into fractions of the frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models import geometry
from models.geometry import Grid

SIDES = st.integers(1, 5000)
GRIDS = arrays.arrays(np.float32, (20, 32), elements=st.floats(0, 1, width=32))
FULL = geometry.fitted(512, 320, 512, 320)


def grid_with(*cells: tuple[int, int, float]) -> Grid:
    grid = np.zeros((20, 32), np.float32)
    for row, column, value in cells:
        grid[row, column] = value
    return grid


@given(SIDES, SIDES)
def test_a_frame_always_fits_and_touches_two_opposite_sides(width: int, height: int) -> None:
    fit = geometry.fitted(width, height, 512, 320)
    assert 1 <= fit.width <= 512
    assert 1 <= fit.height <= 320
    assert 0 <= fit.left <= 512 - fit.width
    assert 0 <= fit.top <= 320 - fit.height
    assert fit.width == 512 or fit.height == 320


@given(st.integers(64, 4000), st.integers(64, 4000))
def test_the_aspect_is_kept_to_the_pixel(width: int, height: int) -> None:
    fit = geometry.fitted(width, height, 512, 320)
    if fit.width == 512:
        assert abs(fit.height - 512 * height / width) <= 0.51 or fit.height == 1
    else:
        assert abs(fit.width - 320 * width / height) <= 0.51 or fit.width == 1


def test_a_frame_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0 x 5"):
        geometry.fitted(0, 5, 512, 320)


def test_the_tensor_is_rgb_normalised_and_padded_with_the_mean() -> None:
    fit = geometry.fitted(100, 100, 512, 320)
    content = np.zeros((fit.height, fit.width, 3), np.uint8)
    content[:, :] = (0, 127, 255)  # blue, green, red
    data = geometry.tensor(content, fit, 127.0, 128.0)
    assert data.shape == (1, 3, 320, 512)
    assert data.dtype == np.float32
    assert data[0, :, 160, 256].tolist() == [1.0, 0.0, -127 / 128]
    assert not data[..., : fit.left].any()
    assert not data[..., fit.left + fit.width :].any()


def test_content_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(320, 512, 3\)"):
        geometry.tensor(np.zeros((10, 10, 3), np.uint8), FULL, 127, 128)


@given(GRIDS, st.floats(0.001, 1))
def test_the_score_lies_between_mean_and_peak(grid: Grid, fraction: float) -> None:
    score = geometry.score(grid, fraction)
    assert grid.mean(dtype=np.float64) - 1e-6 <= score <= grid.max() + 1e-6
    assert 0 <= score <= 1


@given(GRIDS)
def test_the_score_is_the_mean_of_the_highest_cells(grid: Grid) -> None:
    expected = sorted(grid.ravel().tolist())[-7:]
    assert geometry.score(grid, 0.01) == pytest.approx(sum(expected) / 7, abs=1e-6)


@given(GRIDS, SIDES, SIDES, st.floats(0.05, 1))
def test_regions_lie_in_the_frame_and_come_highest_first(grid: Grid, width: int, height: int, threshold: float) -> None:
    regions = geometry.regions(grid, geometry.fitted(width, height, 512, 320), threshold)
    assert [region.score for region in regions] == sorted((region.score for region in regions), reverse=True)
    for region in regions:
        assert 0 <= region.x < region.x + region.width <= 1 + 1e-9
        assert 0 <= region.y < region.y + region.height <= 1 + 1e-9
        assert region.score >= np.float32(threshold) - 1e-6


@given(GRIDS, st.floats(0.05, 1))
def test_every_hot_cell_is_in_some_region_and_the_peak_leads(grid: Grid, threshold: float) -> None:
    regions = geometry.regions(grid, FULL, threshold)
    hot = np.argwhere(grid >= threshold)
    for row, column in hot:
        x, y = (column + 0.5) / 32, (row + 0.5) / 20
        assert any(r.x <= x <= r.x + r.width and r.y <= y <= r.y + r.height for r in regions)
    assert bool(regions) == bool(len(hot))
    if regions:
        assert regions[0].score == pytest.approx(float(grid.max()))


def test_one_cell_is_one_region_at_its_place() -> None:
    (region,) = geometry.regions(grid_with((5, 8, 0.9)), FULL, 0.5)
    assert (region.x, region.y, region.width, region.height) == pytest.approx((8 / 32, 5 / 20, 1 / 32, 1 / 20))
    assert region.score == pytest.approx(0.9)


def test_cells_that_touch_at_a_corner_are_one_region_and_others_are_two() -> None:
    assert len(geometry.regions(grid_with((5, 8, 0.9), (6, 9, 0.6)), FULL, 0.5)) == 1
    assert len(geometry.regions(grid_with((5, 8, 0.9), (7, 9, 0.6)), FULL, 0.5)) == 2


def test_a_bridge_under_the_threshold_parts_two_regions() -> None:
    row = [(5, 8, 0.9), (5, 9, 0.4), (5, 10, 0.8)]
    assert [region.score for region in geometry.regions(grid_with(*row), FULL, 0.5)] == pytest.approx([0.9, 0.8])
    assert len(geometry.regions(grid_with(*row), FULL, 0.3)) == 1


def test_padding_is_cut_away_and_smoke_in_the_padding_alone_is_none() -> None:
    square = geometry.fitted(640, 640, 512, 320)  # 320 x 320 in the middle: columns 6 to 25
    (region,) = geometry.regions(grid_with((0, 5, 0.9), (0, 6, 0.9)), square, 0.5)
    assert (region.x, region.width) == (0.0, pytest.approx(16 / 320))
    assert geometry.regions(grid_with((0, 0, 0.9), (9, 31, 0.9)), square, 0.5) == ()
