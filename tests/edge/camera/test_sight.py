"""Views broken on purpose: each trouble noticed within its time under its own name, and cleared when it is over."""

import pytest

from edge.camera.sight import TIMES, Ailment
from hil.virtual import broken
from models.detection import Frame
from sensors.reading import ClockState
from tests.edge.camera.sight_kit import Eye

EVERY_S = 5.0


def dark(frame: Frame) -> Frame:
    return broken.lit(frame, 0.005)


CASES = [
    (Ailment.BLACK, broken.black, 30, 10),
    (Ailment.COVERED, broken.covered, 30, 10),
    (Ailment.COVERED, lambda frame: broken.covered(frame, 30), 30, 10),
    (Ailment.MOVED, lambda frame: broken.shifted(frame, 0.05), 60, 20),
    (Ailment.MOVED, lambda frame: broken.shifted(frame, -0.2, 0.1), 60, 20),
    (Ailment.MOVED, lambda frame: broken.shifted(frame, 0.0, -0.08), 60, 20),
    (Ailment.MOVED, broken.turned, 60, 20),
]


@pytest.mark.parametrize(("ailment", "spoilt", "opens_s", "clears_s"), CASES)
@pytest.mark.parametrize("seed", [1, 3])
def test_it_is_noticed_in_time_and_cleared_in_time(ailment, spoilt, opens_s, clears_s, seed) -> None:
    eye = Eye(seed=seed).sees(60)
    assert eye.told == []
    eye.sees(opens_s + 3 * EVERY_S, spoilt)
    assert eye.after(ailment, True, 60) <= opens_s + EVERY_S
    assert eye.sight.ailing == (ailment,)
    back = eye.second
    eye.sees(clears_s + 3 * EVERY_S)
    assert eye.after(ailment, False, back) <= clears_s + EVERY_S
    assert (eye.sight.ailing, eye.sight.blind) == ((), False)


@pytest.mark.parametrize("seed", [1, 2])
def test_out_of_focus_is_noticed_once_the_hour_is_known(seed: int) -> None:
    eye = Eye(every_s=20.0, seed=seed).sees(600)
    eye.sees(660, broken.smeared)
    assert eye.after(Ailment.BLURRED, True, 600) <= 620
    assert not eye.sight.blind
    back = eye.second
    eye.sees(240)
    assert eye.after(Ailment.BLURRED, False, back) <= 140


def test_a_picture_that_stands_still_is_frozen_and_moves_again() -> None:
    eye = Eye().sees(60)
    eye.stares(90, eye.frame())
    assert eye.after(Ailment.FROZEN, True, 60) <= 60 + 2 * EVERY_S
    assert eye.sight.blind
    back = eye.second
    eye.sees(15)
    assert eye.after(Ailment.FROZEN, False, back) <= EVERY_S
    assert not eye.sight.blind


def test_a_clock_that_runs_in_the_corner_does_not_hide_that_the_rest_is_frozen() -> None:
    eye = Eye().sees(30)
    still = eye.frame()

    def clock(frame: Frame) -> Frame:
        shown = still.copy()
        shown[4:20, 4:24] = 255 * (round(eye.second) % 2)
        return shown

    eye.sees(80, clock)
    assert [name for name, _, _ in eye.told] == [Ailment.FROZEN]


def test_night_mode_by_day_and_only_by_day() -> None:
    eye = Eye(hour=9.0, every_s=180.0).sees(4 * 3600, broken.infra_red)
    assert eye.told == [(Ailment.NIGHT_MODE, True, 2.5 * 3600)]
    assert not eye.sight.blind
    back = eye.second
    eye.sees(1080)
    assert eye.after(Ailment.NIGHT_MODE, False, back) <= 540


def test_night_mode_is_nothing_at_night_nor_for_a_camera_without_colour() -> None:
    assert Eye(hour=20.0, every_s=300.0).sees(4 * 3600, broken.infra_red).told == []
    assert Eye(hour=11.0, every_s=300.0, coloured=False).sees(2 * 3600, broken.infra_red).told == []


def test_no_frame_is_told_after_a_minute_and_over_when_frames_come_again() -> None:
    eye = Eye().sees(30)
    last = eye.second - EVERY_S
    eye.waits(120)
    assert eye.after(Ailment.NO_FRAME, True, last) <= 61
    back = eye.second
    eye.sees(30)
    assert eye.after(Ailment.NO_FRAME, False, back) <= 10 + EVERY_S


def test_a_camera_that_never_gave_a_frame_is_told_too() -> None:
    eye = Eye().waits(100)
    assert eye.after(Ailment.NO_FRAME, True, 0) == 60


def test_a_slow_cadence_is_not_taken_for_silence() -> None:
    eye = Eye(every_s=120.0)
    for _ in range(5):
        eye.sees(1).waits(119)
    assert eye.told == []
    assert eye.waits(400).told[0][0] is Ailment.NO_FRAME


def test_a_silence_that_nobody_waited_through_is_told_with_the_frame_that_ends_it() -> None:
    eye = Eye().sees(30)
    eye.clock.sleep(300)
    assert [(name, began) for name, began, _ in eye.sees(30).told] == [
        (Ailment.NO_FRAME, True),
        (Ailment.NO_FRAME, False),
    ]


def test_far_too_few_frames_are_lost_frames() -> None:
    eye = Eye()
    for _ in range(25):
        eye.sees(EVERY_S).waits(25)
    assert [(name, began) for name, began, _ in eye.told] == [(Ailment.LOST_FRAMES, True)]
    eye.sees(700, lambda frame: frame)
    assert [(name, began) for name, began, _ in eye.told][1:] == [(Ailment.LOST_FRAMES, False)]


def test_nightfall_is_not_blackness_but_a_lamp_that_fails_is() -> None:
    eye = Eye(hour=19.0, every_s=30.0)
    for step in range(45):
        eye.sees(60, lambda frame, step=step: broken.lit(frame, 0.5 * 0.88**step))
    eye.sees(600, dark)
    assert eye.told == []
    assert eye.sight.blind
    lamp = Eye(hour=1.0).sees(60, broken.infra_red)
    lamp.sees(60, dark)
    assert [name for name, _, _ in lamp.told] == [Ailment.BLACK]


def test_what_was_covered_at_night_is_told_by_day() -> None:
    eye = Eye(hour=10.5, every_s=60.0).sees(2400, broken.covered)
    assert eye.told == [(Ailment.COVERED, True, 1860)]


def test_without_a_clock_to_trust_no_hour_is_judged() -> None:
    eye = Eye(hour=12.0, every_s=60.0)
    eye.clock.set(eye.clock.now().wall_ms, ClockState.RESTORED)
    assert eye.sees(2400, broken.infra_red).told == []
    eye.sees(120, broken.black)
    assert [name for name, _, _ in eye.told] == [Ailment.BLACK]


def test_a_view_that_was_changed_on_purpose_is_taken_as_it_is_after_a_day() -> None:
    eye = Eye(every_s=600.0).sees(1800)
    eye.sees(25 * 3600, lambda frame: broken.shifted(frame, 0.2))
    moved = [one for one in eye.told if one[0] is Ailment.MOVED]
    assert [began for _, began, _ in moved] == [True, False]
    assert moved[1][2] - moved[0][2] > 23 * 3600


def test_a_passing_trouble_is_no_trouble() -> None:
    eye = Eye().sees(60)
    for spoilt in (broken.black, broken.covered, broken.turned, lambda frame: broken.shifted(frame, 0.1)):
        eye.sees(20, spoilt).sees(40)
    assert eye.told == []


def test_every_ailment_has_its_times() -> None:
    assert set(TIMES) == set(Ailment)
    assert all(times.clears_ms <= 300_000 for times in TIMES.values())
