"""A device as it stands in the field: the real `luxi edge sense`, reporting to a real gateway with its real broker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hil.count import rows
from hil.virtual.ports import free_ports
from hil.virtual.processes import Program

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "luxi-sense.service"
SITE = "bench-site"
START_S = 60.0


@dataclass(frozen=True)
class Device:
    """A running device and its gateway."""

    sense: Program
    gateway: Program
    archive: Path

    def archived(self) -> int:
        """How many readings are on the gateway's disk."""
        found = rows(self.archive, "SELECT count(*) FROM reading")
        return int(str(found[0][0])) if found else 0

    def pid(self) -> int:
        """The device's process; fails, with its log, where it has ended."""
        assert self.sense.pid is not None, self.sense.tail()
        return self.sense.pid


@contextmanager
def device(folder: Path, ports: Sequence[int], registers: int, every: str) -> Iterator[Device]:
    """`sense` reading the holding registers 0 to `registers` of the Modbus TCP device at each of `ports`."""
    (broker,) = free_ports(1)
    files = _written(folder, broker, ports, registers, every)
    gateway = Program("gateway", ("gateway", "run", "--config", str(files[0])), folder / "gateway.log")
    arguments = ("edge", "sense", "--config", str(files[1]))
    sense = Program("sense", arguments, folder / "sense.log", environment=as_installed())
    try:
        gateway.start()
        made = Device(sense, gateway, folder / "gateway" / "archive.db")
        until(made.archive.exists, lambda: f"the gateway did not come up:\n{gateway.tail()}")
        sense.start()
        yield made
    finally:
        sense.stop()
        gateway.stop()


def as_installed() -> dict[str, str]:
    """The environment that the unit gives to `sense`, with the bytecode that an installation makes ready for it."""
    lines = [line.removeprefix("Environment=") for line in UNIT.read_text().splitlines()]
    told = dict(word.split("=", 1) for line in lines if line.startswith("PYTHON") for word in line.split())
    bytecode = {"PYTHONPYCACHEPREFIX": str(ROOT / "build" / "bench" / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    made = {**told, **bytecode}
    loads = "import edge.cli, edge.config, edge.sense, encodings.idna, hil.cli"
    subprocess.run([sys.executable, "-c", loads], env={**os.environ, **made}, cwd=ROOT, check=True)
    return made


def until(holds: Callable[[], bool], why: Callable[[], str], patience_s: float = START_S) -> None:
    """Wait until something holds; fail with what is to be said then."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, why()
        time.sleep(0.1)


def _written(folder: Path, broker: int, ports: Sequence[int], registers: int, every: str) -> tuple[Path, Path]:
    """The gateway's file and the site's, with the site's certificate."""
    gateway, site = folder / "gateway.toml", folder / "site.toml"
    gateway.write_text(
        f'[gateway]\nid = "bench-gateway"\ndir = "gateway"\n[broker]\nmode = "child"\nhost = "127.0.0.1"\n'
        f'port = {broker}\n[[sites]]\nid = "{SITE}"\nname = "bench"\ndivision = "330521000000"\n',
        "utf-8",
    )
    issue = ["gateway", "issue", SITE, "--config", str(gateway), "--out", str(folder / "certificates")]
    subprocess.run([sys.executable, "-m", "hil.cli", *issue], check=True, capture_output=True)
    head = (
        f'[site]\nid = "{SITE}"\nstate = "state"\nruntime = "{folder / "no-such-folder"}"\n'
        f'[gateway]\nhost = "127.0.0.1"\nport = {broker}\nca = "certificates/ca.crt"\n'
        'certificate = "certificates/site.crt"\nkey = "certificates/site.key"\n'
    )
    site.write_text(head + "".join(bus(nth, port, registers, every) for nth, port in enumerate(ports)), "utf-8")
    return gateway, site


def bus(nth: int, port: int, registers: int, every: str) -> str:
    """The table of one device behind a connection of its own, as a technician describes an unknown instrument."""
    head = (
        f'[[buses]]\nname = "dev{nth}"\nport = "tcp://127.0.0.1:{port}"\n[[buses.instruments]]\nname = "dev{nth}"\n'
        f'profile = "generic"\nevery = "{every}"\n[buses.instruments.generic]\nreads = {{ max_registers = 125 }}\n'
    )
    return head + "".join(
        f'[[buses.instruments.generic.channels]]\nname = "r{register}"\nunit = "1"\ntable = "holding"\n'
        f'register = {register}\ntype = "u16"\n'
        for register in range(registers)
    )
