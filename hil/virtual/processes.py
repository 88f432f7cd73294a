"""The product's programs as real processes, with their logs in files."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Program:
    """One `luxi …` command (or a module of the bench) as a child process, with `environment` added to its own."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    module: str = "hil.cli"
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds in its environment beside ours."""
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it; its output is added to the log."""
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )

    @property
    def alive(self) -> bool:
        """Does it run?"""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._child.pid if self._child is not None and self.alive else None

    def kill(self) -> None:
        """`kill -9`, as a power cut would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def stop(self, patience_s: float = 15.0) -> int | None:
        """Ask it to end and wait; kill it if it doesn't; its exit status."""
        if self._child is None:
            return None
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            return self._child.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
