"""The machine's own clock, which tells how far it can be trusted. The hand-cranked one is `sensors.clock.HandClock`."""

import ctypes
import time
from pathlib import Path

from sensors.reading import ClockState, Stamp

BUILT_MS = 1_790_000_000_000
"""September 2026: a wall clock that shows less was never set since the board's power came on."""

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of <sys/timex.h>
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class _Timex(ctypes.Structure):
    """The head of the kernel's struct timex (adjtimex(2)); the rest is room that the kernel may write to."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


class SystemClock:
    """The machine's clocks. Monotonic time counts from boot and goes on through suspend (CLOCK_BOOTTIME)."""

    def __init__(self) -> None:
        self.boot = _BOOT_ID.read_text("ascii").strip()
        self._kernel = ctypes.CDLL(None, use_errno=True)

    def now(self) -> Stamp:
        """This moment, with the state of the wall clock as the kernel tells it."""
        wall_ms = time.time_ns() // 1_000_000
        mono_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        state, error_ms = self._trust(wall_ms)
        return Stamp(wall_ms, mono_ms, self.boot, state, error_ms)

    def monotonic(self) -> float:
        """Seconds since boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        """Wait; negative waits are none."""
        if seconds > 0:
            time.sleep(seconds)

    def _trust(self, wall_ms: int) -> tuple[ClockState, int | None]:
        timex = _Timex()
        answered = self._kernel.adjtimex(ctypes.byref(timex)) >= 0
        if answered and not timex.status & _UNSYNCHRONISED:
            return ClockState.SYNCHRONISED, int(timex.maxerror) // 1000
        return (ClockState.RESTORED if wall_ms >= BUILT_MS else ClockState.UNSET), None
