"""Calls of ioos_qc, answered by our streaming tests: one value at a time, nothing known of what follows."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sensors.quality.checks import Attenuated, FlatLine, GrossRange, Measure, Method, Rate, Spike
from sensors.quality.neighbours import RateOfChange, SpikeTest, gross_range
from sensors.quality.stretches import AttenuatedTest, FlatLineTest
from sensors.reading import Flag
from sensors.strict import Strict

HERE = Path(__file__).parent
Values = Sequence[float | None]
Times = Sequence[int]


def vectors() -> list[dict[str, Any]]:
    """The facts' vectors (../shared/facts/qc), executed with ioos_qc 3.0.0."""
    return json.loads((HERE / "qartod_vectors.json").read_text("utf-8"))["vectors"]


def golden() -> list[dict[str, Any]]:
    """Random series with ioos_qc's flags, as oracle/qartod_regenerate.py wrote them; times in seconds."""
    return json.loads((HERE / "qartod_golden.json").read_text("utf-8"))["series"]


def built(model: type[Strict], **table: object) -> Any:
    """A test's settings as a file has them: what is None isn't written."""
    return model.model_validate({key: value for key, value in table.items() if value is not None})


def ms(tinp: Sequence[str]) -> list[int]:
    return [round(datetime.fromisoformat(text).timestamp() * 1000) for text in tinp]


def values(inp: Sequence[float | None]) -> list[float | None]:
    return [None if value is None or math.isnan(value) else value for value in inp]


def gross_range_test(x: Values, _t: Times, a: Mapping[str, Any]) -> list[Flag]:
    fail, suspect = (_span(a.get(key)) for key in ("fail_span", "suspect_span"))
    check = built(GrossRange, fail=fail, suspect=suspect)
    return [gross_range(check, value) for value in x]


def _span(span: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if span is None else tuple(map(float, sorted(span)))


def spike_test(x: Values, t: Times, a: Mapping[str, Any]) -> list[Flag]:
    limits = {key: a.get(f"{key}_threshold") or None for key in ("suspect", "fail")}  # 0 means "off" there
    if not any(limits.values()):
        limits = {"fail": 1e300}
    test = SpikeTest(built(Spike, **limits, method=Method(a.get("method", "average"))))
    flags = [test.feed(at, value) for at, value in zip(t, x, strict=True)]
    last = [Flag.MISSING if x[-1] is None else Flag.UNKNOWN] if x else []
    return [flag for flag in flags if flag is not None] + last


def rate_of_change_test(x: Values, t: Times, a: Mapping[str, Any]) -> list[Flag]:
    test = RateOfChange(built(Rate, suspect=a["threshold"], fail=a.get("fail_threshold"), per="1s"))
    return [test.feed(at, value) for at, value in zip(t, x, strict=True)]


def flat_line_test(x: Values, t: Times, a: Mapping[str, Any]) -> list[Flag]:
    after = {f"{key}_after": f"{a[f'{key}_threshold']}s" for key in ("suspect", "fail")}
    test = FlatLineTest(built(FlatLine, **after, tolerance=a["tolerance"]))
    return [test.feed(at, value) for at, value in zip(t, x, strict=True)]


def attenuated_signal_test(x: Values, t: Times, a: Mapping[str, Any]) -> list[Flag]:
    measure = Measure(a.get("check_type", "std"))
    limits = {"suspect_below": a["suspect_threshold"], "fail_below": a["fail_threshold"]}
    window, least = f"{a['test_period']}s", a.get("min_obs", 1)
    test = AttenuatedTest(built(Attenuated, **limits, window=window, at_least=least, measure=measure))
    return [test.feed(at, value) for at, value in zip(t, x, strict=True)]


STREAMING = {
    test.__name__: test
    for test in (gross_range_test, spike_test, rate_of_change_test, flat_line_test, attenuated_signal_test)
}


def ours(fn: str, x: Values, t: Times, args: Mapping[str, Any]) -> list[Flag]:
    """Our flags for a call of ioos_qc's `fn`; times in milliseconds."""
    return STREAMING[fn](x, t, args)


def deviates(fn: str, x: Values, t: Times, args: Mapping[str, Any], at: int) -> bool:
    """Is the value at this place one of those that docs/decisions lets differ from ioos_qc?"""
    if fn == "flat_line_test":
        far = [t[at] - args[f"{key}_threshold"] * 1000 for key in ("suspect", "fail")]
        return any(x[t.index(moment)] is None for moment in far if moment in t)
    if fn == "attenuated_signal_test" and args.get("check_type") == "range":
        window = args["test_period"] * 1000
        return any(x[i] is None for i in range(at) if t[at] - t[i] < window)
    return False
