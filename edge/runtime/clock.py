"""The machine's own clock, which tells how far it can be trusted, and one that knows better when that one is wrong.

The hand-cranked clock is `sensors.clock.HandClock`.
"""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path

from edge.runtime.known import Known, better, known_by
from sensors.clock import Clock
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


def machine_wall_ms() -> int:
    """What the machine's wall clock shows, right or wrong: the time by which libraries such as OpenSSL judge."""
    return time.time_ns() // 1_000_000


def _adjtimex() -> Callable[[], int | None]:
    """How the kernel is asked for the bound on its clock's error."""
    library = ctypes.CDLL(None, use_errno=True)

    def error_ms() -> int | None:
        timex = _Timex()
        answered = library.adjtimex(ctypes.byref(timex)) >= 0
        return int(timex.maxerror) // 1000 if answered and not timex.status & _UNSYNCHRONISED else None

    return error_ms


class SystemClock:
    """The machine's clocks. Monotonic time counts from boot and goes on through suspend (CLOCK_BOOTTIME)."""

    def __init__(self, kernel: Callable[[], int | None] | None = None) -> None:
        """`kernel` gives the bound on the wall clock's error in ms, None while it is not synchronised."""
        self.boot = _BOOT_ID.read_text("ascii").strip()
        self._kernel = kernel or _adjtimex()

    def now(self) -> Stamp:
        """This moment, with the state of the wall clock as the kernel tells it."""
        wall_ms = machine_wall_ms()
        mono_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        error_ms = self._kernel()
        if error_ms is not None:
            return Stamp(wall_ms, mono_ms, self.boot, ClockState.SYNCHRONISED, error_ms)
        state = ClockState.RESTORED if wall_ms >= BUILT_MS else ClockState.UNSET
        return Stamp(wall_ms, mono_ms, self.boot, state)

    def monotonic(self) -> float:
        """Seconds since boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        """Wait; negative waits are none."""
        if seconds > 0:
            time.sleep(seconds)


class KnowingClock:
    """A clock that goes by what is known of this boot while its own is not synchronised; it never sets that one."""

    def __init__(self, own: Clock) -> None:
        self._own = own
        self._known: Known | None = None

    def own(self) -> Stamp:
        """This moment by the machine's own clock."""
        return self._own.now()

    def now(self) -> Stamp:
        """This moment: by the own clock if that is synchronised, else by what is known, else by the own clock."""
        own = self._own.now()
        if own.clock is ClockState.SYNCHRONISED:
            self._known = known_by(own)
            return own
        known = self._known
        return own if known is None or known.boot != own.boot else known.stamp(own.mono_ms)

    def learn(self, known: Known) -> None:
        """Take what was found out of this boot, if it is better than what is known."""
        self._known = better(self._known, known)

    def monotonic(self) -> float:
        """Seconds since boot."""
        return self._own.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; negative waits are none."""
        self._own.sleep(seconds)
