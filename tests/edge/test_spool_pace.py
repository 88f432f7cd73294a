"""The hour's bytes: what may be saved up, what a large message costs, and that nothing is given away."""

from hypothesis import given
from hypothesis import strategies as st

from edge.spool.pace import OVERHEAD, Pace


def test_without_a_budget_everything_may_go() -> None:
    pace = Pace()
    pace.spend(10**9)
    assert pace.free(0.0)


def test_five_minutes_may_be_saved_up() -> None:
    pace = Pace(36_000)  # ten bytes a second
    assert pace.free(0.0)
    pace.spend(3_000 - OVERHEAD)
    assert not pace.free(0.0)
    assert pace.free(0.2)
    assert pace.free(10_000.0)
    pace.spend(3_000 - OVERHEAD)
    assert not pace.free(10_000.0), "not more than five minutes' worth, however long nothing was sent"


def test_a_large_message_passes_and_is_paid_for() -> None:
    pace = Pace(36_000)
    assert pace.free(0.0)
    pace.spend(13_000 - OVERHEAD)
    assert not pace.free(999.0)
    assert pace.free(1_001.0)


@given(st.integers(1_000, 10**7), st.lists(st.tuples(st.floats(0, 900), st.integers(1, 50_000)), max_size=60))
def test_no_more_than_the_budget_but_for_the_last_message(rate: int, steps: list[tuple[float, int]]) -> None:
    pace, now, spent, last = Pace(rate), 0.0, 0, 0
    for wait, size in steps:
        now += wait
        if pace.free(now):
            pace.spend(size)
            spent += size + OVERHEAD
            last = size + OVERHEAD
        assert spent - last <= rate * (now + 300) / 3600 + 1e-6
