"""What simulated instruments answered, written down as it is said: the other end of every account of readings."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from sensors.modbus.slave import Slave

READS = {b"\x01", b"\x02", b"\x03", b"\x04"}
"""Function codes that read (Modbus V1.1b3, clause 6): what they are answered becomes readings."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One regular answer to a read: when it was given, in milliseconds since boot, and the instrument's name."""

    mono_ms: int
    instrument: str


class Noted:
    """An instrument whose answers to reads are noted before they go out; many may share one file.

    Commands are left out, though some makers give them the function code of a read: no reading comes of them.
    """

    def __init__(self, instrument: Slave, name: str, path: Path) -> None:
        """OSError where the file can't be opened."""
        self._instrument = instrument
        self._name = name
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def answer(self, request: bytes) -> bytes | None:
        """What the instrument says to a frame, None for silence."""
        before = len(self._instrument.commanded)
        answer = self._instrument.answer(request)
        read = request[1:2] in READS and len(self._instrument.commanded) == before
        if answer is not None and answer[1:2] == request[1:2] and read:
            mono_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
            os.write(self._file, f"{mono_ms} {self._name}\n".encode())
        return answer


def noted(path: Path) -> list[Answer]:
    """All that was noted so far, in the order in which it was said."""
    if not path.exists():
        return []
    rows = (line.split() for line in path.read_text("ascii").splitlines())
    return [Answer(int(mono_ms), name) for mono_ms, name in rows]
