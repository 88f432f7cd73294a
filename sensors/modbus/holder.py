"""Who has a port, and which ports there are: what a person must know to mend a port that won't open."""

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_DEV = Path("/dev")
_STABLE = ("serial/by-path/*", "serial/by-id/*")
_PLAIN = ("ttyUSB*", "ttyACM*", "ttyAMA*")
_LONGEST = 60


def holder(path: str) -> str:
    """The process that has the device at `path`, as "1234 (luxi edge sense)"; empty where none can be seen.

    Whoever locked it goes before whoever merely has it open: a bench keeps the far end of its own lines open.
    """
    try:
        process = _locker(os.stat(path)) or _opener(Path(path).resolve())  # noqa: PTH116 - a plain answer is wanted
    except OSError:
        return ""
    return f"{process} ({_command(process)})" if process else ""


def present(limit: int = 6) -> tuple[str, ...]:
    """The serial ports of this machine, by stable names where there are any."""
    for patterns in (_STABLE[:1], _STABLE[1:], _PLAIN):
        if found := sorted(str(path) for pattern in patterns for path in _DEV.glob(pattern)):
            return tuple(found[:limit])
    return ()


def _locker(status: os.stat_result) -> int:
    """The process that holds an flock(2) on the file, 0 for none (proc_locks(5): device as major:minor, inode)."""
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in _lines(_PROC / "locks"):
        words = line.split()
        if words[1:2] == ["FLOCK"] and words[5:6] == [place]:
            return max(0, int(words[4]))
    return 0


def _opener(device: Path) -> int:
    for link in _PROC.glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == device and link.samefile(device):  # another container's /dev has the same names
                return int(link.parent.parent.name)
        except OSError:
            continue  # not ours to look at, or ended meanwhile
    return 0


def _command(process: int) -> str:
    """What was typed to start a process, without folders; its name where that can't be seen."""
    try:
        words = (_PROC / str(process) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        name = (_PROC / str(process) / "comm").read_text().strip()
    except OSError:
        return "?"
    line = " ".join(word.rpartition("/")[2] if word.startswith("/") else word for word in words if word)
    return line[:_LONGEST] or name


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from path.read_text().splitlines()
    except OSError:
        return
