"""What every program of the device is made of, read top to bottom; its own parts come from `sense.py` or `watch.py`."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.clock_fix import ClockService, memory_file
from edge.config import SiteFile
from edge.health import HealthService, Show, Sources, nowhere
from edge.link.beside import BesideLink
from edge.link.endpoint import Endpoint
from edge.link.link import Outgoing
from edge.link.mqtt import MqttLink
from edge.runtime import memory
from edge.runtime.alone import alone
from edge.runtime.clock import KnowingClock, SystemClock
from edge.runtime.supervisor import Service, Supervisor
from edge.runtime.systemd import Notifier
from edge.runtime.version import luxi_version
from edge.spool.bounds import Bounds
from edge.spool.pace import Pace
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.time_request import TimeRequests
from edge.wire import codec, topics
from edge.wire.messages import CameraState, InstrumentState, Online, PinState
from edge.wire.topics import Kind
from sensors.clock import Clock


@dataclass(frozen=True, slots=True)
class Ground:
    """What a program's own parts stand on; `connected`: is there a connection to the gateway's broker?"""

    spool: Spool
    clock: Clock
    connected: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Parts:
    """What one program does beside sending and telling how it is; `finish` is called when all services have ended."""

    services: Sequence[Service]
    finish: Callable[[], None] = lambda: None
    instruments: Callable[[], tuple[InstrumentState, ...]] = tuple
    cameras: Callable[[], tuple[CameraState, ...]] = tuple
    pins: Callable[[], tuple[PinState, ...]] = tuple
    show: Show = nowhere


def live(program: str, file: SiteFile, make: Callable[[Ground], Parts], stop: threading.Event) -> int:
    """Spool, link, sender, health and supervisor around a program's own parts."""
    memory.one_heap()
    clock = KnowingClock(SystemClock())
    with alone(file.site.state, program):
        spool = Spool(file.site.state / f"{program}.db", clock, Bounds(file.spool.max, file.spool.disk_floor))
        # Before anything is read, so that what was known of this boot holds for the first reading already.
        fixes = ClockService(spool, clock, memory_file(file.site.status_folder, program))
        requests = TimeRequests(file.site.id, program, clock)
        here, gone = _presence(program, file)
        link = BesideLink(_link(program, file, requests.listens, here, gone, clock), requests)
        pace, by_broker = Pace(file.gateway.bytes_per_hour), file.gateway.confirm == "broker"
        sender = Sender(file.site.id, spool, link, clock, Manners(pace=pace, broker_confirms=by_broker, here=here))
        supervisor = Supervisor(clock, Notifier())
        ground = Ground(spool, clock, lambda: sender.connected)
        parts = make(ground)
        sources = Sources(supervisor.states, ground.connected, parts.instruments, parts.cameras, parts.pins)
        health = HealthService(program, luxi_version(), sources, spool, file.site, clock, parts.show)
        memory.settle()
        # Health goes last: it would otherwise tell of the others before they are started.
        code = supervisor.run([*parts.services, sender, fixes, health], stop)
        parts.finish()
        spool.close()
        return code


def _presence(program: str, file: SiteFile) -> tuple[Outgoing, Outgoing]:
    """What says that the program is there, and what the broker says when it isn't."""
    topic = topics.up(file.site.id, Kind.ONLINE, program)
    here, gone = (codec.encode_small(Online(program, here, luxi_version())) for here in (True, False))
    return Outgoing(topic, here, retain=True), Outgoing(topic, gone, retain=True)


def _link(program: str, file: SiteFile, listens: str, here: Outgoing, gone: Outgoing, clock: Clock) -> MqttLink:
    site, gateway = file.site.id, file.gateway
    endpoint = Endpoint(
        host=gateway.host,
        port=gateway.port,
        client_id=f"{site}.{program}",
        ca=gateway.ca,
        certificate=gateway.certificate,
        key=gateway.key,
    )
    return MqttLink(endpoint, clock, topics=(listens,), greeting=here, will=gone)
