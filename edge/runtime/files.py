"""Files that must not be lost: on the disk, whole, when writing returns."""

import os
from pathlib import Path


def kept(path: Path, data: bytes) -> None:
    """Replace a file as a whole so that it survives a power cut; OSError where that can't be done."""
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o644)  # a program reads what a technician wrote with sudo
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    settle(path.parent)


def added(path: Path, line: bytes) -> None:
    """Add a line to a file so that it survives a power cut; OSError where that can't be done.

    A last line that a power cut left unfinished is closed first, so that no other line is lost with it.
    """
    new = not path.exists()
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        settle(path.parent)


def settle(folder: Path) -> None:
    """Wait until renamed and removed files of a folder are so on the disk; OSError where that fails."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
