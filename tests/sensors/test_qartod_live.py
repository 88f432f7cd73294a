"""Beside ioos_qc itself, on series that hypothesis makes; skipped by name where that library isn't installed.

To run it: the environment of oracle/qartod_regenerate.py, `pip install pytest pytest-timeout hypothesis pydantic`, and
`PYTHONPATH=. /tmp/ioos/bin/python -m pytest --confcutdir=tests/sensors tests/sensors/test_qartod_live.py`.
"""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qartod_kit import deviates, ours

qartod = pytest.importorskip("ioos_qc.qartod", reason="ioos_qc isn't installed: the frozen series must do")
numpy = pytest.importorskip("numpy")

GRID = st.integers(-20, 20).map(lambda step: step * 0.05)
VALUES = st.lists(st.none() | GRID | st.floats(-5, 5), min_size=3, max_size=40)
STEPS = st.integers(1, 600)
LIMIT = st.integers(1, 40).map(lambda step: step * 0.0503)


def theirs(fn: str, x: list[float | None], t: list[int], args: dict[str, Any]) -> list[int]:
    times = numpy.datetime64("2026-01-01T00:00:00") + numpy.array(t).astype("timedelta64[s]")
    timed = {} if fn in {"gross_range_test", "spike_test"} else {"tinp": times}
    inp = [math.nan if value is None else value for value in x]
    return [int(flag) for flag in getattr(qartod, fn)(inp=inp, **timed, **args)]


def agree(fn: str, x: list[float | None], t: list[int], args: dict[str, Any]) -> None:
    t_ms = [1000 * seconds for seconds in t]
    spared = [deviates(fn, x, t_ms, args, at) for at in range(len(x))]
    pairs = zip(theirs(fn, x, t, args), ours(fn, x, t_ms, args), spared, strict=True)
    assert [(a, int(b)) for a, b, spare in pairs if not spare and a != b] == []


def irregular(x: list[float | None], data: st.DataObject) -> list[int]:
    steps = data.draw(st.lists(st.integers(1, 900), min_size=len(x), max_size=len(x)))
    return [sum(steps[: at + 1]) for at in range(len(x))]


@given(x=VALUES, ends=st.lists(GRID, min_size=2, max_size=2, unique=True))
def test_gross_range(x: list[float | None], ends: list[float]) -> None:
    agree("gross_range_test", x, list(range(len(x))), {"fail_span": ends})


@given(x=VALUES, suspect=LIMIT, more=LIMIT, method=st.sampled_from(["average", "differential"]))
def test_spike(x: list[float | None], suspect: float, more: float, method: str) -> None:
    args = {"suspect_threshold": suspect, "fail_threshold": suspect + more, "method": method}
    agree("spike_test", x, list(range(len(x))), args)


@given(x=VALUES, suspect=LIMIT, more=LIMIT, data=st.data())
def test_rate_of_change(x: list[float | None], suspect: float, more: float, data: st.DataObject) -> None:
    args = {"threshold": suspect / 60, "fail_threshold": (suspect + more) / 60}
    agree("rate_of_change_test", x, irregular(x, data), args)


@given(x=VALUES, step=STEPS, suspect=st.integers(1, 9), more=st.integers(0, 9), tolerance=LIMIT)
def test_flat_line(x: list[float | None], step: int, suspect: int, more: int, tolerance: float) -> None:
    args = {
        "suspect_threshold": suspect * step,
        "fail_threshold": (suspect + more) * step,
        "tolerance": tolerance,
    }
    agree("flat_line_test", x, [step * at for at in range(len(x))], args)


@given(
    x=st.lists(st.none() | GRID, min_size=3, max_size=40),
    fail=LIMIT,
    more=LIMIT,
    window=st.integers(1, 4000),
    least=st.integers(1, 12),
    kind=st.sampled_from(["std", "range"]),
    data=st.data(),
)
def test_attenuated_signal(
    x: list[float | None], fail: float, more: float, window: int, least: int, kind: str, data: st.DataObject
) -> None:
    """Values on a grid and thresholds off it: pandas sums as it goes, so that ties fall either way."""
    thresholds = {"suspect_threshold": fail + more + 1e-6, "fail_threshold": fail + 1e-6}
    args = {**thresholds, "test_period": window, "min_obs": least, "check_type": kind}
    agree("attenuated_signal_test", x, irregular(x, data), args)
