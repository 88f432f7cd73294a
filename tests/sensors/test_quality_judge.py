"""Readings judged as they come: none lost, none changed but in its flag, and earlier ones put right."""

import tracemalloc
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from sensors.quality.checks import Attenuated, Checks, FlatLine, GrossRange, Rate, Spike
from sensors.quality.judge import Judge, Judged
from sensors.quality.upkeep import Upkeep
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

WALL = 1_790_000_000_000
ALL = Checks(
    unit="mg/L",
    range=GrossRange(fail=(0.0, 20.0), suspect=(2.0, 15.0)),
    spike=Spike(suspect=1.0, fail=3.0),
    rate=Rate(suspect=2.0, fail=6.0, per="1min"),
    flat_line=FlatLine(suspect_after="3min", fail_after="6min", tolerance=0.05),
    attenuated=Attenuated(suspect_below=0.2, fail_below=0.1, window="10min", at_least=8),
)
SPIKE = Checks(unit="mg/L", spike=Spike(suspect=2.0, fail=5.0))


def reading(
    at_ms: int, value: float | None, quality: Quality | None = None, channel: str = "oxygen", boot: str = "b1"
) -> Reading:
    known = quality or (Quality(Flag.MISSING, (Reason.NO_REPLY,)) if value is None else GOOD)
    at = Stamp(WALL + at_ms, at_ms, boot, ClockState.SYNCHRONISED)
    return Reading("pond-1", channel, "mg/L", "w01009", value, known, at)


def minutely(*values: float | None) -> list[Reading]:
    return [reading(60_000 * at, value) for at, value in enumerate(values)]


def judge_of(checks: Checks) -> Judge:
    return Judge({("pond-1", "oxygen"): checks})


def one_by_one(judge: Judge, readings: Iterable[Reading], upkeep: Iterable[Upkeep] = ()) -> list[Judged]:
    """As a bus polls: each reading is given out before the next is known."""
    return [judge.judge([one], tuple(upkeep)) for one in readings]


def given_out(judged: Iterable[Judged]) -> list[tuple[int, tuple[str, ...]]]:
    return [(int(one.quality.flag), one.quality.reasons) for part in judged for one in part.readings]


def put_right(judged: Iterable[Judged]) -> list[tuple[int, int, tuple[str, ...]]]:
    found = [one for part in judged for one in part.corrections]
    return [(one.at.mono_ms // 60_000, int(one.quality.flag), one.quality.reasons) for one in found]


def in_the_end(judged: Iterable[Judged]) -> list[Quality]:
    """What an archive knows once corrections are taken in."""
    final: dict[tuple[str, int], Quality] = {}
    for part in judged:
        final |= {(one.at.boot, one.at.mono_ms): one.quality for one in (*part.readings, *part.corrections)}
    return list(final.values())


def test_a_spike_is_given_out_at_once_and_put_right_with_the_next() -> None:
    judged = one_by_one(judge_of(SPIKE), minutely(3, 3, 9, 3, 3))
    assert given_out(judged) == [(1, ())] * 5
    assert put_right(judged) == [(1, 3, ("spike",)), (2, 4, ("spike",)), (3, 3, ("spike",))]
    assert [len(part.corrections) for part in judged] == [0, 0, 1, 1, 1]


def test_a_correction_is_the_reading_that_was_given_out_but_for_its_quality() -> None:
    readings = minutely(3, 9, 3)
    *_, last = one_by_one(judge_of(SPIKE), readings)
    [correction] = last.corrections
    assert replace(correction, quality=GOOD) == readings[1]
    assert last.readings == (readings[2],)


def test_what_needs_no_correction_gets_none() -> None:
    judged = one_by_one(judge_of(SPIKE), minutely(3, 3.5, 3, None, 9, 9, None, 9))
    assert put_right(judged) == []


def test_a_rate_is_told_at_once() -> None:
    check = Checks(unit="mg/L", rate=Rate(suspect=2.0, per="1min"))
    assert given_out(one_by_one(judge_of(check), minutely(3, 6, 6, None, 9))) == [
        (1, ()),
        (3, ("rate",)),
        (1, ()),
        (9, ("no-reply",)),
        (1, ()),
    ]


def test_a_spike_adds_to_what_was_found_before() -> None:
    check = Checks(unit="mg/L", spike=Spike(fail=5.0), rate=Rate(suspect=2.0, per="1min"))
    judged = one_by_one(judge_of(check), minutely(3, 9, 3))
    assert given_out(judged) == [(1, ()), (3, ("rate",)), (3, ("rate",))]
    assert put_right(judged) == [(1, 4, ("rate", "spike"))]


def test_too_high_is_told_from_too_low() -> None:
    check = Checks(unit="mg/L", range=GrossRange(fail=(0.0, 20.0), suspect=(2.0, 15.0)))
    assert given_out(one_by_one(judge_of(check), minutely(-1, 1, 5, 16, 21))) == [
        (4, ("range",)),
        (3, ("range",)),
        (1, ()),
        (3, ("range",)),
        (4, ("over-range",)),
    ]


def test_a_value_that_failed_does_not_condemn_its_neighbours() -> None:
    """A broken wire for one poll: ioos_qc, whose tests don't know of each other, would fail three values."""
    check = ALL.model_copy(update={"flat_line": None, "attenuated": None})
    judged = one_by_one(judge_of(check), minutely(5, 5.1, 850, 5.1, 5))
    assert [quality.flag for quality in in_the_end(judged)] == [1, 1, 4, 1, 1]


def test_a_value_in_a_buffer_solution_is_not_compared_with_the_pond() -> None:
    work = Upkeep(Reason.CALIBRATION, WALL + 60_000, WALL + 180_000)
    check = Checks(unit="mg/L", spike=Spike(suspect=1.0), rate=Rate(suspect=1.0, per="1min"))
    judged = one_by_one(judge_of(check), minutely(7, 4, 10, 7, 7), [work])
    assert given_out(judged) == [(1, ()), (2, ("calibration",)), (2, ("calibration",)), (1, ()), (1, ())]
    assert put_right(judged) == []


def test_upkeep_holds_for_channels_without_checks_too() -> None:
    [judged] = one_by_one(Judge({}), [reading(0, 7.0)], [Upkeep(Reason.MAINTENANCE, WALL)])
    assert given_out([judged]) == [(2, ("maintenance",))]


def test_warming_up_is_not_compared_but_held_against_the_span() -> None:
    warm = Quality(Flag.UNKNOWN, (Reason.WARM_UP,))
    readings = [reading(0, 1.0, warm), reading(60_000, 99.0, warm), reading(120_000, 9.0), reading(180_000, 9.5)]
    check = ALL.model_copy(update={"flat_line": None, "attenuated": None})
    judged = one_by_one(judge_of(check), readings)
    assert given_out(judged) == [(3, ("warm-up", "range")), (4, ("warm-up", "over-range")), (1, ()), (1, ())]


def test_flat_and_quiet_are_told() -> None:
    flat = one_by_one(judge_of(Checks(unit="mg/L", flat_line=ALL.flat_line)), minutely(*[5.0] * 8))
    assert [flag for flag, _ in given_out(flat)] == [1, 1, 1, 3, 3, 3, 4, 4]
    quiet = one_by_one(judge_of(Checks(unit="mg/L", attenuated=ALL.attenuated)), minutely(*[5.0] * 9))
    assert given_out(quiet) == [(1, ())] * 7 + [(4, ("attenuated",))] * 2


def test_channels_and_instruments_are_judged_apart() -> None:
    judge = Judge({("pond-1", "oxygen"): SPIKE, ("pond-2", "oxygen"): SPIKE})
    polls = [[reading(at, value), replace(reading(at, 9.0), instrument="pond-2"), reading(at, 1.0, channel="ph")]
             for at, value in ((0, 3.0), (1, 9.0), (2, 3.0))]  # fmt: skip
    judged = [judge.judge(poll) for poll in polls]
    assert [list(part.readings) for part in judged] == polls
    assert [(one.instrument, one.channel, one.at.mono_ms) for part in judged for one in part.corrections] == [
        ("pond-1", "oxygen", 1)
    ]


def test_a_new_boot_begins_anew() -> None:
    """Its clock may stand before the old one's or after it: nothing is compared across, all is compared within."""
    for start in (10_000, 70_000):
        judge = judge_of(ALL)
        before = one_by_one(judge, [reading(0, 3.0), reading(60_000, 3.0)])
        after = one_by_one(judge, [reading(start + at, value, boot="b2") for at, value in ((0, 9.0), (10_000, 13.0))])
        assert given_out([*before, *after]) == [(1, ()), (1, ()), (1, ()), (4, ("rate",))]
        assert put_right(after) == []


def test_a_moment_that_was_judged_already_shakes_nothing() -> None:
    readings = minutely(3, 3, 9, 3)
    twice = [*readings[:3], readings[2], readings[1], readings[3]]
    judged = one_by_one(judge_of(SPIKE), twice)
    assert given_out(judged) == [(1, ())] * 6
    assert put_right(judged) == put_right(one_by_one(judge_of(SPIKE), readings)) != []


STATES = [GOOD, Quality(Flag.SUSPECT, (Reason.STATUS,)), Quality(Flag.UNKNOWN, (Reason.WARM_UP,))]
STATES += [Quality(Flag.BAD, (Reason.STATUS,))]
VALUES = st.none() | st.integers(-4, 90).map(lambda step: step / 4)
ROWS = st.lists(st.tuples(st.integers(1, 200_000), VALUES, st.sampled_from(STATES)), max_size=40)


def series(rows: list[tuple[int, float | None, Quality]], shift: int = 0) -> list[Reading]:
    times = accumulate(step for step, _, _ in rows)
    return [
        reading(at + shift, value, None if value is None else known)
        for at, (_, value, known) in zip(times, rows, strict=True)
    ]


@given(rows=ROWS)
def test_nothing_is_lost_doubled_or_changed_but_its_quality(rows: list[tuple[int, float | None, Quality]]) -> None:
    readings = series(rows)
    judged = one_by_one(judge_of(ALL), readings)
    out = [one for part in judged for one in part.readings]
    assert [replace(one, quality=before.quality) for one, before in zip(out, readings, strict=True)] == readings
    for one, known in zip(out, (before.quality for before in readings), strict=True):
        assert one.quality.flag >= known.flag
        assert one.quality.reasons[: len(known.reasons)] == known.reasons


@given(rows=ROWS)
def test_a_correction_names_the_reading_before_once_and_only_worsens_it(
    rows: list[tuple[int, float | None, Quality]],
) -> None:
    judged = one_by_one(judge_of(ALL), series(rows))
    out = [one for part in judged for one in part.readings]
    for at, part in enumerate(judged):
        for correction in part.corrections:
            before = out[at - 1]
            assert replace(correction, quality=before.quality) == before
            assert correction.quality.flag >= before.quality.flag
            assert correction.quality.reasons == (*before.quality.reasons, Reason.SPIKE)


@given(rows=ROWS, shift=st.integers(0, 10**9), cut=st.integers(1, 9))
def test_neither_the_hour_nor_the_grouping_matters(
    rows: list[tuple[int, float | None, Quality]], shift: int, cut: int
) -> None:
    readings, later = series(rows), series(rows, shift)
    judge, grouped = judge_of(ALL), [readings[at : at + cut] for at in range(0, len(readings), cut)]
    expected = in_the_end(one_by_one(judge_of(ALL), readings))
    assert in_the_end(one_by_one(judge_of(ALL), later)) == expected
    assert in_the_end([judge.judge(group) for group in grouped]) == expected


def test_memory_does_not_grow_with_time() -> None:
    judge, sizes = judge_of(ALL), []
    tracemalloc.start()
    for at in range(4000):
        judge.judge([reading(60_000 * at, 5.0 + (at * 7919 % 100) / 100)])
        if at % 1000 == 999:
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(sizes[1:]) < sizes[0] + 4096
