"""What every program of the device is made of, read top to bottom; its own parts come from `sense.py` or `watch.py`."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.clock_fix import ClockService
from edge.config import SiteFile
from edge.health import HealthService, Sources
from edge.link.beside import BesideLink
from edge.link.link import Outgoing
from edge.link.mqtt import Endpoint, MqttLink
from edge.runtime.alone import alone
from edge.runtime.clock import KnowingClock, SystemClock
from edge.runtime.supervisor import Service, Supervisor
from edge.runtime.systemd import Notifier
from edge.runtime.version import luxi_version
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.time_request import TimeRequests
from edge.wire import codec, topics
from edge.wire.messages import CameraState, InstrumentState, Online
from edge.wire.topics import Kind
from sensors.clock import Clock


@dataclass(frozen=True, slots=True)
class Parts:
    """What one program does beside sending and telling how it is."""

    services: Sequence[Service]
    instruments: Callable[[], tuple[InstrumentState, ...]] = tuple
    cameras: Callable[[], tuple[CameraState, ...]] = tuple


def live(program: str, file: SiteFile, make: Callable[[Spool, Clock], Parts], stop: threading.Event) -> int:
    """Spool, link, sender, health and supervisor around a program's own parts."""
    clock = KnowingClock(SystemClock())
    with alone(file.site.state, program):
        spool = Spool(file.site.state / f"{program}.db", clock)
        # Before anything is read, so that what was known of this boot holds for the first reading already.
        fixes = ClockService(spool, clock)
        requests = TimeRequests(file.site.id, program, clock)
        listens = (topics.down(file.site.id, Kind.ACK, spool.stream), requests.listens)
        link = BesideLink(_link(program, file, listens, clock), requests)
        sender = Sender(file.site.id, spool, link, clock)
        supervisor = Supervisor(clock, Notifier())
        parts = make(spool, clock)
        sources = Sources(supervisor.states, lambda: sender.connected, parts.instruments, parts.cameras)
        health = HealthService(program, luxi_version(), sources, spool, file.site, clock)
        # Health goes last: it would otherwise tell of the others before they are started.
        code = supervisor.run([*parts.services, sender, fixes, health], stop)
        spool.close()
        return code


def _link(program: str, file: SiteFile, listens: tuple[str, ...], clock: Clock) -> MqttLink:
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
        topics=listens,
        greeting=Outgoing(presence, online, retain=True),
        will=Outgoing(presence, offline, retain=True),
    )
