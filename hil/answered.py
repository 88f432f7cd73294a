"""What the instruments answered, held against what was kept: an answer may be missing only where `sense` was killed.

A bus is asked one thing at a time, and what is kept is kept in that order. So a killed program loses the end of what
its buses were answered in that life and nothing else: an unkept answer before a kept one of the same life is a loss.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from hil.virtual.answers import Answer

LATE_MS = 2000
"""So long after `sense` gave up an answer still belongs to what it had asked."""


@dataclass(frozen=True, slots=True)
class Unkept:
    """Answers that became no reading: `cut_off` at the end of a life, `lost` in its midst.

    `longest` is the longest such end, in answers of one bus. `late` came when `sense` had already given up and written
    down that there was none: a busy machine lets simulated instruments dawdle.
    """

    answers: int
    cut_off: int
    longest: int
    lost: tuple[Answer, ...]
    late: int = 0


def unkept(
    answers: Sequence[Answer],
    stamps: Mapping[str, Sequence[int]],
    starts: Iterable[int],
    given_up: Mapping[str, Sequence[int]] | None = None,
) -> Unkept:
    """Hold answers against the times of the readings that were kept of each instrument.

    An answer is kept if a reading of its instrument was stamped from then on and before the instrument's next answer.
    `given_up` are the times of readings that say that there was no answer.
    `starts` are the moments when `sense` was started. All times in milliseconds since boot.
    """
    begun = sorted(starts)
    kept = _kept(answers, stamps)
    lost: list[Answer] = []
    ends = [0]

    def life(answer: Answer) -> tuple[str, int]:
        return bus_of(answer.instrument), bisect_left(begun, answer.mono_ms)

    for _, group in groupby(sorted(answers, key=lambda one: (*life(one), one.mono_ms)), life):
        course = list(group)
        last = max((at for at, one in enumerate(course) if one in kept), default=-1)
        lost += [one for one in course[: max(last, 0)] if one not in kept]
        ends.append(len(course) - 1 - last)
    late = [one for one in lost if _is_late(one, (given_up or {}).get(one.instrument, ()))]
    return Unkept(len(answers), sum(ends), max(ends), tuple(one for one in lost if one not in late), len(late))


def _is_late(answer: Answer, given_up: Sequence[int]) -> bool:
    return any(answer.mono_ms - LATE_MS <= moment <= answer.mono_ms for moment in given_up)


def bus_of(instrument: str) -> str:
    """The bus of an instrument, by the names that the virtual site's file gives."""
    return instrument.rsplit("-", 1)[0]


def _kept(answers: Sequence[Answer], stamps: Mapping[str, Sequence[int]]) -> set[Answer]:
    kept: set[Answer] = set()
    for name, group in groupby(
        sorted(answers, key=lambda one: (one.instrument, one.mono_ms)), lambda one: one.instrument
    ):
        own, times = list(group), sorted(stamps.get(name, ()))
        ends = [one.mono_ms for one in own[1:]] + [2**63]
        for answer, end in zip(own, ends, strict=True):
            at = bisect_left(times, answer.mono_ms)
            if at < len(times) and times[at] < end:
                kept.add(answer)
    return kept
