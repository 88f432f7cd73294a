"""What the board tells of itself; None wherever it doesn't tell."""

import os
from pathlib import Path

from edge.wire.messages import Board

_TEMPERATURE = Path("sys/class/thermal/thermal_zone0/temp")
# Raspberry Pi firmware: bits 0-3 under-voltage, capped, throttled, soft limit now; 16-19 the same since boot.
_THROTTLED = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
_MEMORY = Path("proc/meminfo")
_LOAD = Path("proc/loadavg")


def look(folder: Path, root: Path = Path("/")) -> Board:
    """The board's state; disk space is that of `folder`. `root` stands for the machine in tests."""
    temperature = _number(root / _TEMPERATURE)
    throttled = _text(root / _THROTTLED)
    load = _text(root / _LOAD)
    return Board(
        temperature_c=None if temperature is None else temperature / 1000,
        throttled=None if throttled is None else bool(int(throttled, 16) & 0xF),
        load_1min=None if load is None else float(load.split()[0]),
        memory_free_mb=_available(root / _MEMORY),
        disk_free_mb=_free(folder),
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and text.lstrip("-").isdigit() else None


def _available(path: Path) -> int | None:
    for line in (_text(path) or "").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return None


def _free(folder: Path) -> int | None:
    try:
        room = os.statvfs(folder)
    except OSError:
        return None
    return room.f_bavail * room.f_frsize // (1024 * 1024)
