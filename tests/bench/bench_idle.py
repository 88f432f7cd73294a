"""What the device's `sense` costs while there is nothing to do: connected to a real broker and gateway, nothing due.

Goal: at most 0.5 % of one core over `--for` seconds (60), and at most 45 MB resident.
"""

import argparse
import tempfile
import time
from pathlib import Path

from hil.virtual.ports import free_ports
from tests.bench.device_rig import device, until
from tests.bench.modbus_farm import farm
from tests.bench.outcome import Outcome
from tests.bench.usage import usage

REGISTERS = 40
MOST_CPU_PERCENT, MOST_MB = 0.5, 45.0
SETTLE_S = 5.0


def run(arguments: list[str]) -> Outcome:
    """Measure over as many seconds as are wished for."""
    wishes = argparse.ArgumentParser(prog="./dev bench idle")
    wishes.add_argument("--for", dest="seconds", type=float, default=60.0, metavar="SECONDS")
    seconds: float = wishes.parse_args(arguments).seconds
    with (
        tempfile.TemporaryDirectory() as name,
        farm(REGISTERS, free_ports(1)) as devices,
        device(Path(name), devices.ports, REGISTERS, "1h") as made,
    ):
        until(lambda: made.archived() >= REGISTERS, lambda: f"no values:\n{made.sense.tail()}")
        time.sleep(SETTLE_S)
        asked, before, began = devices.seen()[0].requests, usage(made.pid()), time.monotonic()
        time.sleep(seconds)
        after, spent = usage(made.pid()), time.monotonic() - began
        asked = devices.seen()[0].requests - asked
    percent = 100 * (after.cpu_s - before.cpu_s) / spent
    figures = {
        "cpu_percent": percent,
        "resident_mb": round(after.resident_mb, 1),
        "peak_mb": round(after.peak_mb, 1),
        "asked": asked,
    }
    return Outcome(figures, held=not asked and percent <= MOST_CPU_PERCENT and after.resident_mb <= MOST_MB)
