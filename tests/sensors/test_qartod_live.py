"""Beside ioos_qc itself, on series that hypothesis makes; it answers from an environment of its own (oracle/)."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qartod_kit import deviates, ours

PYTHON = Path(__file__).parents[2] / "build" / "oracle" / "bin" / "python"
ORACLE = Path(__file__).with_name("oracle") / "qartod_oracle.py"
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="ioos_qc isn't there (./dev check installs it): the frozen series must do"
)

GRID = st.integers(-20, 20).map(lambda step: step * 0.05)
VALUES = st.lists(st.none() | GRID | st.floats(-5, 5), min_size=3, max_size=40)
STEPS = st.integers(1, 600)
LIMIT = st.integers(1, 40).map(lambda step: step * 0.0503)

Agree = Callable[[str, list[float | None], list[int], dict[str, Any]], None]


@pytest.fixture(scope="module")
def agree() -> Iterator[Agree]:
    """Fails where our flags for a call differ from ioos_qc's, deviations apart."""
    with subprocess.Popen([PYTHON, ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        asked, answers = child.stdin, child.stdout
        assert asked
        assert answers

        def check(fn: str, x: list[float | None], t: list[int], args: dict[str, Any]) -> None:
            asked.write(json.dumps({"fn": fn, "t": t, "x": x, "args": args}) + "\n")
            asked.flush()
            theirs = answers.readline().strip()
            t_ms = [1000 * seconds for seconds in t]
            spared = [deviates(fn, x, t_ms, args, at) for at in range(len(x))]
            pairs = zip(theirs, ours(fn, x, t_ms, args), spared, strict=True)
            assert [(a, int(b)) for a, b, spare in pairs if not spare and int(a) != b] == []

        yield check
        asked.close()


def irregular(x: list[float | None], data: st.DataObject) -> list[int]:
    steps = data.draw(st.lists(st.integers(1, 900), min_size=len(x), max_size=len(x)))
    return [sum(steps[: at + 1]) for at in range(len(x))]


@given(x=VALUES, ends=st.lists(GRID, min_size=2, max_size=2, unique=True))
def test_gross_range(agree: Agree, x: list[float | None], ends: list[float]) -> None:
    agree("gross_range_test", x, list(range(len(x))), {"fail_span": ends})


@given(x=VALUES, suspect=LIMIT, more=LIMIT, method=st.sampled_from(["average", "differential"]))
def test_spike(agree: Agree, x: list[float | None], suspect: float, more: float, method: str) -> None:
    args = {"suspect_threshold": suspect, "fail_threshold": suspect + more, "method": method}
    agree("spike_test", x, list(range(len(x))), args)


@given(x=VALUES, suspect=LIMIT, more=LIMIT, data=st.data())
def test_rate_of_change(agree: Agree, x: list[float | None], suspect: float, more: float, data: st.DataObject) -> None:
    args = {"threshold": suspect / 60, "fail_threshold": (suspect + more) / 60}
    agree("rate_of_change_test", x, irregular(x, data), args)


@given(x=VALUES, step=STEPS, suspect=st.integers(1, 9), more=st.integers(0, 9), tolerance=LIMIT)
def test_flat_line(agree: Agree, x: list[float | None], step: int, suspect: int, more: int, tolerance: float) -> None:
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
    agree: Agree,
    x: list[float | None],
    fail: float,
    more: float,
    window: int,
    least: int,
    kind: str,
    data: st.DataObject,
) -> None:
    """Values on a grid and thresholds off it: pandas sums as it goes, so that ties fall either way."""
    thresholds = {"suspect_threshold": fail + more + 1e-6, "fail_threshold": fail + 1e-6}
    args = {**thresholds, "test_period": window, "min_obs": least, "check_type": kind}
    agree("attenuated_signal_test", x, irregular(x, data), args)
