"""Writes qartod_golden.json: random series with the flags that ioos_qc itself gives them.

In the oracle's own environment, which `./dev check` makes:

    build/oracle/bin/python tests/sensors/oracle/qartod_regenerate.py
"""

import json
import random
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from qartod_oracle import flags

TARGET = Path(__file__).parents[1] / "qartod_golden.json"
SERIES = 36
LENGTH = 48


def series(seed: int) -> dict[str, object]:
    """Times in seconds and values: a walk on a grid, with plateaus, spikes, jumps, holes; every third one irregular."""
    dice = random.Random(seed)
    step = dice.choice([1, 10, 60, 600])
    regular = seed % 3 != 0
    holes = 0.0 if seed % 4 == 1 else dice.choice([0.02, 0.1, 0.3])
    t, x, level = [], [], 20.0
    for index in range(LENGTH):
        t.append(index * step if regular else (t[-1] + dice.randint(1, 3 * step) if t else 0))
        if dice.random() < 0.55:
            level += dice.choice([-1, 1]) * dice.choice([0.05, 0.1, 0.3, 2.0])
        spike = dice.choice([-4.0, 1.5, 4.0]) if dice.random() < 0.08 else 0.0
        x.append(None if dice.random() < holes else round(level + spike, 2))
    return {"step": step, "regular": regular, "t": t, "x": x}


def cases(step: int, *, regular: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """Calls to make on one series; flat line only where sampling is regular, in whole intervals."""
    yield "gross_range_test", {"fail_span": [16, 24], "suspect_span": [18, 22.05]}
    yield "gross_range_test", {"fail_span": [23.5, 19.05]}
    for method in ("average", "differential"):
        yield "spike_test", {"suspect_threshold": 0.3, "fail_threshold": 2.5, "method": method}
        yield "spike_test", {"suspect_threshold": 1.05, "fail_threshold": None, "method": method}
    yield "rate_of_change_test", {"threshold": 0.25 / step, "fail_threshold": 1.9 / step}
    yield "rate_of_change_test", {"threshold": 0.9 / step}
    for shorter, longer, tolerance in ((2, 4, 0.01), (3, 5, 0.15), (1, 8, 0.35)) if regular else ():
        yield (
            "flat_line_test",
            {"suspect_threshold": shorter * step, "fail_threshold": longer * step, "tolerance": tolerance},
        )
    for kind, suspect, fail in (("std", 0.1234, 0.0321), ("range", 0.33, 0.07)):
        for periods, least in ((4, 2), (9, 6)):
            yield "attenuated_signal_test", {
                "suspect_threshold": suspect, "fail_threshold": fail, "test_period": periods * step,
                "min_obs": least, "check_type": kind,
            }  # fmt: skip


def main() -> None:
    found = []
    for seed in range(SERIES):
        one = series(seed)
        calls = [
            {"fn": fn, "args": args, "flags": flags(fn, one["t"], one["x"], args)}
            for fn, args in cases(one["step"], regular=one["regular"])
        ]
        found.append({"t": one["t"], "x": one["x"], "calls": calls})
    versions = {name: version(name) for name in ("ioos_qc", "numpy", "pandas")}
    rows = ",\n".join(json.dumps(row) for row in found)
    TARGET.write_text(f'{{"made_with": {json.dumps(versions)},\n"series": [\n{rows}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
