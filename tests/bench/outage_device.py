"""A device in a hurry: the real spool and sender, filled with days of readings in simulated time.

A program of its own. Each line on its standard input is a number of hours to measure; it answers with a line of what it
put into the spool. Beside readings there is health every minute, and every six hours an alarm with its picture.
"""

import math
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

from edge.config import SiteFile, read_site
from edge.link.mqtt import Endpoint, MqttLink
from edge.runtime.clock import SystemClock
from edge.runtime.program import until_stopped
from edge.runtime.supervisor import Supervisor
from edge.runtime.systemd import Notifier
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.wire import topics
from edge.wire.columns import pack
from edge.wire.messages import Alarm, Board, Body, Depth, Event, Evidence, Health
from edge.wire.topics import Kind
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.reading import GOOD, Reading

STEP_S, MINUTE_S, ALARM_S = 10, 60, 6 * 3600
INSTRUMENTS = [f"water-{number}" for number in range(1, 6)]
CHANNELS = (
    ("temperature", "Cel", "w01010", 18.0),
    ("ph", "[pH]", "w01001", 7.5),
    ("dissolved_oxygen", "mg/L", "w01009", 8.0),
    ("conductivity", "uS/cm", "w01014", 450.0),
    ("turbidity", "{NTU}", "w01003", 12.0),
    ("orp", "mV", "", 215.0),
    ("ammonium", "mg/L", "w21003", 0.4),
    ("level", "m", "", 1.2),
)
DEPTH = 400
"""While the sender gets rid of what is put in, no more waits than this."""
PICTURE_BYTES = 120_000


class Filler:
    """A service: puts hours of simulated data into the spool as it is told to."""

    name = "filler"

    def __init__(self, spool: Spool, clock: HandClock, connected: Callable[[], bool], batch_s: int) -> None:
        self._spool = spool
        self._clock = clock
        self._connected = connected
        self._batch_s = batch_s
        self._random = Random(1)
        self._held: list[Reading] = []

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Fill as each line says, until there are no more."""
        for line in sys.stdin:
            readings = messages = 0
            for _ in range(round(float(line) * 3600) // STEP_S):
                for bodies in self._step():
                    self._spool.put(bodies)
                    messages += len(bodies)
                readings += len(INSTRUMENTS) * len(CHANNELS)
                beat()
                while self._connected() and self._spool.depth().messages > DEPTH and not stop.wait(0.02):
                    pass
            messages += self._rest()
            print(f"filled {readings} {messages}", flush=True)
        stop.wait()

    def _step(self) -> Iterator[list[Body]]:
        self._clock.sleep(STEP_S)
        second = round(self._clock.monotonic())
        self._held += self._readings(second)
        if second % self._batch_s == 0:
            yield list(pack(self._held))
            self._held = []
        if second % MINUTE_S == 0:
            yield [self._health()]
        if second % ALARM_S == 0:
            yield self._alarm(second)

    def _rest(self) -> int:
        """Keep what is left of the last batch; how many messages that made."""
        batches, self._held = pack(self._held), []
        self._spool.put(batches)
        return len(batches)

    def _readings(self, second: int) -> Iterator[Reading]:
        day = math.sin(second / 86_400 * 2 * math.pi)
        for instrument in INSTRUMENTS:
            at = self._clock.now()
            for channel, unit, code, middle in CHANNELS:
                value = round(middle * (1 + 0.1 * day + self._random.gauss(0, 0.002)), 3)
                yield Reading(instrument, channel, unit, code, value, GOOD, at)

    def _health(self) -> Health:
        board = Board(51.0, False, 0.3, 700, 20_000)
        return Health("sense", "0.1.0", self._clock.now(), 1000, True, board, Depth(1, 1, 1))

    def _alarm(self, second: int) -> list[Body]:
        at, data = self._clock.now(), self._random.randbytes(PICTURE_BYTES)
        name = sha256(data).hexdigest()
        return [
            Alarm("smoke", "north", f"e-{second}", Event.OPENED, at, 0.9, evidence=name),
            Evidence(f"e-{second}", "north", at, "image/jpeg", 640, 480, name, data),
        ]


def main(site: Path, batch_s: int) -> int:
    """Run until SIGTERM."""
    file = read_site(site, Catalogue()).file
    assert file is not None
    clock, hand = SystemClock(), HandClock(wall_ms=1_795_000_000_000, boot="outage")
    spool = Spool(file.site.state / "sense.db", hand)
    sender = Sender(file.site.id, spool, _link(file, spool.stream, clock), clock)
    filler = Filler(spool, hand, lambda: sender.connected, batch_s)
    return until_stopped(lambda stop: Supervisor(clock, Notifier(), patience_s=1e9).run([filler, sender], stop))


def _link(file: SiteFile, stream: str, clock: SystemClock) -> MqttLink:
    way = file.gateway
    endpoint = Endpoint(way.host, way.port, f"{file.site.id}.sense", way.ca, way.certificate, way.key)
    return MqttLink(endpoint, clock, topics=(topics.down(file.site.id, Kind.ACK, stream),))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
