"""The stand-in county: what it does with a message, and the program with its broker and link."""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.link.endpoint import Endpoint
from edge.link.link import Incoming, Link
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.runtime.program import until_stopped
from edge.runtime.supervisor import Service, Supervisor
from edge.runtime.systemd import Notifier
from gateway.broker import BrokerService, Listener, find_program, write_passwords
from hil.virtual.county_ledger import Ledger, is_picture, told
from sensors.clock import Clock

TURN_S = 0.2
SESSION_S = 86_400
"""So long its broker keeps what comes while the county is away."""


@dataclass(frozen=True, slots=True)
class CountyPlan:
    """Where the county listens and records. With a user name its own broker lets in nobody else."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 1884
    prefix: str = "county/1"
    username: str = ""
    password: str = field(default="", repr=False)
    external: bool = False
    seconds: float | None = None


class County:
    """A service: takes what comes on `link`, writes it down, keeps pictures as files, and says what it saw."""

    name = "county"

    def __init__(self, link: Link, folder: Path, clock: Clock, saying: Callable[[str], None] | None = None) -> None:
        self._link = link
        self._folder = folder
        self._clock = clock
        self._saying = saying

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until told to stop, then disconnect in order."""
        ledger = Ledger(self._folder / "county.db")
        while not stop.is_set():
            self.turn(ledger, TURN_S)
            beat()
        self._link.close()
        ledger.close()

    def turn(self, ledger: Ledger, timeout_s: float) -> None:
        """Take in one group."""
        messages = self._link.pump(timeout_s)
        if not messages:
            return
        ledger.record(messages, self._clock.now().wall_ms)
        self._link.accept()
        for message in messages:
            if is_picture(message.topic):
                self._keep(message)
            if self._saying is not None:
                self._saying(told(message))

    def _keep(self, picture: Incoming) -> None:
        folder = self._folder / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{picture.topic.rsplit('/', 1)[1]}.jpg").write_bytes(picture.payload)


class _Ending:
    """A service that tells all to stop when their time is over."""

    name = "ending"

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._at = clock.monotonic() + seconds

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        while not stop.wait(0.2):
            beat()
            if self._clock.monotonic() >= self._at:
                stop.set()


def run(plan: CountyPlan, saying: Callable[[str], None] | None = None) -> int:
    """Run it until SIGTERM, SIGINT or the end of its time; the exit status."""
    clock = SystemClock()
    endpoint = Endpoint(
        plan.host,
        plan.port,
        "county-platform",
        username=plan.username,
        password=plan.password,
        session_s=SESSION_S,
        accepts=True,
    )
    link = MqttLink(endpoint, clock, (f"{plan.prefix}/#",), backoff=Backoff(first=0.2, longest=5.0))
    services: list[Service] = [County(link, plan.folder, clock, saying)]
    if not plan.external:
        broker = _broker(plan, clock)
        if broker is None:
            print("找不到 mosquitto，请安装 / mosquitto was not found: apt-get install mosquitto", file=sys.stderr)
            return 1
        services.append(broker)
    if plan.seconds is not None:
        services.append(_Ending(clock, plan.seconds))
    return until_stopped(lambda stop: Supervisor(clock, Notifier()).run(services, stop))


def _broker(plan: CountyPlan, clock: Clock) -> BrokerService | None:
    program = find_program()
    if program is None:
        return None
    folder = plan.folder / "broker"
    passwords = folder / "passwords" if plan.username else None
    if passwords is not None:
        write_passwords(passwords, {plan.username: plan.password})
    listener = Listener(plan.host, plan.port, folder, passwords=passwords)
    return BrokerService(program, listener, clock, name="county-broker")
