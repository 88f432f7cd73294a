"""The whole site as rows: every channel of every instrument, from what the running programs left (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensors.channel import Channel
from sensors.profile import Profile
from sensors.quality.marks import mark
from sensors.quality.upkeep import Upkeep
from sensors.reading import Quality, Reading, Stamp


@dataclass(frozen=True, slots=True)
class Stood:
    """One instrument of the site: its name there, and the channels that are read."""

    name: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One channel; no quality and no age before its first reading. `trouble` is its instrument's, in words."""

    instrument: str
    channel: str
    zh: str
    en: str
    value: float | None
    unit: str
    quality: Quality | None
    age_s: float | None
    trouble: str

    @property
    def mark(self) -> str:
        """The data flag of HJ 212; empty before the first reading."""
        return "" if self.quality is None else str(mark(self.quality))


def stood(name: str, profile: Profile, wanted: Sequence[str]) -> Stood:
    """An instrument with the channels that the site wants of its model, or with the model's routine."""
    named = tuple(channel for channel in profile.channels if channel.name in wanted)
    return Stood(name, named if wanted else profile.routine)


def rows(
    instruments: Sequence[Stood], newest: Mapping[tuple[str, str], Reading], troubles: Mapping[str, str], now: Stamp
) -> Iterator[Row]:
    """A row for each channel in the site's order, and then for whatever else was read."""
    known = set()
    for instrument in instruments:
        trouble = troubles.get(instrument.name, "")
        for channel in instrument.channels:
            names = instrument.name, channel.name
            known.add(names)
            yield _row(names, (channel.quantity.zh, channel.quantity.en), channel.unit, newest.get(names), trouble, now)
    for names, reading in newest.items():
        if names not in known:
            words = (reading.channel, reading.channel)
            yield _row(names, words, reading.unit, reading, troubles.get(reading.instrument, ""), now)


def _row(
    names: tuple[str, str], words: tuple[str, str], unit: str, reading: Reading | None, trouble: str, now: Stamp
) -> Row:
    if reading is None:
        return Row(*names, *words, None, unit, None, None, trouble)
    return Row(*names, *words, reading.value, unit, reading.quality, age_s(reading.at, now), trouble)


def age_s(at: Stamp, now: Stamp) -> float:
    """Seconds from `at` to `now`: by the monotonic clock within a boot, else by the wall clock; never below 0."""
    same = at.boot == now.boot
    return max(0.0, (now.mono_ms - at.mono_ms if same else now.wall_ms - at.wall_ms) / 1000)


def under_way(upkeep: Sequence[Upkeep], now_ms: int) -> list[Upkeep]:
    """The windows that last now."""
    return [work for work in upkeep if work.from_ms <= now_ms and (work.until_ms is None or now_ms < work.until_ms)]
