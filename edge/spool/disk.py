"""What the spool asks of the file system beside SQLite's own files."""

import os
from pathlib import Path


def room(folder: Path) -> tuple[int, int]:
    """Bytes of the folder's disk: free for whoever isn't root, and in all; OSError where it can't be asked."""
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize
