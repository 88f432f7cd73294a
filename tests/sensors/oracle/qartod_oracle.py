"""ioos_qc itself, to be asked: a call in JSON on each line of the input, its flags on each line of the output.

ioos_qc draws in 365 MB (pandas, scipy, xarray), so it stays out of the lock and has an environment of its own,
`build/oracle`, which `./dev check` makes from `ioos_qc.lock` beside this file.
"""

import json
import sys

import numpy as np
from ioos_qc import qartod

EPOCH = np.datetime64("2026-01-01T00:00:00")


def flags(fn: str, t: list[int], x: list[float | None], args: dict[str, object]) -> str:
    """What ioos_qc says of values `x` at times `t` in seconds, one digit for each value."""
    inp = np.array([np.nan if value is None else value for value in x], dtype=float)
    tinp = {} if fn in {"gross_range_test", "spike_test"} else {"tinp": EPOCH + np.array(t).astype("timedelta64[s]")}
    return "".join(str(int(flag)) for flag in getattr(qartod, fn)(inp=inp, **tinp, **args))


if __name__ == "__main__":
    for line in sys.stdin:
        print(flags(**json.loads(line)), flush=True)
