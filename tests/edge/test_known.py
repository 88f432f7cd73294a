"""What is known of a boot's wall time: bounds that hold, and the better of two knowledges."""

from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.known import Known, better, known_by, measured
from sensors.reading import ClockState, Stamp

MOMENTS = st.integers(0, 10**10)
ERRORS = st.integers(0, 10**6)
KNOWN = st.builds(Known, st.sampled_from(["a", "b"]), st.integers(0, 2 * 10**12), ERRORS, MOMENTS)


def test_the_error_grows_with_the_crystals_drift_both_ways() -> None:
    known = Known("b", 1_790_000_000_000, 10, 1_000_000)
    assert known.error_at(1_000_000) == 10
    assert known.error_at(1_000_001) == 11, "never rounded in its favour"
    assert known.error_at(2_000_000) == known.error_at(0) == 60
    assert known.error_at(1_000_000 + 86_400_000) == 4330


def test_a_stamp_by_what_is_known() -> None:
    assert Known("b", 1_790_000_000_000, 10, 0).stamp(20_000) == Stamp(
        1_790_000_020_000, 20_000, "b", ClockState.SYNCHRONISED, 11
    )


@given(MOMENTS, MOMENTS, ERRORS)
def test_a_stamp_tells_what_its_clock_knew(wall: int, mono: int, error: int) -> None:
    at = Stamp(wall, mono, "b", ClockState.SYNCHRONISED, error)
    assert known_by(at).stamp(mono) == at


@given(asked=MOMENTS, there=st.integers(0, 10_000), back=st.integers(0, 10_000), off=st.integers(-5000, 5000))
def test_true_time_is_within_the_bound_however_lopsided_the_way(asked: int, there: int, back: int, off: int) -> None:
    """The gateway reads its clock, which is off by `off` and says so, when the question has come."""
    true_offset = 1_790_000_000_000
    wall = true_offset + asked + there + off
    known = measured("b", asked, asked + there + back, wall, abs(off))
    assert abs(known.offset_ms - true_offset) <= known.error_ms
    assert known.error_ms <= (there + back) / 2 + abs(off) + 1


def test_the_more_exact_is_believed() -> None:
    rough, fine = Known("b", 1000, 500, 0), Known("b", 1100, 20, 60_000)
    assert better(rough, fine) is fine
    assert better(fine, Known("b", 1200, 500, 120_000)) is fine


def test_a_knowledge_gets_old() -> None:
    """After a day at 50 ppm, 20 ms have become 4.3 s."""
    old, new = Known("b", 1000, 20, 0), Known("b", 1100, 500, 86_400_000)
    assert better(old, new) is new


def test_of_two_that_cannot_both_be_true_the_newer_is_believed() -> None:
    assert better(Known("b", 1000, 20, 0), new := Known("b", 90_000, 500, 1000)) is new


def test_another_boots_knowledge_is_none() -> None:
    assert better(Known("a", 1000, 1, 0), new := Known("b", 1000, 500, 0)) is new
    assert better(None, new) is new


@given(KNOWN, KNOWN)
def test_what_is_believed_is_one_of_the_two(had: Known, found: Known) -> None:
    assert better(had, found) in (had, found)
    assert better(had, had) is had
