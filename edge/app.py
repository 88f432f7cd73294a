"""The device's composition root: what `sense` and `watch` are made of, read top to bottom."""

import fcntl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.alarms import SpoolSink
from edge.camera.camera import Camera, CameraSettings
from edge.config import Bus, Instrument, SiteFile
from edge.config import Camera as CameraTable
from edge.health import HealthService, Sources
from edge.link.link import Outgoing
from edge.link.mqtt import Endpoint, MqttLink
from edge.runtime.clock import SystemClock
from edge.runtime.supervisor import Service, Supervisor
from edge.runtime.systemd import Notifier
from edge.runtime.version import luxi_version
from edge.sampling import BusService
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.messages import CameraState, InstrumentState, Online
from edge.wire.topics import Kind
from models.card import shipped
from models.detection import Detector
from models.ort import OnnxDetector
from sensors.catalogue import Catalogue
from sensors.clock import Clock
from sensors.modbus.line import Line
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.tty import Tty
from sensors.profile import Profile
from sensors.station import Station


class AlreadyRunningError(RuntimeError):
    """Another process of the same program works on the same state folder."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one program does beside sending and telling how it is."""

    services: Sequence[Service]
    instruments: Callable[[], tuple[InstrumentState, ...]] = tuple
    cameras: Callable[[], tuple[CameraState, ...]] = tuple


def sense(file: SiteFile, stop: threading.Event) -> int:
    """Read the buses into the spool and carry the spool to the gateway, until told to stop; the exit status."""

    def parts(spool: Spool, clock: Clock) -> _Parts:
        buses = [_bus(bus, spool, clock) for bus in file.buses]
        return _Parts(buses, instruments=lambda: tuple(state for bus in buses for state in bus.states()))

    return _live("sense", file, parts, stop)


def watch(file: SiteFile, stop: threading.Event) -> int:
    """Judge the cameras' frames, keep what they raise, and carry it to the gateway; the exit status."""

    def parts(spool: Spool, clock: Clock) -> _Parts:
        detector = OnnxDetector(shipped()) if file.cameras else None
        cameras = [_camera(camera, detector, spool, clock) for camera in file.cameras if detector]
        services = [service for camera in cameras for service in camera.services]
        return _Parts(services, cameras=lambda: tuple(_camera_state(camera) for camera in cameras))

    return _live("watch", file, parts, stop)


def _live(program: str, file: SiteFile, make: Callable[[Spool, Clock], _Parts], stop: threading.Event) -> int:
    """Spool, link, sender, health and supervisor around a program's own parts."""
    clock = SystemClock()
    with _alone(file.site.state, program):
        spool = Spool(file.site.state / f"{program}.db", clock)
        sender = Sender(file.site.id, spool, _link(program, file, spool, clock), clock)
        supervisor = Supervisor(clock, Notifier())
        parts = make(spool, clock)
        sources = Sources(supervisor.states, lambda: sender.connected, parts.instruments, parts.cameras)
        health = HealthService(program, luxi_version(), sources, spool, file.site, clock)
        code = supervisor.run([*parts.services, health, sender], stop)
        spool.close()
        return code


def _link(program: str, file: SiteFile, spool: Spool, clock: Clock) -> MqttLink:
    site, gateway = file.site.id, file.gateway
    endpoint = Endpoint(
        host=gateway.host,
        port=gateway.port,
        client_id=f"{site}.{program}",
        ca=gateway.ca,
        certificate=gateway.certificate,
        key=gateway.key,
    )
    presence = topics.up(site, Kind.ONLINE, program)
    online, offline = (codec.encode_small(Online(program, here, luxi_version())) for here in (True, False))
    return MqttLink(
        endpoint,
        clock,
        topics=(topics.down(site, Kind.ACK, spool.stream),),
        greeting=Outgoing(presence, online, retain=True),
        will=Outgoing(presence, offline, retain=True),
    )


def _bus(bus: Bus, spool: Spool, clock: Clock) -> BusService:
    line = Line(Tty(bus.port, Framing(bus.baudrate, bus.parity, bus.stop_bits)), clock)
    master = Master(line)
    stations = [_station(instrument, master, clock) for instrument in bus.instruments]
    every = {instrument.name: instrument.every for instrument in bus.instruments}
    return BusService(bus.name, line, stations, every, spool, clock)


def _station(instrument: Instrument, master: Master, clock: Clock) -> Station:
    return Station(
        instrument.name,
        _profile(instrument.profile),
        master,
        clock,
        address=instrument.address,
        channels=instrument.channels or None,
    )


def _profile(name: str) -> Profile:
    profile = Catalogue().find(name)
    if isinstance(profile, tuple):
        raise TypeError("; ".join(fault.line("en") for fault in profile))
    return profile


def _camera(table: CameraTable, detector: Detector, spool: Spool, clock: Clock) -> Camera:
    settings = CameraSettings(table.name, table.source, every_s=table.every, loop=table.loop)
    return Camera(settings, detector, SpoolSink(spool), clock)


def _camera_state(camera: Camera) -> CameraState:
    health = camera.health()
    return CameraState(
        name=health.camera,
        frame_age_ms=health.frame_age_ms,
        judged=health.judged,
        skipped=health.overwritten,
        reconnects=health.reconnects,
        trouble=health.trouble or "",
    )


@contextmanager
def _alone(folder: Path, program: str) -> Iterator[None]:
    """Hold the state folder for one process of a program; the kernel lets go of it however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{program}.lock"
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise AlreadyRunningError(
                f"{path}: 另一个 {program} 进程正在运行，请先停止它 / another {program} is running: stop it first"
            ) from fault
        yield
