"""What tests of the gateway share: messages as devices send them, services that run, and a gateway with its sites."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from broker_kit import RealBroker, until, unused_port

from edge.link.endpoint import Endpoint
from edge.link.link import Incoming
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.wire import codec, columns, topics
from edge.wire.legend import Legend, digest
from edge.wire.messages import (
    Alarm,
    Batch,
    Board,
    Body,
    Box,
    CameraState,
    ClockFix,
    Depth,
    Event,
    Evidence,
    Health,
    InstrumentState,
    Online,
    PinState,
    ServiceState,
)
from edge.wire.topics import Kind
from gateway.authority import Authority, Bundle
from gateway.broker import Listener
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

AT = Stamp(1_790_000_000_123, 50_000, "boot-1", ClockState.SYNCHRONISED, 3)
JPEG = b"\xff\xd8\xff\xe0 a picture of smoke \xff\xd9"
SHA256 = sha256(JPEG).hexdigest()
STREAM = "0123456789abcdef"


def batch(*values: float | None, at: Stamp = AT) -> Batch:
    """One batch of dissolved oxygen; None is a value that is missing for want of a reply."""
    missing = Quality(Flag.MISSING, (Reason.NO_REPLY,))
    readings = [
        Reading("y504-1", "do", "mg/L", "w01009", value, GOOD if value is not None else missing, at) for value in values
    ]
    (made,) = columns.pack(readings)
    return made


def corrected(value: float, earlier: float, at: Stamp = AT) -> Batch:
    """A batch of one value that makes a spike of an earlier one, ten seconds before."""
    before = Stamp(at.wall_ms - 10_000, at.mono_ms - 10_000, at.boot, at.clock, at.error_ms)
    spike = Quality(Flag.BAD, (Reason.SPIKE,))
    (made,) = columns.pack(
        [Reading("y504-1", "do", "mg/L", "w01009", value, GOOD, at)],
        [Reading("y504-1", "do", "mg/L", "w01009", earlier, spike, before)],
    )
    return made


ALARM = Alarm("smoke", "north", "e1", Event.OPENED, AT, 0.91, (Box(0.1, 0.2, 0.3, 0.4, 0.91),), "smoke-1", SHA256)
PICTURE = Evidence("e1", "north", AT, "image/jpeg", 640, 480, SHA256, JPEG)
HEALTH = Health(
    "sense",
    "0.1.0",
    AT,
    60_000,
    True,
    Board(51.5, False, 0.3, 900, 20_000),
    Depth(7, 4096, 1500),
    (ServiceState("sender", True, 0, 20),),
    (InstrumentState("y504-1", "rs485-1", None, 0, 12, 0, 0, "no reply"),),
    (CameraState("north", 200, 55, 2, 1),),
    pins=(PinState("gate", "door", 1.0), PinState("rain", "rain", None, "no-chip")),
)

FIX = ClockFix(AT, 86_400_000)


def sent(body: Body, seq: int, site: str = "pond-1", stream: str = STREAM) -> Incoming:
    """A body as the broker brings it; what a batch refers to is remembered for `known` and `told`."""
    parts = codec.parted(codec.encode_kept(body))
    LEGENDS[digest(parts.legend)] = parts.legend
    return Incoming(topics.up(site, codec.kind_of(body)), codec.seal(stream, seq, parts.body))


LEGENDS: dict[bytes, bytes] = {}
"""What the batches that were made here refer to, by digest."""


def known(_site: str, name: bytes) -> Legend | None:
    """The legend of any batch that was made here."""
    return codec.decode_legend(LEGENDS[name]) if name in LEGENDS else None


def told(message: Incoming) -> list[Incoming]:
    """A message as a device sends it: behind the legend that it refers to, if it is a batch."""
    address = topics.parse(message.topic)
    ahead: list[bytes] = []
    try:
        if address is not None:
            codec.decode_body(address.kind, codec.unseal(message.payload).body, ahead.append)
    except (codec.UnknownLegendError, codec.MalformedError):
        pass
    legends = [Incoming(topics.up(address.site, Kind.LEGEND, one.hex()), LEGENDS[one]) for one in ahead if address]
    return [*legends, message]


def came(program: str, online: bool = True, site: str = "pond-1", version: str = "0.1.0") -> Incoming:
    """A program's presence as the broker brings it."""
    message = codec.encode_small(Online(program, online, version))
    return Incoming(topics.up(site, Kind.ONLINE, program), message)


class Runs(Protocol):
    """A service, as far as running it goes."""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None: ...


@contextmanager
def running(*services: Runs) -> Iterator[threading.Event]:
    """Services at work, each in a thread, until the block ends."""
    stop = threading.Event()
    threads = [threading.Thread(target=service.run, args=(stop, lambda: None)) for service in services]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join(15)
            assert not thread.is_alive(), "a service did not heed its stop"


class SecuredBroker:
    """A real mosquitto with the product's certificates and access list, and links to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "ca", datetime.now(UTC))
        tls = self.authority.ensure_server(folder / "server", ("127.0.0.1", "localhost"))
        self.broker = RealBroker(Listener("127.0.0.1", unused_port(), folder / "broker", tls))
        self.links: list[MqttLink] = []

    def bundle(self, name: str) -> Bundle:
        return self.authority.ensure_client(self.folder / name, "site", name)

    def link(self, name: str, *listens: str, client_id: str = "") -> MqttLink:
        """A link that shows the certificate of `name`, connected."""
        files = self.bundle(name)
        endpoint = Endpoint(
            "127.0.0.1", self.broker.port, client_id or f"{name}-test", files.ca, files.certificate, files.key
        )
        link = MqttLink(endpoint, SystemClock(), listens, backoff=Backoff(0.05, 0.2))
        self.links.append(link)
        until(lambda: link.pump(0.02) is not None and link.connected, f"{name} connects")
        for _ in range(5):
            link.pump(0.02)  # its subscriptions go out and are answered
        return link

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.broker.stop()
