"""Readings to columns and back: nothing changes but what the contract says may."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_kit import READINGS

from edge.wire.columns import CLOCK_STEP_MS, pack, unpack, unpack_corrections
from edge.wire.messages import Batch, Series
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

BASE = Stamp(1_790_000_000_000, 50_000, "boot-1", ClockState.SYNCHRONISED, 3)


def reading(at: Stamp = BASE, channel: str = "do", value: float | None = 8.5, quality: Quality = GOOD) -> Reading:
    return Reading("y504-1", channel, "mg/L", "w01009", value, quality, at)


def later(ms: int, wall_ms: int | None = None) -> Stamp:
    return replace(BASE, mono_ms=BASE.mono_ms + ms, wall_ms=BASE.wall_ms + (ms if wall_ms is None else wall_ms))


def unpacked(readings: list[Reading]) -> list[Reading]:
    return [one for batch in pack(readings) for one in unpack(batch)]


def test_one_boot_and_clock_make_one_batch() -> None:
    readings = [reading(later(ms), channel) for ms in (0, 1000, 2000) for channel in ("do", "temperature")]
    (batch,) = pack(readings)
    assert [series.channel for series in batch.series] == ["do", "temperature"]
    assert batch.series[0].offsets == (0, 1000, 2000)
    assert set(unpack(batch)) == set(readings)


@pytest.mark.parametrize(
    "other",
    [
        replace(later(1000), boot="boot-2"),
        replace(later(1000), clock=ClockState.RESTORED),
        replace(later(1000), error_ms=None),
        later(1000, wall_ms=1000 + CLOCK_STEP_MS),
        later(1000, wall_ms=1000 - 86_400_000),
    ],
)
def test_another_boot_state_or_step_of_the_clock_begins_a_batch(other: Stamp) -> None:
    readings = [reading(), reading(other)]
    assert len(pack(readings)) == 2
    assert unpacked(readings) == readings


def test_the_worst_error_of_a_batch_stands_for_all() -> None:
    (batch,) = pack([reading(), reading(replace(later(1000), error_ms=40)), reading(later(2000))])
    assert batch.error_ms == 40


def test_corrections_travel_with_the_last_batch_and_are_no_readings() -> None:
    spike = reading(later(-60_000), value=80.0, quality=Quality(Flag.BAD, (Reason.SPIKE,)))
    now = [reading(replace(BASE, clock=ClockState.RESTORED)), reading(later(1000))]
    first, last = pack(now, [spike])
    assert (first.corrections, list(unpack_corrections(first))) == ((), [])
    assert list(unpack_corrections(last)) == [spike]
    assert list(unpack(last)) == [now[1]]


def test_a_correction_without_a_reading_of_its_boot_is_a_bug() -> None:
    with pytest.raises(ValueError, match="corrections without a reading"):
        pack([], [reading()])
    with pytest.raises(ValueError, match="corrections without a reading"):
        pack([reading()], [reading(replace(BASE, boot="boot-0"))])


def test_a_missing_value_keeps_its_reasons() -> None:
    missing = reading(value=None, quality=Quality(Flag.MISSING, (Reason.NO_REPLY, Reason.PORT)))
    assert unpacked([missing]) == [missing]


def test_nothing_makes_no_batch() -> None:
    assert pack([]) == []


@given(st.lists(READINGS, max_size=30))
def test_what_is_packed_is_unpacked(readings: list[Reading]) -> None:
    """All of it, to the exact value and monotonic time; the wall clock to within a step of it."""
    found = unpacked(readings)
    names = [(one.instrument, one.channel, one.unit, one.code, one.value, one.quality, one.at.mono_ms) for one in found]
    given_names = [
        (one.instrument, one.channel, one.unit, one.code, one.value, one.quality, one.at.mono_ms) for one in readings
    ]
    assert sorted(names, key=repr) == sorted(given_names, key=repr)
    rest = list(found)
    for one in readings:
        match = next(
            other
            for other in rest
            if (other.at.boot, other.at.clock, other.at.mono_ms) == (one.at.boot, one.at.clock, one.at.mono_ms)
            and abs(other.at.wall_ms - one.at.wall_ms) < CLOCK_STEP_MS
            and (other.instrument, other.channel, other.value) == (one.instrument, one.channel, one.value)
        )
        assert (match.at.error_ms is None) == (one.at.error_ms is None)
        assert (match.at.error_ms or 0) >= (one.at.error_ms or 0)
        rest.remove(match)


@given(st.lists(READINGS, min_size=1, max_size=20))
def test_a_channel_keeps_its_order_in_a_batch(readings: list[Reading]) -> None:
    for batch in pack(readings):
        for series in batch.series:
            names = (series.instrument, series.channel, series.unit, series.code)
            of_batch = [
                one.value for one in unpack(batch) if (one.instrument, one.channel, one.unit, one.code) == names
            ]
            assert tuple(of_batch) == series.values


@pytest.mark.parametrize(
    ("flag", "reasons", "value"),
    [(5, "", 1.0), (1, "bored", 1.0), (9, "no-reply", 1.0), (1, "", None)],
)
def test_what_is_not_known_here_is_refused(flag: int, reasons: str, value: float | None) -> None:
    series = Series("y504-1", "do", "mg/L", "", (0,), (value,), (flag,), (reasons,))
    batch = Batch("b", ClockState.UNSET, None, 0, 0, (series,))
    with pytest.raises(ValueError):
        list(unpack(batch))


def test_columns_of_unequal_length_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"y504-1\.do differ in length: \[1, 2\]"):
        Series("y504-1", "do", "mg/L", "", (0, 1), (1.0,), (1,), ("",))
