"""Findings of many kinds, one flag: the worst wins, every reason stays, and nothing is made better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.quality.combine import NOT_THE_MEDIUM, aggregate, combined, comparable
from sensors.quality.upkeep import KINDS
from sensors.reading import GOOD, Flag, Quality, Reason

FLAGS = st.sampled_from(Flag)
TESTS = (Reason.RANGE, Reason.RATE, Reason.SPIKE, Reason.FLAT_LINE, Reason.ATTENUATED)
KNOWN = st.builds(Quality, FLAGS, st.lists(st.sampled_from(Reason), unique=True, max_size=3).map(tuple))
FOUND = st.dictionaries(st.sampled_from(TESTS), FLAGS)
UPKEEP = st.lists(st.sampled_from(KINDS), max_size=2)
WARM = Quality(Flag.UNKNOWN, (Reason.WARM_UP,))


def test_the_aggregate_of_ioos_qc() -> None:
    """Executed with 3.0.0: qartod_compare([1,2,9,1,3], [2,9,9,4,1]) -> [1,2,9,4,3]."""
    pairs = zip((1, 2, 9, 1, 3), (2, 9, 9, 4, 1), strict=True)
    assert [aggregate(map(Flag, pair)) for pair in pairs] == [1, 2, 9, 4, 3]


def test_the_aggregate_of_nothing_is_missing() -> None:
    assert aggregate([]) is Flag.MISSING


def test_what_no_test_was_asked_about_is_as_good_as_its_frame() -> None:
    assert combined(GOOD, (), {}) == GOOD
    assert combined(WARM, (), {}) == WARM


@pytest.mark.parametrize("flag", [Flag.GOOD, Flag.UNKNOWN, Flag.MISSING])
def test_a_test_that_passed_or_could_not_be_evaluated_changes_nothing(flag: Flag) -> None:
    for known in (GOOD, WARM, Quality(Flag.SUSPECT, (Reason.STATUS,))):
        assert combined(known, (), {Reason.SPIKE: flag}) == known


def test_a_passed_test_does_not_make_warming_up_good() -> None:
    assert combined(WARM, (), {Reason.RATE: Flag.GOOD}).flag is Flag.UNKNOWN


def test_the_worst_wins_and_reasons_keep_their_order() -> None:
    known = Quality(Flag.SUSPECT, (Reason.WARM_UP, Reason.STATUS))
    tests = {Reason.RANGE: Flag.BAD, Reason.RATE: Flag.GOOD, Reason.FLAT_LINE: Flag.SUSPECT}
    reasons = (Reason.WARM_UP, Reason.STATUS, Reason.MAINTENANCE, Reason.RANGE, Reason.FLAT_LINE)
    assert combined(known, (Reason.MAINTENANCE,), tests) == Quality(Flag.BAD, reasons)


def test_upkeep_leaves_a_good_value_unknown_and_a_missing_one_missing() -> None:
    assert combined(GOOD, (Reason.CALIBRATION,), {}) == Quality(Flag.UNKNOWN, (Reason.CALIBRATION,))
    silent = Quality(Flag.MISSING, (Reason.NO_REPLY,))
    assert combined(silent, (Reason.STOPPED,), {}) == Quality(Flag.MISSING, (Reason.NO_REPLY, Reason.STOPPED))


def test_a_reason_is_said_once() -> None:
    known = Quality(Flag.SUSPECT, (Reason.RANGE,))
    assert combined(known, (), {Reason.RANGE: Flag.BAD}) == Quality(Flag.BAD, (Reason.RANGE,))


@given(known=KNOWN, upkeep=UPKEEP, tests=FOUND)
def test_nothing_is_made_better_nor_forgotten(known: Quality, upkeep: list[Reason], tests: dict[Reason, Flag]) -> None:
    quality = combined(known, upkeep, tests)
    assert quality.flag >= known.flag
    assert (quality.flag is Flag.MISSING) == (known.flag is Flag.MISSING)
    assert quality.reasons[: len(known.reasons)] == known.reasons
    assert len(set(quality.reasons)) == len(quality.reasons)
    assert combined(quality, upkeep, tests) == quality


@given(known=KNOWN, upkeep=UPKEEP, tests=FOUND)
def test_only_a_finding_takes_the_good_away(known: Quality, upkeep: list[Reason], tests: dict[Reason, Flag]) -> None:
    complaint = {Flag.SUSPECT, Flag.BAD} & set(tests.values())
    assert (combined(known, upkeep, tests).flag is Flag.GOOD) == (
        known.flag is Flag.GOOD and not upkeep and not complaint
    )


@pytest.mark.parametrize("reason", sorted(NOT_THE_MEDIUM))
def test_a_value_of_something_else_is_not_compared(reason: Reason) -> None:
    assert not comparable(Quality(Flag.UNKNOWN, (Reason.STATUS, reason)))


def test_bad_and_missing_values_are_not_compared_but_doubtful_ones_are() -> None:
    assert comparable(GOOD)
    assert comparable(Quality(Flag.SUSPECT, (Reason.RANGE,)))
    assert comparable(Quality(Flag.UNKNOWN, (Reason.STATUS,)))
    assert not comparable(Quality(Flag.BAD, (Reason.RANGE,)))
    assert not comparable(Quality(Flag.MISSING, (Reason.NO_REPLY,)))
