"""A real gateway with its mosquitto for benchmarks: its process, its sites' certificates, what it has committed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.link.endpoint import Endpoint
from gateway.archive.schema import opened_to_read
from hil.virtual.processes import Program
from tests.broker_kit import listens, until, unused_port

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Rig:
    """One running gateway; `sites` are those that may connect."""

    folder: Path
    port: int
    program: Program
    sites: tuple[str, ...]

    def endpoint(self, site: str) -> Endpoint:
        """How a device of a site connects."""
        files = self.folder / site
        return Endpoint(
            "127.0.0.1", self.port, f"{site}.sense", files / "ca.crt", files / "site.crt", files / "site.key"
        )

    def cpu_s(self) -> float:
        """Processor seconds that the gateway's own process has used, its mosquitto not counted."""
        fields = Path(f"/proc/{self.program.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def committed(self) -> int:
        """How many readings are in the archive."""
        connection = opened_to_read(self.folder / "state" / "archive.db")
        if connection is None:
            return 0
        try:
            return int(connection.execute("SELECT coalesce(max(rowid), 0) FROM reading").fetchone()[0])
        finally:
            connection.close()


@contextmanager
def rig(folder: Path, sites: int, county: bool = True) -> Iterator[Rig]:
    """A gateway that is told of `sites` sites; the county that it should tell is away, so that its outbox fills."""
    names = tuple(f"site-{number}" for number in range(sites))
    port = unused_port()
    file = folder / "gateway.toml"
    tables = "".join(f'[[sites]]\nid = "{name}"\nname = "{name}"\n' for name in names)
    away = f'[county]\nhost = "127.0.0.1"\nport = {unused_port()}\n' if county else ""
    file.write_text(f'[gateway]\nid = "bench"\ndir = "state"\n[broker]\nport = {port}\n{tables}{away}', "utf-8")
    for name in names:
        issue = ["gateway", "issue", name, "--config", str(file), "--out", str(folder / name)]
        subprocess.run([sys.executable, "-m", "hil.cli", *issue], check=True, capture_output=True)
    program = Program("gateway", ("gateway", "run", "--config", str(file)), folder / "gateway.log")
    program.start()
    try:
        until(lambda: listens(port), "the gateway's broker listens", 60)
        yield Rig(folder, port, program, names)
    finally:
        program.stop()
