"""Small files that may be lost: whole whenever they are read, gone or old where the disk is full."""

from contextlib import suppress
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Replace a file as a whole; it is a convenience, so a full disk only leaves it old."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(data)
        fresh.chmod(0o644)  # a technician may look without being the service's user
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
