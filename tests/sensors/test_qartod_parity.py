"""Our streaming tests give the flags of ioos_qc: on the vectors of the facts, and on random series frozen with it."""

from typing import Any

import pytest
from pydantic import ValidationError
from qartod_kit import deviates, golden, ms, ours, values, vectors

SERIES = golden()
# Of the facts' vectors these have no streaming answer: a value over a record that has no end, and an empty record.
NOT_OURS = {
    "attenuated_signal_test without test_period": lambda v: (
        "tinp" in v["args"] and v["fn"] == "attenuated_signal_test" and "test_period" not in v["args"]
    ),
    "a tolerance of 0, with which ioos_qc finds nothing": lambda v: (
        v["fn"] == "flat_line_test" and "tolerance" not in v["args"]
    ),
}


def name(vector: dict[str, Any]) -> str:
    return f"{vector['fn']}-{vector['args']['inp']}"


def refused(vector: dict[str, Any]) -> bool:
    return isinstance(vector["flags"], str)


KEPT = [v for v in vectors() if not refused(v) and not any(reason(v) for reason in NOT_OURS.values())]


@pytest.mark.parametrize("vector", KEPT, ids=name)
def test_the_facts_vectors(vector: dict[str, Any]) -> None:
    args = dict(vector["args"])
    x = values(args.pop("inp"))
    tinp = args.pop("tinp", None)
    times = ms(tinp) if tinp else [60_000 * at for at in range(len(x))]
    assert ours(vector["fn"], x, times, args) == vector["flags"]


def test_only_what_is_named_is_left_out() -> None:
    assert len(KEPT) == len(vectors()) - 4
    assert [sum(reason(v) for v in vectors()) for reason in NOT_OURS.values()] == [1, 1]


def test_spans_that_ioos_qc_refuses_are_refused() -> None:
    [vector] = [v for v in vectors() if refused(v) and v["fn"] == "gross_range_test"]
    assert "must fall within" in vector["flags"]
    with pytest.raises(ValidationError, match="must lie inside fail"):
        ours("gross_range_test", [1.0], [0], vector["args"])


def test_an_empty_series_has_no_flags() -> None:
    [vector] = [v for v in vectors() if refused(v) and v["fn"] == "spike_test"]
    assert "IndexError" in vector["flags"]
    assert ours("spike_test", [], [], vector["args"]) == []


@pytest.mark.parametrize("number", range(len(SERIES)))
def test_random_series(number: int) -> None:
    series = SERIES[number]
    t, x = [1000 * seconds for seconds in series["t"]], series["x"]
    for call in series["calls"]:
        fn, args = call["fn"], call["args"]
        flags = "".join(str(int(flag)) for flag in ours(fn, x, t, args))
        spared = [deviates(fn, x, t, args, at) for at in range(len(x))]
        hide = lambda found, spared=spared: "".join("." if s else f for f, s in zip(found, spared, strict=True))  # noqa: E731
        assert (fn, args, hide(flags)) == (fn, args, hide(call["flags"]))


def test_the_random_series_reach_every_flag_of_every_test() -> None:
    seen: dict[str, set[str]] = {}
    for call in (call for series in SERIES for call in series["calls"]):
        seen.setdefault(call["fn"], set()).update(call["flags"])
    assert {fn: "".join(sorted(flags)) for fn, flags in seen.items()} == {
        "gross_range_test": "1349",
        "spike_test": "12349",
        "rate_of_change_test": "1349",
        "flat_line_test": "1349",
        "attenuated_signal_test": "12349",
    }


def test_few_values_are_spared() -> None:
    """What may differ is named by `deviates`; everything else must be equal."""
    total, spared = 0, 0
    for series in SERIES:
        t, x = [1000 * seconds for seconds in series["t"]], series["x"]
        for call in series["calls"]:
            total += len(x)
            spared += sum(deviates(call["fn"], x, t, call["args"], at) for at in range(len(x)))
    assert total > 20_000
    assert spared < 0.1 * total
