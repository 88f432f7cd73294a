"""Regions over time: what opens an episode, what keeps it, what ends it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detection import Detection, Region
from models.episode import Closed, EpisodeEvent, Episodes, EpisodeSettings, Opened, Updated

SETTINGS = EpisodeSettings()
QUIET = Detection(0.05)


def seen(score: float, x: float = 0.4, y: float = 0.4, size: float = 0.1) -> Detection:
    return Detection(score, (Region(x, y, size, size, score),))


def fed(episodes: Episodes, verdicts: list[Detection], every_ms: int = 5_000, begin_ms: int = 0) -> list[EpisodeEvent]:
    events: list[EpisodeEvent] = []
    for index, verdict in enumerate(verdicts):
        events += episodes.step(verdict, begin_ms + index * every_ms)
    return events


def test_smoke_that_stays_opens_one_episode_at_the_third_frame() -> None:
    verdicts = [seen(0.9)] * 20
    assert fed(Episodes(SETTINGS), verdicts) == [Opened(1, 10_000, 0.9, (Region(0.4, 0.4, 0.1, 0.1, 0.9),))]


@pytest.mark.parametrize("flashes", [1, 2])
def test_fewer_flashes_than_needed_open_nothing(flashes: int) -> None:
    assert fed(Episodes(SETTINGS), [seen(0.99)] * flashes + [QUIET] * 10) == []


def test_three_sightings_anywhere_in_the_window_are_enough() -> None:
    events = fed(Episodes(SETTINGS), [seen(0.9), QUIET, seen(0.9), QUIET, QUIET, seen(0.9)])
    assert [type(event) for event in events] == [Opened]


def test_three_sightings_spread_wider_than_the_window_are_not() -> None:
    assert fed(Episodes(SETTINGS), [seen(0.9), QUIET, QUIET, seen(0.9), QUIET, QUIET] * 5) == []


def test_blinking_here_and_there_is_not_smoke_in_one_place() -> None:
    places = [seen(0.9, x=0.0), seen(0.9, x=0.3), seen(0.9, x=0.6), seen(0.9, x=0.85)]
    assert fed(Episodes(SETTINGS), places) == []


def test_sightings_just_over_the_bar_need_a_mean_over_theirs() -> None:
    faint = replace(SETTINGS, bar=0.5, lift=0.4)
    assert faint.mean_bar == pytest.approx(0.7)
    assert fed(Episodes(faint), [seen(0.55)] * 20) == []
    assert fed(Episodes(faint), [seen(0.55), seen(0.8), seen(0.8)])[0].number == 1


def test_an_episode_lives_on_scores_that_could_not_have_opened_it() -> None:
    weak = SETTINGS.bar * SETTINGS.hysteresis + 0.01
    episodes = Episodes(SETTINGS)
    events = fed(episodes, [seen(0.9)] * 3 + [seen(weak)] * 60)
    assert [type(event) for event in events] == [Opened]
    assert episodes.open == 1
    assert fed(Episodes(SETTINGS), [seen(weak)] * 60) == []


def test_an_episode_closes_only_after_quiet_frames_and_quiet_time() -> None:
    slow = fed(Episodes(SETTINGS), [seen(0.9)] * 3 + [QUIET] * 20)
    assert slow[1:] == [Closed(1, 70_000, 10_000, 0.9)]  # last seen at 10 s, quiet for 60 s
    few = fed(Episodes(SETTINGS), [seen(0.9)] * 3 + [QUIET] * 20, every_ms=20_000)
    assert few[1:] == [Closed(1, 160_000, 40_000, 0.9)]  # last seen at 40 s, sixth quiet frame


def test_a_camera_that_was_away_does_not_close_an_episode_by_its_absence() -> None:
    episodes = Episodes(SETTINGS)
    fed(episodes, [seen(0.9)] * 3)
    assert episodes.step(QUIET, 3_600_000) == ()
    assert episodes.step(seen(0.9), 3_605_000) == ()
    assert episodes.open == 1


def test_sightings_before_a_long_gap_do_not_count() -> None:
    episodes = Episodes(SETTINGS)
    assert fed(episodes, [seen(0.9)] * 2) == []
    assert fed(episodes, [seen(0.9)] * 2, begin_ms=SETTINGS.stale_ms + 6_000) == []
    assert len(fed(episodes, [seen(0.9)], begin_ms=SETTINGS.stale_ms + 16_000)) == 1


def test_a_peak_that_grows_is_told_and_one_that_hardly_grows_is_not() -> None:
    events = fed(Episodes(SETTINGS), [seen(0.6)] * 3 + [seen(0.62), seen(0.7), seen(0.7), seen(0.99)])
    assert [(type(event), getattr(event, "score", None)) for event in events] == [
        (Opened, 0.6),
        (Updated, 0.7),
        (Updated, 0.99),
    ]


def test_a_plume_that_drifts_and_tears_stays_one_episode() -> None:
    drifting = [seen(0.9, x=0.1 + 0.04 * step, y=0.5 - 0.02 * step) for step in range(15)]
    torn = Detection(0.9, (Region(0.1, 0.5, 0.1, 0.1, 0.9), Region(0.55, 0.25, 0.2, 0.2, 0.8)))
    assert [event.number for event in fed(Episodes(SETTINGS), drifting + [torn] * 10)] == [1]


def test_two_fires_far_apart_are_two_episodes_and_end_apart() -> None:
    both = Detection(0.9, (Region(0.05, 0.5, 0.1, 0.1, 0.9), Region(0.8, 0.5, 0.1, 0.1, 0.8)))
    one = Detection(0.9, (Region(0.05, 0.5, 0.1, 0.1, 0.9),))
    events = fed(Episodes(SETTINGS), [both] * 3 + [one] * 13)
    assert [(type(event), event.number) for event in events] == [(Opened, 1), (Opened, 2), (Closed, 2)]


def test_a_detector_without_regions_judges_the_whole_frame() -> None:
    events = fed(Episodes(SETTINGS), [Detection(0.9)] * 3)
    assert events == [Opened(1, 10_000, 0.9, (Region(0.0, 0.0, 1.0, 1.0, 0.9),))]


def test_a_bright_cell_in_a_frame_that_is_not_called_smoke_counts_for_nothing() -> None:
    glint = Detection(0.2, (Region(0.4, 0.4, 0.1, 0.1, 0.99),))
    assert fed(Episodes(SETTINGS), [glint] * 20) == []


def test_the_lower_of_the_scores_of_frame_and_region_counts() -> None:
    smoke = Detection(0.7, (Region(0.1, 0.4, 0.1, 0.1, 0.99), Region(0.7, 0.4, 0.1, 0.1, 0.6)))
    events = fed(Episodes(SETTINGS), [smoke] * 3)
    assert [event.score for event in events if isinstance(event, Opened)] == [0.7, 0.6]


def test_frames_out_of_order_are_refused() -> None:
    episodes = Episodes(SETTINGS)
    episodes.step(QUIET, 10)
    with pytest.raises(ValueError, match="9 ms came after one of 10 ms"):
        episodes.step(QUIET, 9)


@pytest.mark.parametrize(
    "wrong",
    [{"needed": 7}, {"needed": 0}, {"bar": 0.0}, {"hysteresis": 1.5}, {"lift": 1.0}, {"most": 0}, {"quiet_frames": 0}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EpisodeSettings(**wrong)  # type: ignore[arg-type]


fraction = st.floats(0, 1, width=32)
regions = st.builds(Region, fraction, fraction, st.floats(0, 0.3), st.floats(0, 0.3), fraction)
verdicts = st.builds(lambda score, found: Detection(score, tuple(found)), fraction, st.lists(regions, max_size=12))
sequences = st.lists(st.tuples(verdicts, st.integers(0, 90_000)), max_size=60)


@given(sequences)
def test_every_episode_opens_once_then_updates_then_closes_once(sequence: list[tuple[Detection, int]]) -> None:
    episodes, now, alive, closed = Episodes(SETTINGS), 0, {}, set()
    for verdict, gap in sequence:
        now += gap
        for event in episodes.step(verdict, now):
            if isinstance(event, Opened):
                assert event.number not in alive
                assert event.number not in closed
                assert event.number == len(alive) + len(closed) + 1
                assert event.regions
                alive[event.number] = event.score
            elif isinstance(event, Updated):
                assert event.score > alive[event.number]
                alive[event.number] = event.score
            else:
                assert event.peak >= alive.pop(event.number)
                closed.add(event.number)
        assert episodes.open == len(alive)


@given(sequences)
def test_memory_is_bounded_whatever_is_seen(sequence: list[tuple[Detection, int]]) -> None:
    episodes, now = Episodes(SETTINGS), 0
    for verdict, gap in sequence:
        now += gap
        episodes.step(verdict, now)
        assert episodes.watched <= SETTINGS.most
        assert all(len(place.looks) <= SETTINGS.window for place in episodes._places)


@given(st.lists(st.tuples(verdicts, st.integers(2, 8)), max_size=12))
def test_single_frame_flashes_never_open(flashes: list[tuple[Detection, int]]) -> None:
    """At most one flash in any two frames leaves at most three in six, so needed=4 can't be reached."""
    strict = replace(SETTINGS, needed=4)
    sequence = [verdict for flash, quiet in flashes for verdict in (flash, *[QUIET] * (quiet - 1))]
    assert fed(Episodes(strict), sequence) == []


@given(sequences, st.integers(0, 10**9))
def test_only_differences_of_time_matter(sequence: list[tuple[Detection, int]], later: int) -> None:
    one, other, now = Episodes(SETTINGS), Episodes(SETTINGS), 0
    for verdict, gap in sequence:
        now += gap
        mine, its = one.step(verdict, now), other.step(verdict, now + later)
        assert [(type(event), event.number, event.at_ms + later) for event in mine] == [
            (type(event), event.number, event.at_ms) for event in its
        ]
