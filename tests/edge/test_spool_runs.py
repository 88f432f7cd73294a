"""Runs of numbers, held against plain sets."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.spool.runs import holds, merged

RUNS = st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=12)


@given(RUNS)
def test_the_same_numbers_in_the_fewest_runs(runs: list[tuple[int, int]]) -> None:
    numbers = {number for first, last in runs for number in range(first, last + 1)}
    found = merged(runs)
    assert {number for first, last in found for number in range(first, last + 1)} == numbers
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))
    assert {number for number in range(-10, 50) if holds(found, number)} == numbers


def test_a_run_may_be_as_long_as_it_likes() -> None:
    [run] = merged([(1, 2**63), (5, 2**70)])
    assert run == (1, 2**70)
    assert holds([run], 2**62)
