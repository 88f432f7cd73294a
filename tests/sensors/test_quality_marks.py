"""Quality as the data flags of HJ 212-2017: every quality has one, and each of the eight is reached."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.quality.marks import MARKS, Mark, mark
from sensors.reading import GOOD, Flag, Quality, Reason

REASONS = st.lists(st.sampled_from(Reason), unique=True, max_size=4).map(tuple)


def test_every_reason_has_its_row() -> None:
    assert set(MARKS) == set(Reason)


def test_the_letters_are_those_of_table_8() -> None:
    assert sorted(Mark) == sorted("NFMSDCTB")


def test_each_letter_is_reached() -> None:
    qualities = [Quality(flag, (reason,)) for flag in Flag for reason in Reason]
    assert {mark(quality) for quality in qualities} == set(Mark)


@pytest.mark.parametrize(
    ("flag", "reasons", "letter"),
    [
        (Flag.GOOD, (), "N"),
        (Flag.MISSING, (Reason.NO_REPLY,), "B"),
        (Flag.MISSING, (Reason.PORT,), "B"),
        (Flag.MISSING, (Reason.CRC,), "B"),
        (Flag.MISSING, (Reason.PENDING,), "B"),
        (Flag.MISSING, (Reason.REFUSED,), "D"),
        (Flag.MISSING, (Reason.SENTINEL,), "D"),
        (Flag.MISSING, (Reason.NOT_FINITE,), "D"),
        (Flag.MISSING, (Reason.STATUS,), "D"),
        (Flag.MISSING, (), "B"),
        (Flag.BAD, (Reason.RANGE,), "D"),
        (Flag.BAD, (Reason.OVER_RANGE,), "T"),
        (Flag.BAD, (Reason.OVER_RANGE, Reason.SPIKE), "T"),
        (Flag.BAD, (Reason.STATUS,), "D"),
        (Flag.BAD, (Reason.FLAT_LINE,), "D"),
        (Flag.BAD, (), "D"),
        (Flag.BAD, (Reason.NOT_JUDGED,), "D"),
        (Flag.SUSPECT, (Reason.RANGE, Reason.SPIKE, Reason.STATUS), "N"),
        (Flag.UNKNOWN, (Reason.WARM_UP,), "M"),
        (Flag.UNKNOWN, (Reason.MAINTENANCE,), "M"),
        (Flag.UNKNOWN, (Reason.CALIBRATION,), "C"),
        (Flag.UNKNOWN, (Reason.STOPPED,), "F"),
        (Flag.UNKNOWN, (Reason.MANUAL,), "S"),
        (Flag.UNKNOWN, (Reason.NOT_JUDGED,), "N"),
        (Flag.UNKNOWN, (), "N"),
        (Flag.BAD, (Reason.CALIBRATION, Reason.OVER_RANGE), "C"),
        (Flag.BAD, (Reason.MAINTENANCE, Reason.CALIBRATION), "C"),
        (Flag.MISSING, (Reason.NO_REPLY, Reason.STOPPED), "F"),
    ],
)
def test_a_quality_becomes_a_letter(flag: Flag, reasons: tuple[Reason, ...], letter: str) -> None:
    assert mark(Quality(flag, reasons)) == letter


@given(flag=st.sampled_from([Flag.BAD, Flag.MISSING]), reasons=REASONS)
def test_what_is_bad_or_missing_is_never_called_normal(flag: Flag, reasons: tuple[Reason, ...]) -> None:
    assert mark(Quality(flag, reasons)) is not Mark.NORMAL


@given(flag=st.sampled_from([flag for flag in Flag if flag is not Flag.GOOD]), reasons=REASONS)
def test_the_order_of_reasons_does_not_matter(flag: Flag, reasons: tuple[Reason, ...]) -> None:
    assert mark(Quality(flag, reasons)) is mark(Quality(flag, reasons[::-1]))


def test_what_people_did_explains_whatever_was_found_meanwhile() -> None:
    people = {Reason.MAINTENANCE: "M", Reason.CALIBRATION: "C", Reason.STOPPED: "F", Reason.MANUAL: "S"}
    for (work, letter), (other, _) in combinations([*people.items(), *((r, "") for r in Reason if r not in people)], 2):
        if other not in people and other is not Reason.WARM_UP:
            for flag in (Flag.UNKNOWN, Flag.SUSPECT, Flag.BAD, Flag.MISSING):
                if work in people:
                    assert mark(Quality(flag, (other, work))) == letter
    assert mark(GOOD) is Mark.NORMAL
