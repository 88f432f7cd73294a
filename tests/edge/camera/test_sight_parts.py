"""The parts of eyesight, each alone: what must last, what is usual, how many frames come, what the clock says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.blank import Blank
from edge.camera.daytime import hour, sun_is_up
from edge.camera.focus import ENOUGH, Focus
from edge.camera.held import Held, Times
from edge.camera.look import Look, looked
from edge.camera.mount import MOVED_PIXELS, likeness
from edge.camera.rate import Rate
from hil.virtual import broken
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp
from tests.edge.camera.sight_kit import MIDNIGHT_MS, look_at, scene

NOON = (12, False)


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(0, 50_000)), max_size=60))
def test_it_opens_and_closes_in_turn_and_never_before_its_time(steps: list[tuple[bool | None, int]]) -> None:
    held, now, since, told = Held(Times(30_000, 10_000)), 0, {True: 0, False: 0}, []
    last: bool | None = None
    for ails, gap in steps:
        now += gap
        if ails is not None and ails != last:
            since[ails] = now
        last = ails
        change = held.step(ails, now)
        if change is not None:
            told.append(change)
            assert ails is change
            assert now - since[change] >= (30_000 if change else 10_000)
    assert told == [index % 2 == 0 for index in range(len(told))]
    assert (held.opened_ms is not None) == (len(told) % 2 == 1)


def test_what_cannot_be_told_begins_the_time_anew() -> None:
    held = Held(Times(10, 10))
    assert [held.step(ails, at) for at, ails in ((0, True), (9, None), (10, True), (19, True), (20, True))] == [
        None,
        None,
        None,
        None,
        True,
    ]


def learnt(sharpness: float, looks: int = ENOUGH) -> Focus:
    focus = Focus()
    for index in range(looks):
        focus.learn(sharpness, NOON, index * 5000)
    return focus


def test_an_hour_is_known_after_enough_looks() -> None:
    assert learnt(0.4, ENOUGH - 1).blurred(0.01, NOON) is None
    focus = learnt(0.4)
    assert [focus.blurred(sharpness, NOON) for sharpness in (0.1, 0.21, 0.25, 0.31, 0.8)] == [
        True,
        True,
        None,
        False,
        False,
    ]


def test_an_hour_that_is_not_known_can_be_found_sharp_but_never_blurred() -> None:
    focus = learnt(0.4)
    assert focus.blurred(0.4, (13, False)) is False
    assert focus.blurred(0.1, (13, False)) is None
    assert focus.blurred(0.4, (12, True)) is None


def test_the_usual_follows_better_soon_and_worse_slowly() -> None:
    better, worse = learnt(0.4), learnt(0.4)
    for index in range(120):
        at_ms = (ENOUGH + index) * 5000
        better.learn(0.8, NOON, at_ms)
        worse.learn(0.25, NOON, at_ms)
    assert better.blurred(0.3, NOON) is True
    assert worse.blurred(0.21, NOON) is True


def test_a_pause_of_a_day_is_one_look() -> None:
    focus = learnt(0.4)
    focus.learn(0.2, NOON, 86_400_000)
    assert focus.blurred(0.21, NOON) is True


def test_frames_are_counted_over_ten_minutes() -> None:
    rate = Rate(5.0)
    said = [rate.low(index, index * 5000) for index in range(125)]
    assert said[:120] == [None] * 120
    assert said[120:] == [False] * 5
    assert [rate.low(125, 625_000 + index * 20_000) for index in range(25)][-1] is True
    rate.begin_anew()
    assert rate.low(126, 1_200_000) is None


@pytest.mark.parametrize(("share", "low"), [(0.3, True), (0.5, None), (0.8, False), (5.0, False)])
def test_only_far_too_few_are_lost(share: float, low: bool | None) -> None:
    rate = Rate(5.0)
    assert [rate.low(round(share * index), index * 5000) for index in range(200)][-1] is low


def at(hours: float, state: ClockState = ClockState.SYNCHRONISED, mono_ms: int = 0) -> Stamp:
    return Stamp(MIDNIGHT_MS + round(hours * 3_600_000), mono_ms, "boot", state)


def test_hours_are_beijing_and_need_a_clock_that_is_right() -> None:
    assert [hour(at(hours)) for hours in (0, 5.99, 12, 23.99)] == [0, 5, 12, 23]
    assert [sun_is_up(at(hours)) for hours in (8, 10.99, 11, 14.99, 15, 23)] == [False, False, True, True, False, False]
    for state in (ClockState.UNSET, ClockState.RESTORED):
        assert (hour(at(12, state)), sun_is_up(at(12, state))) == (-1, False)
    assert hour(HandClock(wall_ms=0).now()) == 8


def plain(level: int) -> Look:
    return looked(np.full((272, 480, 3), level, np.uint8))


def test_darkness_is_wrong_by_day_or_when_it_falls_at_once_and_stays_so() -> None:
    lit, night = look_at(scene(1).frame(0)), 20.0
    gradual = Blank(5.0)
    assert [gradual.wrong(plain(3), at(night)), gradual.wrong(plain(3), at(12.0))] == [False, True]
    sudden = Blank(5.0)
    assert not sudden.wrong(lit, at(night))
    assert sudden.wrong(plain(3), at(night, mono_ms=5000))
    assert sudden.wrong(plain(3), at(night, mono_ms=5_000_000))
    slow = Blank(5.0)
    assert not slow.wrong(lit, at(night))
    assert not slow.wrong(plain(3), at(night, mono_ms=70_000))


@pytest.mark.parametrize(("right", "down"), [(0.05, 0.0), (-0.1, 0.05), (0.0, 0.2)])
def test_a_shift_is_found_where_it_is(right: float, down: float) -> None:
    frame = scene(2).frame(0)
    found = likeness(look_at(broken.shifted(frame, right, down)).edges, look_at(frame).edges)
    assert found.right == pytest.approx(right * 120, abs=1)
    assert found.down == pytest.approx(down * 68, abs=1)
    assert max(abs(found.right), abs(found.down)) >= MOVED_PIXELS
