"""A batch as octets, beside its legend. Pure; docs/wire.md tells the form.

Channels that were read together share their times, and nearly all values are good: both are said once.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, groupby, pairwise
from typing import TypeVar

from edge.wire import numbers
from edge.wire.legend import Legend
from edge.wire.messages import Batch, Names, Series
from edge.wire.octets import Reader, many, signed, text, unsigned
from sensors.reading import Flag

Thing = TypeVar("Thing")
MAX_READINGS = 100_000
"""More readings in one batch than any device writes: deflated, a few octets could else name millions."""


def write(batch: Batch, number: Callable[[Series], int]) -> bytes:
    """The batch without its legend; `number` says which of the legend's names a series has."""
    error = 0 if batch.error_ms is None else batch.error_ms + 1
    head = unsigned(error) + signed(batch.wall_ms) + signed(batch.mono_ms)
    return head + _write_columns(batch.series, number) + _write_columns(batch.corrections, number)


def read(data: bytes, legend: Legend) -> Batch:
    """The batch; ValueError where the octets hold none that fits the legend."""
    reader = Reader(data)
    error, wall_ms, mono_ms = reader.unsigned(), reader.signed(), reader.signed()
    series = _read_columns(reader, legend.names, MAX_READINGS)
    corrections = _read_columns(reader, legend.names, MAX_READINGS - sum(len(one.offsets) for one in series))
    reader.finish()
    return Batch(
        legend.boot, legend.clock, error - 1 if error else None, wall_ms, mono_ms, tuple(series), tuple(corrections)
    )


def _write_columns(series: Sequence[Series], number: Callable[[Series], int]) -> bytes:
    """Numbers of the series, then their times, qualities and values, like beside like."""
    columns = sorted(series, key=number)
    order = map(number, columns)
    times = dict.fromkeys(one.offsets for one in columns)
    kinds = {pair: None for one in columns for pair in zip(one.flags, one.reasons, strict=True)}
    place, sort = {one: at for at, one in enumerate(times)}, {one: at for at, one in enumerate(kinds)}
    parts = [
        unsigned(len(columns)),
        many(after - before - 1 for before, after in pairwise((-1, *order))),
        unsigned(len(times)),
        *[_write_times(offsets) for offsets in times],
        b"".join(signed(after - before) for before, after in pairwise((0, *(place[one.offsets] for one in columns)))),
        unsigned(len(kinds)),
        *[unsigned(flag) + text(reasons) for flag, reasons in kinds],
        *[_write_runs([sort[pair] for pair in zip(one.flags, one.reasons, strict=True)]) for one in columns],
        numbers.write([[value for value in one.values if value is not None] for one in columns]),
    ]
    return b"".join(parts)


def _read_columns(reader: Reader, names: Sequence[Names], most: int) -> list[Series]:
    count = reader.unsigned()
    if count > len(names):
        raise ValueError(f"{count} series under a legend of {len(names)}")
    order = [*accumulate((reader.unsigned() + 1 for _ in range(count)), initial=-1)][1:]
    times = [_read_times(reader) for _ in range(reader.unsigned())]
    offsets = [_one_of(times, at) for at in accumulate(reader.signed() for _ in range(count))]
    if (total := sum(map(len, offsets))) > most:
        raise ValueError(f"batch of {total} readings; expected at most {most}")
    kinds = [(int(Flag(reader.unsigned())), reader.text()) for _ in range(reader.unsigned())]
    qualities = [_read_runs(reader, kinds, len(one)) for one in offsets]
    missing = [sum(flag == Flag.MISSING for flag, _ in one) for one in qualities]
    values = numbers.read(reader, [len(one) - none for one, none in zip(offsets, missing, strict=True)])
    return [_series(_one_of(names, number), offsets[at], qualities[at], values[at]) for at, number in enumerate(order)]


def _series(names: Names, offsets: tuple[int, ...], kinds: list[tuple[int, str]], values: list[float]) -> Series:
    flags, reasons = zip(*kinds, strict=True) if kinds else ((), ())
    there = iter(values)
    whole = values if len(values) == len(flags) else [None if flag == Flag.MISSING else next(there) for flag in flags]
    return Series(names.instrument, names.channel, names.unit, names.code, offsets, tuple(whole), flags, reasons)


def _write_times(offsets: Sequence[int]) -> bytes:
    return unsigned(len(offsets)) + b"".join(signed(after - before) for before, after in pairwise((0, *offsets)))


def _read_times(reader: Reader) -> tuple[int, ...]:
    return tuple(accumulate(reader.signed() for _ in range(reader.unsigned())))


def _write_runs(sorts: Sequence[int]) -> bytes:
    """0 where all are of the first sort; else how many runs, and of each the sort and how long."""
    runs = [(sort, sum(1 for _ in run)) for sort, run in groupby(sorts)]
    if all(sort == 0 for sort, _ in runs):
        return unsigned(0)
    return unsigned(len(runs)) + many(number for run in runs for number in run)


def _read_runs(reader: Reader, kinds: Sequence[tuple[int, str]], count: int) -> list[tuple[int, str]]:
    runs = [(reader.unsigned(), reader.unsigned()) for _ in range(reader.unsigned())] or [(0, count)]
    if sum(length for _, length in runs) != count:
        raise ValueError(f"qualities of {sum(length for _, length in runs)} readings, expected {count}")
    return [kind for sort, length in runs if length for kind in [_one_of(kinds, sort)] * length]


def _one_of(things: Sequence[Thing], at: int) -> Thing:
    if not 0 <= at < len(things):
        raise ValueError(f"number {at} of {len(things)}")
    return things[at]
