"""`sense` as a process while its wall clock goes wrong in every way: it polls on, keeps everything, and in order."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from broker_kit import until
from clock_kit import WrongClock, needs_gcc
from test_app import SITE

from edge.runtime.clock import SystemClock
from edge.wire.codec import decode_kept
from edge.wire.messages import Batch, Body, ClockFix
from edge.wire.topics import Kind
from gateway.authority import Authority
from hil.count import rows
from hil.virtual.processes import Program
from sensors.reading import ClockState

pytestmark = needs_gcc
DAY = 86_400.0
SOME = 2
"""So many polls are waited for after each change of the clock."""


class Device:
    """A running `sense` whose port and gateway are not there, and what it has put on its disk."""

    def __init__(self, folder: Path, clock: WrongClock) -> None:
        Authority(folder / "ca", datetime.now(UTC)).ensure_client(folder / "certificates", "site", "farm-1")
        (folder / "site.toml").write_text(SITE)
        self.path = folder / "state" / "sense.db"
        self.clock = clock
        command = ("edge", "sense", "--config", str(folder / "site.toml"))
        self.program = Program("sense", command, folder / "sense.log", environment=clock.environment)

    def written(self) -> list[tuple[int, Body]]:
        """Number and body of everything on its disk, by number."""
        found = rows(self.path, "SELECT seq, kind, body FROM message ORDER BY seq")
        return [(int(str(seq)), decode_kept(Kind(str(kind)), _bytes(body))) for seq, kind, body in found]

    def batches(self) -> list[Batch]:
        return [body for _, body in self.written() if isinstance(body, Batch)]

    def fixes(self) -> list[ClockFix]:
        return [body for _, body in self.written() if isinstance(body, ClockFix)]

    def polls(self) -> int:
        """How often the first channel was read: without a connection a minute's polls are one batch."""
        return sum(len(batch.series[0].offsets) for batch in self.batches())

    def polls_on(self) -> None:
        before = self.polls()
        until(lambda: self.polls() >= before + SOME, f"{SOME} more polls", 60)
        assert self.program.alive


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path, WrongClock(tmp_path))
    yield made
    made.program.stop()
    print(made.program.tail())


def _bytes(column: object) -> bytes:
    assert isinstance(column, bytes)
    return column


def longest_pause(batches: list[Batch]) -> float:
    """Seconds of monotonic time between two polls."""
    moments = [batch.mono_ms for batch in batches]
    assert moments == sorted(moments), "reordered"
    return max(later - earlier for earlier, later in pairwise(moments)) / 1000


def test_a_boot_in_1970_and_steps_of_a_day_stop_delete_and_reorder_nothing(device: Device) -> None:
    now = time.time()
    device.clock.shows(20)
    device.program.start()
    for wall in (20, now, now + DAY, now - DAY, 4000, now):
        device.clock.shows(wall)
        device.polls_on()
    assert device.program.stop() == 0
    found = device.written()
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1)), "something was deleted"
    assert longest_pause(device.batches()) < 10, "polling stopped"
    states = [batch.clock for batch in device.batches()]
    assert set(states) == {ClockState.UNSET, ClockState.RESTORED}, "what was wrong is told to be"
    assert all((batch.clock is ClockState.UNSET) == (batch.wall_ms < 1e12) for batch in device.batches())
    assert device.fixes() == [], "and nothing is guessed"
    assert "Traceback" not in device.program.tail(1000)


def test_a_kernel_that_becomes_synchronised_is_told_once_and_known_after_a_restart(device: Device) -> None:
    device.clock.shows(20)
    device.program.start()
    device.polls_on()
    device.clock.off(0, error_ms=40)
    device.polls_on()
    until(lambda: len(device.fixes()) == 1, "the fix is told")
    (fix,) = device.fixes()
    own = SystemClock().now()
    assert abs(fix.offset_ms - (own.wall_ms - own.mono_ms)) < 1000
    assert abs(fix.off_ms - (time.time() - 20) * 1000) < 60_000
    assert fix.at.error_ms == 40
    device.program.stop()
    # The battery is flat and the daemon that synchronises gone, but it is the same boot.
    device.clock.shows(20)
    device.program.start()
    device.polls_on()
    device.program.stop()
    last = device.batches()[-1]
    assert (last.clock, len(device.fixes())) == (ClockState.SYNCHRONISED, 1)
    assert abs(last.wall_ms - last.mono_ms - fix.offset_ms) < 2
    assert last.error_ms is not None
    assert last.error_ms >= 40
