"""How much memory programs hold, looked at again and again while something lasts."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep


def resident_mb(pid: int | None) -> float:
    """Resident memory of a process in MB; 0 where it isn't there."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1000
    return 0.0


def cpu_s(pid: int | None) -> float:
    """Processor time of a process in seconds (user and system; clock ticks of 10 ms); 0 where it isn't there."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / 100
    return 0.0


@dataclass
class Watched:
    """Programs by name and what each held over time, in MB."""

    pids: dict[str, Callable[[], int | None]]
    course: dict[str, list[float]] = field(default_factory=dict)

    def look(self) -> None:
        """Once."""
        for name, pid in self.pids.items():
            self.course.setdefault(name, []).append(resident_mb(pid()))

    def until(self, done: Callable[[], bool], patience_s: float, every_s: float = 0.25) -> float:
        """Look until it is done; the seconds that it took. AssertionError where it takes too long."""
        began = monotonic()
        while not done():
            assert monotonic() - began < patience_s, f"not done after {patience_s:.0f} s"
            self.look()
            sleep(every_s)
        self.look()
        return monotonic() - began

    def peak(self, name: str) -> float:
        """The most that a program held."""
        return max(self.course.get(name, [0.0]))

    def growth(self, name: str) -> float:
        """What it held more in the later half than in the earlier, peak against peak."""
        course = self.course.get(name, [])
        middle = len(course) // 2
        return max(course[middle:], default=0.0) - max(course[:middle], default=0.0) if middle else 0.0
