"""A whole county in one folder: bench, device, network, gateway and county platform, each a real process."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hil.virtual import documented, files
from hil.virtual.bench import BenchPlan, CameraPlan, LinePlan
from hil.virtual.network import Relay
from hil.virtual.ports import free_ports
from hil.virtual.processes import Program

START_S = 60.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the site should look like. `camera` is a source of the caller's own; else a scene (or folder) is played.

    With `apart` the sites' broker is a program of its own and not the gateway's child; `noting` keeps what the
    instruments answered; `bare` has county and gateway alone, for a device of the caller's own.
    """

    lines: Callable[[Path], tuple[LinePlan, ...]] = documented.lines
    camera: str | None = None
    pictures: Path | None = None
    smoke_at: float | None = 8.0
    watch: bool = True
    apart: bool = False
    noting: bool = False
    bare: bool = False


class StartError(RuntimeError):
    """A part of the virtual site did not come up; says which, and the end of its log."""


class VirtualSite:
    """Starts in the order that data needs: county, gateway, bench, device. Use through `standing`."""

    def __init__(self, folder: Path, wishes: Wishes) -> None:
        """Write every file and make the site's certificate; nothing runs yet."""
        self.folder = folder.resolve()
        self.ports = free_ports(3)
        broker, county, camera = self.ports
        for part in ("edge", "gateway", "county", "serial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        mode = "external" if wishes.apart else "child"
        self.gateway_file = files.gateway_toml(self.folder / "gateway", broker, county, mode)
        self._issue()
        self.relay = Relay("127.0.0.1", broker)
        lines = wishes.lines(self.folder / "serial")
        source = _source(wishes, camera)
        self.site_file = files.site_toml(self.folder / "edge", self.relay.port, lines, source)
        self._write_plan(wishes, lines, camera)
        self.programs = {program.name: program for program in self._made(county, wishes)}

    @property
    def site(self) -> str:
        """The site's id."""
        return files.SITE

    @property
    def archive(self) -> Path:
        """The gateway's archive."""
        return self.folder / "gateway" / "state" / "archive.db"

    @property
    def ledger(self) -> Path:
        """What the county received."""
        return self.folder / "county" / "county.db"

    @property
    def answers(self) -> Path:
        """What the instruments answered, where that is noted."""
        return self.folder / "answers.log"

    def spool(self, program: str) -> Path:
        """The spool of `sense` or `watch`."""
        return self.folder / "edge" / "state" / f"{program}.db"

    def start(self) -> None:
        """Start everything; StartError where a part does not come up in time."""
        for name, came_up in (
            ("county", lambda: _listens(self.ports[1])),
            ("broker", lambda: _listens(self.ports[0])),
            ("gateway", self._gateway_stands),
            ("bench", lambda: "ready" in self.programs["bench"].tail()),
        ):
            if name in self.programs:
                self.programs[name].start()
                self._await(name, came_up)
        for name in ("sense", "watch"):
            if name in self.programs:
                self.programs[name].start()
                self._await(name, self.spool(name).exists)

    def stop(self) -> None:
        """Stop everything in the reverse order, and the network last."""
        for program in reversed(self.programs.values()):
            program.stop()
        self.relay.close()

    def _gateway_stands(self) -> bool:
        return self.archive.exists() and _listens(self.ports[0])

    def _await(self, name: str, came_up: Callable[[], bool]) -> None:
        until = time.monotonic() + START_S
        while not came_up():
            if not self.programs[name].alive or time.monotonic() > until:
                raise StartError(f"{name} 未能启动 / did not come up:\n{self.programs[name].tail()}")
            time.sleep(0.05)

    def _issue(self) -> None:
        issue = ["gateway", "issue", files.SITE, "--config", str(self.gateway_file)]
        out = ["--out", str(self.folder / "edge" / "certificates")]
        made = subprocess.run(
            [sys.executable, "-m", "hil.cli", *issue, *out], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise StartError(f"luxi gateway issue: {made.stdout}{made.stderr}")

    def _write_plan(self, wishes: Wishes, lines: tuple[LinePlan, ...], port: int) -> None:
        folder = str(wishes.pictures or "")
        noted = str(self.answers) if wishes.noting else ""
        cameras = () if wishes.camera else (CameraPlan(port, smoke_at=wishes.smoke_at, folder=folder),)
        (self.folder / "bench.json").write_bytes(msgspec.json.encode(BenchPlan(lines, cameras, answers=noted)))

    def _made(self, county_port: int, wishes: Wishes) -> Iterator[Program]:
        def program(name: str, *arguments: str | Path, module: str = "hil.cli") -> Program:
            return Program(name, tuple(map(str, arguments)), self.folder / f"{name}.log", module)

        yield program("county", "county", "--dir", self.folder / "county", "--port", str(county_port), "--print")
        if wishes.apart:
            yield program("broker", self.gateway_file, module="hil.virtual.broker")
        yield program("gateway", "gateway", "run", "--config", self.gateway_file)
        if wishes.bare:
            return
        yield program("bench", self.folder / "bench.json", module="hil.virtual.bench")
        yield program("sense", "edge", "sense", "--config", self.site_file)
        if wishes.watch:
            yield program("watch", "edge", "watch", "--config", self.site_file)


@contextmanager
def standing(folder: Path, wishes: Wishes | None = None) -> Iterator[VirtualSite]:
    """A running virtual site, stopped whatever happens."""
    site = VirtualSite(folder, wishes or Wishes())
    try:
        site.start()
        yield site
    finally:
        site.stop()


def _source(wishes: Wishes, port: int) -> str | None:
    if not wishes.watch:
        return None
    return wishes.camera or f"http://127.0.0.1:{port}/stream"


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
