"""What one frame tells: light, colour, structure, sharpness, edges; each moves with its own cause alone."""

import numpy as np
import pytest

from edge.camera.look import COARSE, HEIGHT, WIDTH, changed, looked
from hil.virtual import broken
from tests.edge.camera.sight_kit import look_at, scene

FRAME = scene(1).frame(0.0)
PLAIN = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


def test_a_plain_picture_shows_nothing() -> None:
    look = looked(PLAIN)
    assert (round(look.light), look.flat, look.colour, look.sharpness) == (90, 1.0, 0.0, 0.0)
    assert not look.edges.any()


def test_a_landscape_shows_something_everywhere() -> None:
    look = look_at(FRAME)
    assert look.flat < 0.1
    assert look.colour > 20
    assert look.edges.shape == (HEIGHT // COARSE, WIDTH // COARSE)
    assert np.linalg.norm(look.edges) == pytest.approx(1, abs=1e-4)


def test_a_hard_edge_is_a_step_and_a_wide_one_is_a_slope() -> None:
    step, slope = PLAIN.copy(), PLAIN.copy()
    step[:, 161::60] = 200
    slope[:] = (100 + 80 * np.sin(np.arange(WIDTH) / 20))[None, :, None]
    assert looked(step).sharpness > 0.9
    assert looked(slope).sharpness < 0.1


@pytest.mark.parametrize("share", [0.004, 0.009])
def test_blur_costs_sharpness_and_darkness_and_haze_do_not(share: float) -> None:
    usual = look_at(FRAME).sharpness
    assert look_at(broken.smeared(FRAME, share)).sharpness < 0.5 * usual
    hazy = (FRAME * 0.5 + 100).astype(np.uint8)
    assert look_at(hazy).sharpness > 0.75 * usual
    assert look_at(broken.lit(FRAME, 0.3)).sharpness > 0.75 * usual


def test_infra_red_has_no_colour() -> None:
    assert look_at(broken.infra_red(FRAME)).colour < 1
    assert look_at(broken.lit(FRAME, 0.1)).colour > 2


def test_a_frozen_picture_does_not_change_and_a_living_one_does() -> None:
    assert changed(look_at(FRAME), look_at(FRAME)) == 0
    assert changed(look_at(FRAME), look_at(scene(1).frame(0.2))) > 0.2


def test_what_is_blackened_counts_for_nothing() -> None:
    seen = np.ones((HEIGHT, WIDTH), np.bool_)
    seen[100:, 200:] = False
    for inside in (0, 90, 255):
        one = PLAIN.copy()
        one[::7, ::5] = 180
        one[100:, 200:] = inside
        look = looked(one, seen)
        assert look.flat == 0
        assert look.light == pytest.approx(90 + 90 / 35, abs=2)
        assert not look.edges[27:, 53:].any()


def test_a_picture_that_is_black_all_over_by_order_is_measured_whole() -> None:
    assert looked(PLAIN, np.zeros((HEIGHT, WIDTH), np.bool_)).light == pytest.approx(90, abs=0.01)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a small copy of shape \(272, 100, 3\), expected \(272, 480, 3\)"):
        looked(PLAIN[:, :100])
