"""What polling costs: 10 devices x 40 registers every second over Modbus TCP, beside thingsboard-gateway 3.8.5.

Goal: CPU seconds at most 1/4 and peak memory at most 2/3 of the peer's, over `--for` seconds (60), with every cycle
read and every value delivered on both sides. Ours is the whole program as it stands in the field: quality control, the
spool on disk, TLS, and a gateway that acknowledges; the peer keeps its values in memory and sends them in the clear.
Each stands alone with the same devices, one after the other. `--layout wide` has the peer read a device in one request,
as it can but its examples don't; `--alone` leaves the peer out, and the comparison with it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.virtual.ports import free_ports
from tests.bench.device_rig import device, until
from tests.bench.modbus_farm import Farm, farm
from tests.bench.outcome import Outcome
from tests.bench.thingsboard import AbsentError, thingsboard
from tests.bench.usage import usage

DEVICES, REGISTERS = 10, 40
SETTLE_S = 5.0
LONGEST_GAP_S = 1.9
"""A device that was left unread for longer has lost a cycle."""


@dataclass(frozen=True)
class Cost:
    """What one side spent in the window, and what it did: least cycles of any device, its longest gap, all values."""

    cpu_s: float
    peak_mb: float
    cycles: int
    gap_s: float
    requests: int
    values: int

    def complete(self, seconds: float) -> bool:
        """Was every device read in every second, and did every value arrive? One cycle may fall on either end."""
        least = int(seconds) - 1
        return self.cycles >= least and self.gap_s < LONGEST_GAP_S and self.values >= least * DEVICES * REGISTERS


def run(arguments: list[str]) -> Outcome:
    """Measure both sides."""
    wish = _wishes().parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, farm(REGISTERS, free_ports(DEVICES)) as devices:
        ours = _ours(Path(name), devices, wish.seconds)
        figures = _named("ours", ours)
        if wish.alone:
            return Outcome(figures, held=ours.complete(wish.seconds))
        try:
            peer = _peer(Path(name) / "peer", devices, wish.seconds, wish.layout)
        except AbsentError as fault:
            print(f"没有对照软件，无法比较 / the peer can't be installed, so there is nothing to compare with: {fault}")
            return Outcome({**figures, "peer": "absent"}, held=False)
    ratios = {"cpu_ratio": ours.cpu_s / peer.cpu_s, "peak_ratio": ours.peak_mb / peer.peak_mb}
    complete = ours.complete(wish.seconds) and peer.complete(wish.seconds)
    held = complete and ratios["cpu_ratio"] <= 1 / 4 and ratios["peak_ratio"] <= 2 / 3
    return Outcome({**figures, **_named("peer", peer), "layout": wish.layout, **ratios}, held)


def _wishes() -> argparse.ArgumentParser:
    wishes = argparse.ArgumentParser(prog="./dev bench poll")
    wishes.add_argument("--for", dest="seconds", type=float, default=60.0, metavar="SECONDS")
    wishes.add_argument("--layout", choices=("tags", "wide"), default="tags")
    wishes.add_argument("--alone", action="store_true")
    return wishes


def _ours(folder: Path, devices: Farm, seconds: float) -> Cost:
    with device(folder, devices.ports, devices.registers, "1s") as made:
        until(lambda: made.archived() >= DEVICES * REGISTERS, lambda: f"no values:\n{made.sense.tail()}")
        return _cost(made.pid(), devices, made.archived, seconds)


def _peer(folder: Path, devices: Farm, seconds: float, layout: str) -> Cost:
    folder.mkdir()
    with thingsboard(folder, devices.ports, devices.registers, layout) as (pid, cloud):
        log = folder / "thingsboard.log"
        until(lambda: cloud.values >= DEVICES * REGISTERS, lambda: f"the peer tells no values:\n{log.read_text()}")
        return _cost(pid, devices, lambda: cloud.values, seconds)


def _cost(pid: int, devices: Farm, delivered: Callable[[], int], seconds: float) -> Cost:
    time.sleep(SETTLE_S)
    seen, values, before, begin = devices.seen(), delivered(), usage(pid), time.monotonic()
    time.sleep(seconds)
    after, end = usage(pid), time.monotonic()
    values = delivered() - values
    then = devices.seen()
    cycles = [one.between(begin, end) for one in then]
    return Cost(
        cpu_s=after.cpu_s - before.cpu_s,
        peak_mb=after.peak_mb,
        cycles=min(map(len, cycles)),
        gap_s=max(later - at for times in cycles for at, later in zip((begin, *times), (*times, end), strict=True)),
        requests=sum(new.requests - old.requests for new, old in zip(then, seen, strict=True)),
        values=values,
    )


def _named(side: str, cost: Cost) -> dict[str, float | int | str]:
    return {
        f"{side}_cpu_s": cost.cpu_s,
        f"{side}_peak_mb": round(cost.peak_mb, 1),
        f"{side}_cycles": cost.cycles,
        f"{side}_longest_gap_s": round(cost.gap_s, 3),
        f"{side}_requests": cost.requests,
        f"{side}_values": cost.values,
    }
