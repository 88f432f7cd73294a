"""A day before a camera that nothing ails: sun, dusk, drifting clouds, fog, rain, night with and without a lamp."""

import numpy as np
import pytest

from hil.virtual import broken
from models.detection import Frame
from tests.edge.camera.sight_kit import Eye

EVERY_S = 480.0


def day(eye: Eye, lamp: bool):
    """What the hour makes of a frame."""

    def under(frame: Frame) -> Frame:
        light = broken.daylight(eye.hour)
        if lamp and light < 0.15:
            return broken.infra_red(broken.lit(frame, 0.4, round(eye.second)))
        return broken.lit(frame, light, round(eye.second))

    return under


@pytest.mark.parametrize(("seed", "lamp"), [(1, True), (2, False)])
def test_a_day_and_a_morning_raise_nothing(seed: int, lamp: bool) -> None:
    eye = Eye(hour=0.0, every_s=EVERY_S, seed=seed)
    eye.sees(26 * 3600, day(eye, lamp))
    assert eye.told == []


def test_a_dusk_at_the_usual_cadence_raises_nothing() -> None:
    eye = Eye(hour=17.9, every_s=30.0, seed=3)
    eye.sees(4800, day(eye, lamp=False))
    assert eye.told == []


def fog(frame: Frame) -> Frame:
    """Only what is near is left: the upper seven tenths are one grey."""
    away = np.clip((0.75 - np.arange(frame.shape[0]) / frame.shape[0]) * 6, 0, 1)[:, None, None]
    return (frame * (1 - away) + np.array([190, 188, 186]) * away).astype(np.uint8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fog_that_hides_all_but_the_near_is_no_turn_of_the_camera(seed: int) -> None:
    eye = Eye(every_s=30.0, seed=seed).sees(600).sees(600, fog).sees(300)
    assert eye.told == []
    eye = Eye(every_s=30.0, seed=seed).sees(600, fog).sees(600)
    assert eye.told == []


def test_clouds_before_the_sun_fog_and_rain_raise_nothing() -> None:
    eye = Eye(hour=9.0, every_s=30.0, seed=4)
    luck = np.random.default_rng(4)

    def weather(frame: Frame) -> Frame:
        fog = 0.65 * max(0.0, np.sin(eye.second / 500))
        hazy = frame * (1 - fog) + np.array([200, 198, 196]) * fog
        light = 0.55 + 0.45 * np.sin(eye.second / 70)
        drops = luck.random((frame.shape[0] // 6, frame.shape[1], 1)) < 0.002
        streaks = np.repeat(drops, 6, axis=0) * 40
        return np.clip(hazy * light + streaks, 0, 255).astype(np.uint8)

    eye.sees(3600, weather)
    assert eye.told == []
