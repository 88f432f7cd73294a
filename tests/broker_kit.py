"""A real mosquitto for tests, started from the configuration that the product writes."""

import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.broker import Listener, find_program, prepare

PATIENCE_S = 15.0


def unused_port() -> int:
    """A port of loopback on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds; fail, naming it, where it never does."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"waited {patience_s:.0f} s in vain: {what}"
        time.sleep(0.01)


def listens(port: int) -> bool:
    """Does somebody accept connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class RealBroker:
    """One mosquitto; `kill` is `kill -9`, and what it kept on disk is there at the next `start`."""

    listener: Listener
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def plain(cls, folder: Path) -> "RealBroker":
        """One on loopback that lets everybody in."""
        return cls(Listener("127.0.0.1", unused_port(), folder))

    @property
    def port(self) -> int:
        return self.listener.port

    def start(self) -> None:
        program = find_program()
        assert program is not None, "mosquitto is not installed"
        path = prepare(self.listener)
        self._child = subprocess.Popen([str(program), "-c", str(path)], stderr=subprocess.DEVNULL)
        until(lambda: listens(self.port), f"mosquitto listens on {self.port}")

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait(10)
            self._child = None

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None
