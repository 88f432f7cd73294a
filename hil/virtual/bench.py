"""The table of the virtual bench as one process: instruments on lines and networks, and cameras, laid out in JSON."""

import argparse
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hil.virtual.answers import Noted
from hil.virtual.camera import serve
from hil.virtual.lines import PacedLine
from hil.virtual.scene import Scene
from hil.virtual.tcp import TcpStand
from sensors.catalogue import Catalogue
from sensors.modbus.port import Framing
from sensors.modbus.slave import Slave

LOOK_S = 0.2


class SlavePlan(msgspec.Struct, frozen=True):
    """One instrument: its model, its address, what it reads in its channels' units, how often the site asks it (s)."""

    profile: str
    address: int
    values: dict[str, float]
    every: float = 1.0


class LinePlan(msgspec.Struct, frozen=True):
    """One serial line: where its port appears, how fast it is, and what is on it."""

    path: str
    baudrate: int
    slaves: tuple[SlavePlan, ...]


class TcpPlan(msgspec.Struct, frozen=True):
    """One Modbus TCP device, or a gateway: its port, and what is behind it."""

    port: int
    slaves: tuple[SlavePlan, ...]


class CameraPlan(msgspec.Struct, frozen=True):
    """One camera: its port, and what it sees; a folder of pictures goes before the scene."""

    port: int
    seed: int = 1
    smoke_at: float | None = None
    folder: str = ""
    fps: float = 5.0


class BenchPlan(msgspec.Struct, frozen=True):
    """Everything on the table; `answers` is a file that notes what instruments on lines answer, empty for none."""

    lines: tuple[LinePlan, ...] = ()
    cameras: tuple[CameraPlan, ...] = ()
    devices: tuple[TcpPlan, ...] = ()
    answers: str = ""


def main() -> None:
    """Stand until SIGTERM; `ready` on standard output says that everything answers.

    When the values in the plan's file change, the probes are where these say.
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("plan", type=Path)
    path = parser.parse_args().plan
    plan = msgspec.json.decode(path.read_bytes(), type=BenchPlan)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    slaves = [[_slave(one, line.baudrate) for one in line.slaves] for line in plan.lines]
    lines = [_line(line, on, plan.answers) for line, on in zip(plan.lines, slaves, strict=True)]
    devices = [TcpStand([_slave(slave) for slave in device.slaves], device.port) for device in plan.devices]
    cameras = [
        serve(Path(camera.folder) if camera.folder else _scene(camera), port=camera.port, fps=camera.fps)
        for camera in plan.cameras
    ]
    print("ready", flush=True)
    while not stop.wait(LOOK_S):
        plan = _followed(path, plan, slaves)
    for line in lines:
        line.close()
    for device in devices:
        device.close()
    for camera in cameras:
        camera.close()


def _line(plan: LinePlan, slaves: Sequence[Slave], answers: str) -> PacedLine:
    path = Path(plan.path)
    noted = [Noted(slave, f"{path.name}-{slave.address}", Path(answers)) for slave in slaves if answers]
    return PacedLine(path, Framing(plan.baudrate), noted or slaves)


def _slave(plan: SlavePlan, baudrate: int | None = None) -> Slave:
    profile = Catalogue().find(plan.profile)
    if isinstance(profile, tuple):
        raise SystemExit("\n".join(fault.line("en") for fault in profile))
    slave = Slave(profile, plan.address)
    slave.baudrate = baudrate
    for name, value in plan.values.items():
        slave.meet(name, value)
    return slave


def _followed(path: Path, before: BenchPlan, slaves: Sequence[Sequence[Slave]]) -> BenchPlan:
    """The plan as it stands in its file now, its changed values put before the probes; as before if it is no plan."""
    try:
        now = msgspec.json.decode(path.read_bytes(), type=BenchPlan)
    except (OSError, msgspec.MsgspecError):
        return before
    for old, new, on in zip(before.lines, now.lines, slaves, strict=False):
        for was, is_now, slave in zip(old.slaves, new.slaves, on, strict=False):
            for name, value in is_now.values.items():
                if was.values.get(name) != value:
                    slave.meet(name, value)
    return now


def _scene(plan: CameraPlan) -> Scene:
    return Scene(seed=plan.seed, smoke_at=plan.smoke_at)


if __name__ == "__main__":
    main()
