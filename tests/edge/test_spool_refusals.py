"""Whose fault a refusal is: the message's, which is set aside, or everybody's, which is waited out."""

from edge.spool.message import Rank
from edge.spool.refusals import FIRST_S, LONGEST_S, MAX_NAMED, MOST, Refusals

NAME = ("s", 1)


def test_what_the_broker_finds_fault_with_is_set_aside_at_once() -> None:
    assert Refusals().refused(NAME, Rank.READING, 0.0, final=True)


def test_what_is_refused_while_others_pass_is_set_aside_after_a_few_times() -> None:
    refusals, now = Refusals(), 0.0
    for _ in range(MOST - 1):
        assert not refusals.refused(NAME, Rank.EVIDENCE, now, final=False)
        refusals.taken({Rank.HEALTH})
        now += 400
    assert refusals.refused(NAME, Rank.EVIDENCE, now, final=False)


def test_where_nothing_passes_nothing_is_set_aside() -> None:
    refusals = Refusals()
    assert not any(refusals.refused(NAME, Rank.READING, 400.0 * turn, final=False) for turn in range(100))


def test_a_rank_rests_longer_and_longer_and_others_do_not() -> None:
    refusals = Refusals()
    refusals.refused(NAME, Rank.EVIDENCE, 0.0, final=False)
    refusals.refused(("s", 2), Rank.EVIDENCE, 0.1, final=False)  # of the same burst
    assert refusals.rests(Rank.EVIDENCE, FIRST_S - 0.1)
    assert not refusals.rests(Rank.ALARM, 1.0)
    assert not refusals.rests(Rank.EVIDENCE, FIRST_S)
    now = FIRST_S
    for _ in range(10):
        refusals.refused(NAME, Rank.EVIDENCE, now, final=False)
        now += LONGEST_S
        assert not refusals.rests(Rank.EVIDENCE, now)
    refusals.refused(NAME, Rank.EVIDENCE, now, final=False)
    assert refusals.rests(Rank.EVIDENCE, now + LONGEST_S - 1)
    refusals.taken({Rank.EVIDENCE})
    assert not refusals.rests(Rank.EVIDENCE, now + 1)


def test_only_so_many_are_remembered() -> None:
    refusals = Refusals()
    for number in range(3 * MAX_NAMED):
        refusals.refused(("s", number), Rank.READING, 0.0, final=False)
    assert len(refusals._counts) == MAX_NAMED
