"""Real processes under a wall clock that a test sets wrong, and right again, while they run."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc to compile a wrong clock with (Debian: gcc)")


class WrongClock:
    """What processes started with `environment` see, each time they look; monotonic time is not touched."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wrong-clock"
        library = folder / "wrong_clock.so"
        source = Path(__file__).with_name("wrong_clock.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, source], check=True)
        self.environment = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._file)}
        self.off(0)

    def shows(self, wall_s: float) -> None:
        """Let the clock show this time (seconds since 1970) and go on from there."""
        self.off(wall_s - time.time())

    def off(self, seconds: float, error_ms: int | None = None) -> None:
        """Let the clock be off by so much; with `error_ms` the kernel says that it is synchronised within that."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{round(seconds * 1e9)} {-1 if error_ms is None else error_ms * 1000}")
        fresh.replace(self._file)
