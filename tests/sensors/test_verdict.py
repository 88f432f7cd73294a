"""A status never makes a value better, keeps what was wrong before, and gives its reason once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.channel import Verdict
from sensors.decode import Decoded
from sensors.reading import GOOD, Flag, Quality, Reason
from sensors.verdict import under, unjudged

QUALITIES = [GOOD, Quality(Flag.SUSPECT, (Reason.RANGE,)), Quality(Flag.BAD, (Reason.RANGE,))]


@pytest.mark.parametrize(
    ("verdict", "flag", "reasons"),
    [
        (Verdict.GOOD, Flag.GOOD, ()),
        (Verdict.WARMING, Flag.UNKNOWN, (Reason.WARM_UP,)),
        (Verdict.SUSPECT, Flag.SUSPECT, (Reason.STATUS,)),
        (Verdict.BAD, Flag.BAD, (Reason.STATUS,)),
        (Verdict.MISSING, Flag.MISSING, (Reason.STATUS,)),
    ],
)
def test_each_verdict_on_a_good_value(verdict: Verdict, flag: Flag, reasons: tuple[Reason, ...]) -> None:
    found = under(Decoded(5.0, GOOD), verdict)
    assert found == Decoded(None if flag is Flag.MISSING else 5.0, Quality(flag, reasons))


@given(st.sampled_from(QUALITIES), st.lists(st.sampled_from(list(Verdict)), max_size=4))
def test_a_verdict_never_improves_and_never_forgets(quality: Quality, verdicts: list[Verdict]) -> None:
    decoded = Decoded(5.0, quality)
    for verdict in verdicts:
        before, decoded = decoded, under(decoded, verdict)
        assert decoded.quality.flag >= before.quality.flag
        assert set(before.quality.reasons) <= set(decoded.quality.reasons)
    assert len(set(decoded.quality.reasons)) == len(decoded.quality.reasons)
    assert (decoded.value is None) == (decoded.quality.flag is Flag.MISSING)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_is_missing_stays_missing_for_its_own_reason(verdict: Verdict) -> None:
    missing = Decoded(None, Quality(Flag.MISSING, (Reason.NO_REPLY,)))
    assert under(missing, verdict) == missing
    assert unjudged(missing) == missing


def test_without_a_judgement_a_value_is_not_called_good() -> None:
    assert unjudged(Decoded(5.0, GOOD)) == Decoded(5.0, Quality(Flag.UNKNOWN, (Reason.STATUS,)))
    bad = Quality(Flag.BAD, (Reason.RANGE,))
    assert unjudged(Decoded(5.0, bad)) == Decoded(5.0, Quality(Flag.BAD, (Reason.STATUS, Reason.RANGE)))
