"""Readings as they come from the stations, judged one by one; and earlier ones put right when the next tells more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sensors.quality.checks import Checks
from sensors.quality.combine import combined, comparable
from sensors.quality.neighbours import RateOfChange, SpikeTest, gross_range
from sensors.quality.stretches import AttenuatedTest, FlatLineTest
from sensors.quality.upkeep import Upkeep
from sensors.reading import Flag, Quality, Reading, Reason


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of some readings: each of them, in order, and corrections of earlier ones.

    A correction is the reading as it was given out before, with its final quality; instrument, channel, boot and
    monotonic time name which. Its flag is never better than the one it corrects, so that it may be kept, repeated or
    overtaken in any order.
    """

    readings: tuple[Reading, ...]
    corrections: tuple[Reading, ...] = ()


class Judge:
    """Everything that is remembered of the channels that have checks; for one thread.

    Memory is bounded by the checks, not by what comes. After a restart it begins anew.
    """

    def __init__(self, checks: Mapping[tuple[str, str], Checks]) -> None:
        """`checks` by names of instrument and channel."""
        self._channels = {name: _Channel(check) for name, check in checks.items()}

    def judge(self, readings: Iterable[Reading], upkeep: Sequence[Upkeep] = ()) -> Judged:
        """The readings with their flags, in the order given; `upkeep` is all that is known of now."""
        if not self._channels and not upkeep:
            return Judged(tuple(readings))
        judged: list[Reading] = []
        corrections: list[Reading] = []
        for reading in readings:
            reasons = tuple(work.kind for work in upkeep if work.covers(reading))
            channel = self._channels.get((reading.instrument, reading.channel))
            if channel is None:
                judged.append(_with(reading, combined(reading.quality, reasons, {})))
                continue
            now, earlier = channel.judge(reading, reasons)
            judged.append(now)
            corrections += [earlier] if earlier else []
        return Judged(tuple(judged), tuple(corrections))


class _Past:
    """The tests that remember, fresh for one boot."""

    def __init__(self, checks: Checks) -> None:
        self.rate = RateOfChange(checks.rate) if checks.rate else None
        self.flat_line = FlatLineTest(checks.flat_line) if checks.flat_line else None
        self.attenuated = AttenuatedTest(checks.attenuated) if checks.attenuated else None
        self.spike = SpikeTest(checks.spike) if checks.spike else None
        self.last: Reading | None = None

    def later(self, reading: Reading) -> bool:
        """Does time go on with this reading?"""
        return self.last is None or reading.at.mono_ms > self.last.at.mono_ms

    def same_boot(self, reading: Reading) -> bool:
        return self.last is None or reading.at.boot == self.last.at.boot

    def tests(self, t_ms: int, value: float | None) -> dict[Reason, Flag]:
        """What the tests say at once of a value."""
        tests = (
            (Reason.RATE, self.rate),
            (Reason.FLAT_LINE, self.flat_line),
            (Reason.ATTENUATED, self.attenuated),
        )
        return {reason: test.feed(t_ms, value) for reason, test in tests if test is not None}

    def spiked(self, t_ms: int, value: float | None) -> Reading | None:
        """The reading before, if this value makes a spike of it."""
        flag = self.spike.feed(t_ms, value) if self.spike else None
        if flag is None or self.last is None:
            return None
        quality = combined(self.last.quality, (), {Reason.SPIKE: flag})
        return _with(self.last, quality) if quality != self.last.quality else None


class _Channel:
    """One channel with its checks and its past."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._past = _Past(checks)

    def judge(self, reading: Reading, upkeep: Iterable[Reason]) -> tuple[Reading, Reading | None]:
        """The reading with its flag, and the one before if it is to be put right."""
        quality = combined(reading.quality, upkeep, self._range(reading.value))
        if not self._past.same_boot(reading):
            self._past = _Past(self._checks)
        if not self._past.later(reading):  # a moment that was judged already: what follows must not be shaken by it
            return _with(reading, quality), None
        t_ms, value = reading.at.mono_ms, reading.value if comparable(quality) else None
        now = _with(reading, combined(quality, (), self._past.tests(t_ms, value)))
        earlier = self._past.spiked(t_ms, value)
        self._past.last = now
        return now, earlier

    def _range(self, value: float | None) -> dict[Reason, Flag]:
        if self._checks.range is None or value is None:
            return {}
        fail = self._checks.range.fail
        reason = Reason.OVER_RANGE if fail is not None and value > fail[1] else Reason.RANGE
        return {reason: gross_range(self._checks.range, value)}


def _with(reading: Reading, quality: Quality) -> Reading:
    return reading if quality == reading.quality else replace(reading, quality=quality)
