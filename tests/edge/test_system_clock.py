"""The machine's clock: three times that agree, and a state that the kernel's answer decides."""

import time

from edge.runtime.clock import BUILT_MS, SystemClock
from sensors.reading import ClockState


def test_times_agree_with_the_machines() -> None:
    clock = SystemClock()
    before, stamp, after = time.time_ns(), clock.now(), time.time_ns()
    assert before // 1_000_000 <= stamp.wall_ms <= after // 1_000_000
    assert abs(stamp.mono_ms / 1000 - clock.monotonic()) < 1


def test_boot_is_the_kernels_and_stays() -> None:
    assert SystemClock().now().boot == SystemClock().now().boot != ""


def test_error_is_known_only_when_synchronised() -> None:
    stamp = SystemClock().now()
    assert (stamp.error_ms is not None) == (stamp.clock is ClockState.SYNCHRONISED)


def test_this_machines_clock_is_after_the_build() -> None:
    stamp = SystemClock().now()
    assert stamp.wall_ms > BUILT_MS
    assert stamp.clock is not ClockState.UNSET


def test_sleep_takes_its_time_and_refuses_none() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    clock.sleep(-1)
    clock.sleep(0.02)
    assert clock.monotonic() - began >= 0.02
