"""The machine's clock: three times that agree, and a state that the kernel's answer decides."""

import time

from edge.runtime.clock import BUILT_MS, KnowingClock, SystemClock
from edge.runtime.known import Known
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp


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


def test_the_kernels_answer_decides() -> None:
    assert SystemClock(lambda: 7).now().clock is ClockState.SYNCHRONISED
    assert SystemClock(lambda: 7).now().error_ms == 7
    assert SystemClock(lambda: None).now().clock is ClockState.RESTORED


# --- with what is known of the boot --------------------------------------------------------------------------------

TRUE = 1_790_000_000_000


def in_1970() -> tuple[HandClock, KnowingClock]:
    """A board without a clock, ten seconds after its boot."""
    own = HandClock(monotonic=10)
    own.set(10_000, ClockState.UNSET)
    return own, KnowingClock(own)


def test_without_knowledge_it_is_the_machines() -> None:
    own, clock = in_1970()
    assert clock.now() == clock.own() == own.now()


def test_what_it_is_told_holds_whatever_the_machines_clock_does() -> None:
    own, clock = in_1970()
    clock.learn(Known("hand", TRUE, 20, 10_000))
    for wall in (0, 10_000, TRUE - 86_400_000, TRUE + 86_400_000):
        own.set(wall, ClockState.RESTORED)
        assert clock.now() == Stamp(TRUE + 10_000, 10_000, "hand", ClockState.SYNCHRONISED, 20)
        assert clock.own().wall_ms == wall, "the machine's own is left as it is"


def test_a_kernel_that_is_synchronised_wins_and_is_remembered() -> None:
    own, clock = in_1970()
    clock.learn(Known("hand", TRUE, 20, 10_000))
    own.set(TRUE + 13_000, ClockState.SYNCHRONISED, 500)
    assert clock.now() == own.now()
    own.sleep(1000)
    own.set(TRUE + 99_000_000, ClockState.RESTORED)
    assert clock.now() == Stamp(TRUE + 1_013_000, 1_010_000, "hand", ClockState.SYNCHRONISED, 550)


def test_another_boots_knowledge_is_not_used() -> None:
    own, clock = in_1970()
    clock.learn(Known("another", TRUE, 20, 10_000))
    assert clock.now() == own.now()


def test_it_counts_and_waits_as_its_own_does() -> None:
    own, clock = in_1970()
    clock.sleep(2.5)
    assert clock.monotonic() == own.monotonic() == 12.5
