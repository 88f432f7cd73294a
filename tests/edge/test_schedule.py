"""Due times: staggered at the start, without drift afterwards, late cycles skipped and counted, never queued."""

from hypothesis import given
from hypothesis import strategies as st

from edge.schedule import Schedule


def test_first_turns_are_spread() -> None:
    schedule = Schedule({"a": 10.0, "b": 10.0}, start=100.0)
    assert schedule.due(100.0) == ["a"]
    assert schedule.next_at() == 100.5
    assert schedule.due(100.5) == ["b"]


def test_no_drift_when_a_poll_takes_long() -> None:
    schedule = Schedule({"a": 10.0}, start=0.0)
    times = []
    now = 0.0
    for _ in range(5):
        now = max(now, schedule.next_at()) + 0.7
        assert schedule.due(now) == ["a"]
        times.append(schedule.next_at())
    assert times == [10.0, 20.0, 30.0, 40.0, 50.0]


def test_late_cycles_are_skipped_and_counted() -> None:
    schedule = Schedule({"a": 10.0}, start=0.0)
    assert schedule.due(0.0) == ["a"]
    assert schedule.due(35.0) == ["a"]
    assert schedule.due(35.0) == []
    assert schedule.skipped("a") == 2
    assert schedule.next_at() == 40.0


def test_the_longest_waiting_goes_first() -> None:
    schedule = Schedule({"slow": 60.0, "quick": 1.0}, start=0.0)
    schedule.due(1.0)
    assert schedule.due(61.0) == ["quick", "slow"]


def test_nothing_to_do() -> None:
    assert Schedule({}, 0.0).next_at() == float("inf")


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.lists(st.floats(0, 50), max_size=60))
def test_every_cycle_is_polled_or_counted(periods: list[float], steps: list[float]) -> None:
    names = {f"i{index}": period for index, period in enumerate(periods)}
    schedule, now, polled = Schedule(names, 0.0), 0.0, dict.fromkeys(names, 0)
    for step in steps:
        now += step
        for name in schedule.due(now):
            polled[name] += 1
    for index, (name, period) in enumerate(names.items()):
        first = min(period, 1.0) * index / len(names)
        came = int((now - first) // period) + 1 if steps and now >= first else 0
        assert abs(polled[name] + schedule.skipped(name) - came) <= 1  # one for rounding at the very edge
    assert schedule.next_at() >= now or not steps
