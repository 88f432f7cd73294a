"""Tells the gateway how a boot's clock was found to be, so that what was stamped before can be put right."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.runtime.clock import KnowingClock
from edge.runtime.known import Known, known_by
from edge.runtime.replace import replace
from edge.spool.store import Spool
from edge.wire.messages import ClockFix
from sensors.reading import ClockState, Stamp

log = logging.getLogger(__name__)

LOOK_S = 1.0
STEP_MS = 1000


@dataclass(slots=True)
class Fixes:
    """What was told of this boot's clock so far, and what it showed while it was wrong; told once, and at each step."""

    told: Known | None = None
    wrong_offset_ms: int | None = None

    def look(self, at: Stamp) -> ClockFix | None:
        """What is to be told at this moment of the clock."""
        offset_ms = at.wall_ms - at.mono_ms
        if at.clock is not ClockState.SYNCHRONISED:
            self.wrong_offset_ms = offset_ms
            return None
        if self.told is None:
            before_ms = offset_ms if self.wrong_offset_ms is None else self.wrong_offset_ms
        elif abs(offset_ms - self.told.offset_ms) > STEP_MS:
            before_ms = self.told.offset_ms
        else:
            return None
        return ClockFix(at, offset_ms - before_ms)


class ClockService:
    """A service: looks each second at the clock, and puts into the spool what it finds."""

    name = "clock"

    def __init__(self, spool: Spool, clock: KnowingClock, memory: Path) -> None:
        """`memory` is a file for what the program knows of this boot: known again after it was started again."""
        self._spool = spool
        self._clock = clock
        self._memory = memory
        self._state: ClockState | None = None
        self._fixes = Fixes(_remembered(memory, clock.own().boot))
        if self._fixes.told is not None:
            clock.learn(self._fixes.told)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.turn()
            beat()
            stop.wait(LOOK_S)

    def turn(self) -> None:
        """Look once."""
        at = self._clock.now()
        fix = self._fixes.look(at)
        if fix is not None:
            known = known_by(at)
            if self._spool.put([fix]):  # else it may be lost, and must be told again
                replace(self._memory, msgspec.json.encode(known))
            self._fixes.told = known
            log.info("the clock is right within %d ms; it was off by %+.3f s", at.error_ms or 0, fix.off_ms / 1000)
        elif at.clock is not self._state and at.clock is not ClockState.SYNCHRONISED:
            log.warning(
                "时钟未校准，读数暂标为不可信 / the clock is %s: readings count as untrusted until it is right",
                at.clock,
            )
        self._state = at.clock


def memory_file(folder: Path, program: str) -> Path:
    """Where a program remembers what it knows of this boot."""
    return folder / f"clock-{program}.json"


def _remembered(memory: Path, boot: str) -> Known | None:
    """What was told of this very boot; None where that was another, or can't be read."""
    try:
        known = msgspec.json.decode(memory.read_bytes(), type=Known)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return known if known.boot == boot else None
