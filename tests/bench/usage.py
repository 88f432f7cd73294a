"""What a process and its children have cost so far, as the kernel tells it (proc(5))."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """CPU seconds, and memory in MB (2**20 bytes): resident now, and at the most (the sum of each process's peak)."""

    cpu_s: float
    resident_mb: float
    peak_mb: float


def usage(pid: int) -> Usage:
    """Of the process `pid`, its living children and theirs; CPU also of those that ended and were waited for."""
    family = [pid, *_descendants(pid)]
    cpu_s = sum(_cpu_s(one) for one in family)
    memory = [_memory_mb(one) for one in family]
    return Usage(cpu_s, sum(one[0] for one in memory), sum(one[1] for one in memory))


def _cpu_s(pid: int) -> float:
    """utime, stime, cutime and cstime: fields 14 to 17."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _memory_mb(pid: int) -> tuple[float, float]:
    lines = (line.partition(":") for line in (_PROC / str(pid) / "status").read_text().splitlines())
    told = {name: value.split() for name, _, value in lines}
    return int(told["VmRSS"][0]) / 1024, int(told["VmHWM"][0]) / 1024


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in (_PROC / str(pid) / "task").iterdir():
        children = [int(one) for one in (task / "children").read_text().split()]
        found += [one for child in children for one in (child, *_descendants(child))]
    return found
