"""Runs of numbers, both ends included: how acknowledgements name many messages in few bytes. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Run = tuple[int, int]


def merged(runs: Iterable[Run]) -> list[Run]:
    """The same numbers in the fewest runs, in order; runs that end before they begin hold nothing."""
    found: list[Run] = []
    for first, last in sorted(run for run in runs if run[0] <= run[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def holds(runs: Sequence[Run], number: int) -> bool:
    """Is the number in one of these runs, which are merged?"""
    at = bisect_right(runs, number, key=lambda run: run[0]) - 1
    return at >= 0 and runs[at][0] <= number <= runs[at][1]
