"""How long the shipped detector takes for one frame on one thread, from the decoded frame to the verdict.

Goal: at most 30 ms (median) for a 1280 x 720 frame with the file that is used, int8 or float32, at 512 pixels across or
more. Beside it, in the same run and on the same core: a matrix product of as many multiply-adds in float32, which is
what the float network could at best take on this machine.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from models import card
from models.ort import OnnxDetector
from tests.bench.outcome import Outcome

FRAMES = 60
GOAL_MS = 30.0
MULTIPLY_ADDS_PER_PIXEL = 7.8e3
"""Of the network: EfficientNet-Lite0's 407e6 at 224 x 224 less its classifier, and our head; 1.9e9 at 640 x 384."""


def run(arguments: list[str]) -> Outcome:
    """Measure each of the card's files; `--quick` for a short form."""
    frames = 5 if "--quick" in arguments else FRAMES
    shipped = card.shipped()
    frame = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8)
    entry = shipped.facts.input
    figures: dict[str, float | int | str] = {
        "used": shipped.file().precision,
        "width": entry.width,
        "height": entry.height,
    }
    for file in shipped.facts.files:
        detector = OnnxDetector(shipped, threads=1, precision=file.precision)
        wall, cpu = _timed(frames, lambda judge=detector: judge.detect(frame))
        figures |= {f"{file.precision}_ms": wall, f"{file.precision}_cpu_ms": cpu}
    figures["product_cpu_ms"] = _product(frames, MULTIPLY_ADDS_PER_PIXEL * entry.width * entry.height)
    used = figures[f"{shipped.file().precision}_ms"]
    return Outcome(figures, held=isinstance(used, float) and used <= GOAL_MS and entry.width >= 512)


def _timed(count: int, work: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of one call by the wall's clock and by the process's; the first two calls don't count."""
    wall, cpu = [], []
    for _ in range(count + 2):
        began, spent = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    return statistics.median(wall[2:]), statistics.median(cpu[2:])


def _product(count: int, multiply_adds: float) -> float:
    """CPU milliseconds of a float32 matrix product: numpy's may use more threads, the process's clock adds them up."""
    side = round(multiply_adds ** (1 / 3))
    left, right = (np.random.default_rng(seed).random((side, side), np.float32) for seed in (1, 2))
    return _timed(count, lambda: left @ right)[1]
