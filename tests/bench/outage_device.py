"""A device in a hurry: the real spool and sender, filled with days of readings in simulated time.

`sense` with a filler in place of its buses. Each line on its standard input is a number of hours to measure, and
`gently` (wait while much waits) or `at-once`; it answers with how many readings that made. Beside readings there is
health every minute, and every six hours an alarm with its picture.
"""

import math
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

from edge.app import Parts, live
from edge.config import read_site
from edge.keeper import Keeper
from edge.runtime.program import until_stopped
from edge.spool.store import Spool
from edge.wire.messages import Alarm, Board, Body, Depth, Event, Evidence, Health
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
"""Gently: no more waits than this."""
PICTURE_BYTES = 120_000


class Filler:
    """A service: puts hours of simulated data into the spool as it is told to."""

    name = "filler"

    def __init__(self, spool: Spool, connected: Callable[[], bool], batch_s: int) -> None:
        self._spool = spool
        self._clock = HandClock(wall_ms=1_795_000_000_000, boot="outage")
        self._keeper = Keeper(spool, self._clock, batch_s, connected)
        self._random = Random(1)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Fill as each line says, until there are no more."""
        for line in sys.stdin:
            hours, way = line.split()
            readings = 0
            for _ in range(round(float(hours) * 3600) // STEP_S):
                readings += self._step()
                beat()
                while way == "gently" and self._spool.depth().messages > DEPTH and not stop.wait(0.02):
                    beat()
            self._keeper.finish()
            print(f"filled {readings}", flush=True)
        stop.wait()

    def _step(self) -> int:
        """Ten seconds; how many readings they made."""
        self._clock.sleep(STEP_S)
        second = round(self._clock.monotonic())
        readings = list(self._readings(second))
        self._keeper.take(readings)
        self._keeper.turn()
        if second % MINUTE_S == 0:
            self._spool.put([self._health()])
        if second % ALARM_S == 0:
            self._spool.put(self._alarm(second))
        return len(readings)

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
    """Run as `sense` does, with the filler in place of its buses, until SIGTERM."""
    file = read_site(site, Catalogue()).file
    assert file is not None
    return until_stopped(
        lambda stop: live("sense", file, lambda ground: Parts([Filler(ground.spool, ground.connected, batch_s)]), stop)
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
