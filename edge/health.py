"""How one program is: every minute and at once on change into the spool, and into a file for `luxi status`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge import board
from edge.config import Site
from edge.runtime.replace import replace
from edge.spool.store import Spool
from edge.wire.messages import CameraState, Health, InstrumentState, ServiceState
from sensors.clock import Clock

EVERY_S = 60.0
LOOK_S = 1.0
FILE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a program's health is asked for; each call is cheap and never waits."""

    services: Callable[[], tuple[ServiceState, ...]]
    connected: Callable[[], bool]
    instruments: Callable[[], tuple[InstrumentState, ...]] = tuple
    cameras: Callable[[], tuple[CameraState, ...]] = tuple


class HealthService:
    """A service: looks each second, speaks each minute or when something changed."""

    name = "health"

    def __init__(self, program: str, version: str, sources: Sources, spool: Spool, site: Site, clock: Clock) -> None:
        self._program = program
        self._version = version
        self._sources = sources
        self._spool = spool
        self._folder = site.state
        self._file = status_file(site.status_folder, program)
        self._clock = clock
        self._began_ms = clock.now().mono_ms
        self._told_at = self._written_at = float("-inf")
        self._told: tuple[object, ...] = ()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self.turn()
            beat()
            stop.wait(LOOK_S)

    def turn(self) -> None:
        """Look once; tell if it is time to."""
        health = self.now()
        now = self._clock.monotonic()
        changed = _essence(health) != self._told
        if changed or now - self._told_at >= EVERY_S:
            self._spool.put([health])
            self._told, self._told_at = _essence(health), now
        if changed or now - self._written_at >= FILE_EVERY_S:
            replace(self._file, msgspec.msgpack.encode(health))
            self._written_at = now

    def now(self) -> Health:
        """The health of this moment."""
        at = self._clock.now()
        return Health(
            program=self._program,
            version=self._version,
            at=at,
            uptime_ms=at.mono_ms - self._began_ms,
            connected=self._sources.connected(),
            board=board.look(self._folder),
            spool=self._spool.depth(),
            services=self._sources.services(),
            instruments=self._sources.instruments(),
            cameras=self._sources.cameras(),
            starts=self._spool.starts,
        )


def status_file(folder: Path, program: str) -> Path:
    """Where a program leaves its health for `luxi status`."""
    return folder / f"status-{program}.msgpack"


def read_status(path: Path) -> Health | None:
    """The health that a program left, None where there is none that can be read."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Health)
    except (OSError, msgspec.MsgspecError):
        return None


def _essence(health: Health) -> tuple[object, ...]:
    """What must be told at once when it changes; not what changes all the time."""
    return (
        health.connected,
        health.at.clock,
        health.spool.trouble,
        health.board.throttled,
        tuple((service.name, service.alive, service.restarts) for service in health.services),
        tuple((instrument.name, instrument.trouble) for instrument in health.instruments),
        tuple((camera.name, camera.trouble) for camera in health.cameras),
    )
