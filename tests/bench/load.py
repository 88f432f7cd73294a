"""Load for a gateway: batches of a 40-channel site, and a device that sends them as fast as they are acknowledged."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from edge.link.endpoint import Endpoint
from edge.link.link import Outgoing
from edge.link.mqtt import MqttLink
from edge.runtime.clock import SystemClock
from edge.wire import codec, columns, topics
from edge.wire.legend import digest
from edge.wire.messages import Batch
from edge.wire.topics import Kind
from sensors.reading import GOOD, ClockState, Reading, Stamp

CHANNELS = (
    ("dissolved_oxygen", "mg/L", "w01009", 8.0),
    ("ph", "[pH]", "w01001", 7.4),
    ("temperature", "Cel", "w01010", 16.0),
    ("turbidity", "[NTU]", "w01003", 12.0),
    ("conductivity", "uS/cm", "w01014", 520.0),
)
INSTRUMENTS = 8
BOOT = "0b5f2c52-6b7c-4b6e-9a79-7dc9c0f1c0aa"
START_MS = 1_790_000_000_000


def minutes(every_s: int, seed: int = 1) -> Iterator[Batch]:
    """One batch a minute, for ever: 40 channels, each read once in so many seconds, with two decimals."""
    chance, mono_ms = random.Random(seed), 100_000
    while True:
        readings = [one for second in range(0, 60, every_s) for one in _round(chance, mono_ms + second * 1000)]
        (batch,) = columns.pack(readings)
        yield batch
        mono_ms += 60_000


def _round(chance: random.Random, mono_ms: int) -> Iterator[Reading]:
    """Each instrument read once, one after the other."""
    for instrument in range(INSTRUMENTS):
        then = mono_ms + instrument * 100 + chance.randrange(8)
        at = Stamp(START_MS + then, then, BOOT, ClockState.SYNCHRONISED, 12)
        for channel, unit, code, usual in CHANNELS:
            value = round(usual + chance.gauss(0, usual / 100), 2)
            yield Reading(f"sonde-{instrument}", channel, unit, code, value, GOOD, at)


@dataclass(frozen=True, slots=True)
class Load:
    """Messages of one site, made beforehand: the legend, and what follows it."""

    site: str
    stream: str
    legend: Outgoing
    messages: tuple[Outgoing, ...]
    readings: int


def load(site: str, batches: int, every_s: int) -> Load:
    """So many minutes of one site."""
    encoder, stream, made = codec.Encoder(), f"bench-{site}", minutes(every_s, seed=len(site))
    parts = [codec.parted(encoder.encode(next(made))) for _ in range(batches)]
    topic = topics.up(site, Kind.BATCH)
    messages = [Outgoing(topic, codec.seal(stream, at, one.body)) for at, one in enumerate(parts, 1)]
    legend = Outgoing(topics.up(site, Kind.LEGEND, digest(parts[0].legend).hex()), parts[0].legend)
    return Load(site, stream, legend, tuple(messages), batches * len(CHANNELS) * INSTRUMENTS * (60 // every_s))


class Device:
    """Sends a load with a window under way, as a spool's sender would, without a spool's cost."""

    def __init__(self, what: Load, endpoint: Endpoint, window: int = 64) -> None:
        self._load = what
        self._window = window
        self._link = MqttLink(endpoint, SystemClock(), (topics.down(what.site, Kind.ACK, what.stream),))
        self.sent = self.acknowledged = 0

    @property
    def done(self) -> bool:
        """Is everything acknowledged?"""
        return self.acknowledged >= len(self._load.messages)

    def connect(self) -> None:
        """Be connected, and have told the legend."""
        while not self._link.connected:
            self._link.pump(0.05)
        for _ in range(10):
            self._link.pump(0.02)
        self._link.publish(self._load.legend)

    def turn(self) -> None:
        """Take in acknowledgements, send what there is room for."""
        for message in self._link.pump(0.005):
            ack = codec.decode_ack(message.payload)
            self.acknowledged += sum(last - first + 1 for first, last in ack.runs)
        while self.sent < len(self._load.messages) and self.sent - self.acknowledged < self._window:
            self._link.publish(self._load.messages[self.sent])
            self.sent += 1

    def close(self) -> None:
        """Leave."""
        self._link.close()
