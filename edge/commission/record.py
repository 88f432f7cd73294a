"""The record of calibrations: one JSON line each, on the disk before the next step is taken."""

import getpass
import os
from datetime import datetime
from pathlib import Path

import msgspec

from edge.planned import CHINA
from edge.runtime.files import added
from sensors.reading import ClockState, Stamp


class Buffer(msgspec.Struct, frozen=True):
    """A reference, and what the instrument showed in it: mean, greatest minus least, over how many seconds.

    `true` is None where the instrument itself knows the reference.
    """

    true: float | None
    shown: float
    spread: float
    seconds: float


class Entry(msgspec.Struct, frozen=True):
    """What was done. `outcome`: begun, done, failed, left (by the technician), undone.

    `begun` is written before the first write to the instrument, so that even after a power cut it is known what it held
    `before`. `id` joins the lines of one calibration; `state` says for people how the instrument stands.
    """

    id: str
    outcome: str
    at: str
    clock: ClockState
    who: str
    profile: str
    port: str
    address: int
    method: str
    kind: str
    channel: str
    unit: str
    instrument: str = ""
    identity: dict[str, str | float] = {}
    buffers: tuple[Buffer, ...] = ()
    before: dict[str, tuple[float, ...]] = {}
    after: dict[str, tuple[float, ...]] = {}
    check: Buffer | None = None
    state: str = ""


class Records:
    """One file of records; OSError where it can't be had."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ready(self) -> None:
        """Is there room for records? OSError where not: better known before than after."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab"):
            pass

    def add(self, entry: Entry) -> None:
        """Keep one: when this returns it survives a power cut."""
        added(self.path, msgspec.json.encode(entry))

    def last(self, profile: str, port: str, address: int, method: str) -> Entry | None:
        """The latest that tells what this instrument held before; lines that can't be understood are passed over."""
        for line in reversed(self.path.read_bytes().splitlines() if self.path.exists() else []):
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except msgspec.MsgspecError:
                continue
            same = (entry.profile, entry.port, entry.address, entry.method) == (profile, port, address, method)
            if same and entry.before and entry.outcome != "undone":
                return entry
        return None


def moment(at: Stamp) -> str:
    """Beijing time for records, ISO 8601 to the second."""
    return datetime.fromtimestamp(at.wall_ms / 1000, CHINA).isoformat(timespec="seconds")


def person() -> str:
    """Who sits here: the one who called sudo, or else the user."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())
