"""Readings to batches and back: names once, values in columns, one base time."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from edge.wire.messages import Batch, Series
from sensors.reading import Flag, Quality, Reading, Reason, Stamp

CLOCK_STEP_MS = 100
"""A wall clock that moved further than this against the monotonic one since the batch began starts a new batch."""


def pack(readings: Iterable[Reading], corrections: Iterable[Reading] = ()) -> list[Batch]:
    """The fewest batches that hold the readings: one per boot, state of the clock, and step of the clock.

    Monotonic times are kept to the millisecond; wall times are told through them, so that a slewed clock may shift
    them by less than `CLOCK_STEP_MS` inside a batch. `corrections` are of the last reading's boot and travel with it;
    ValueError where there is no such reading.
    """
    runs: list[list[Reading]] = []
    for reading in readings:
        if runs and _together(runs[-1][0].at, reading.at):
            runs[-1].append(reading)
        else:
            runs.append([reading])
    batches = [_batch(run) for run in runs]
    late = list(corrections)
    if not late:
        return batches
    if not batches or any(correction.at.boot != batches[-1].boot for correction in late):
        raise ValueError(f"{len(late)} corrections without a reading of their boot")
    batches[-1] = msgspec.structs.replace(batches[-1], corrections=_columns(late, batches[-1].mono_ms))
    return batches


def unpack(batch: Batch) -> Iterator[Reading]:
    """The readings of a batch, channel by channel; ValueError for a flag or reason that isn't known here."""
    return _rows(batch, batch.series)


def unpack_corrections(batch: Batch) -> Iterator[Reading]:
    """The earlier readings that a batch puts right, as they are now; ValueError as for `unpack`."""
    return _rows(batch, batch.corrections)


def _rows(batch: Batch, columns: Iterable[Series]) -> Iterator[Reading]:
    for series in columns:
        for offset, value, flag, words in zip(series.offsets, series.values, series.flags, series.reasons, strict=True):
            reasons = tuple(Reason(word) for word in words.split(",") if word)
            at = Stamp(batch.wall_ms + offset, batch.mono_ms + offset, batch.boot, batch.clock, batch.error_ms)
            yield Reading(
                series.instrument,
                series.channel,
                series.unit,
                series.code,
                value,
                Quality(Flag(flag), reasons),
                at,
            )


def _together(first: Stamp, other: Stamp) -> bool:
    same = (first.boot, first.clock, first.error_ms is None) == (
        other.boot,
        other.clock,
        other.error_ms is None,
    )
    drift = (other.wall_ms - other.mono_ms) - (first.wall_ms - first.mono_ms)
    return same and abs(drift) < CLOCK_STEP_MS


def _batch(run: list[Reading]) -> Batch:
    base = run[0].at
    errors = [reading.at.error_ms for reading in run if reading.at.error_ms is not None]
    series = _columns(run, base.mono_ms)
    return Batch(base.boot, base.clock, max(errors, default=None), base.wall_ms, base.mono_ms, series)


def _columns(readings: list[Reading], base_mono: int) -> tuple[Series, ...]:
    ordered = sorted(readings, key=_column)
    return tuple(_series(name, list(group), base_mono) for name, group in groupby(ordered, _column))


def _column(reading: Reading) -> tuple[str, str, str, str]:
    return reading.instrument, reading.channel, reading.unit, reading.code


def _series(names: tuple[str, str, str, str], group: list[Reading], base_mono: int) -> Series:
    return Series(
        *names,
        offsets=tuple(reading.at.mono_ms - base_mono for reading in group),
        values=tuple(reading.value for reading in group),
        flags=tuple(int(reading.quality.flag) for reading in group),
        reasons=tuple(",".join(reading.quality.reasons) for reading in group),
    )
