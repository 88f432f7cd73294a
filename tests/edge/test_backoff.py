"""Waits double, stay bounded, are jittered downwards by at most a half, and never end."""

from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.backoff import Backoff

LUCK = st.floats(0, 1, exclude_max=True)


def test_doubles_without_luck() -> None:
    backoff = Backoff(first=1, longest=300)
    assert [backoff.wait(failures, 0) for failures in (1, 2, 3, 9, 10)] == [1, 2, 4, 256, 300]


@given(st.integers(0, 10_000), LUCK)
def test_always_between_half_and_whole(failures: int, luck: float) -> None:
    whole = Backoff().wait(failures, 0)
    assert 1 <= whole <= 300
    assert whole / 2 <= Backoff().wait(failures, luck) <= whole


def test_two_devices_do_not_come_back_together() -> None:
    assert Backoff().wait(5, 0.1) != Backoff().wait(5, 0.9)
