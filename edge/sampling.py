"""One bus at work: its stations, polled when they are due, their readings judged and handed to the keeper."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from edge.newest import Newest
from edge.schedule import Schedule
from edge.wire.messages import InstrumentState
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.quality.judge import Judge
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reading
from sensors.station import Station

log = logging.getLogger(__name__)

Keep = Callable[[Sequence[Reading], Sequence[Reading]], None]
LONGEST_WAIT_S = 10.0
"""A bus with nothing due says so often enough that the supervisor, who waits a minute, never takes it for stuck."""


class BusService:
    """A service: the only owner of one port."""

    def __init__(
        self,
        name: str,
        master: Asks,
        stations: Sequence[Station],
        every: Mapping[str, float],
        judge: Judge,
        keep: Keep,
        clock: Clock,
        upkeep: Callable[[], Sequence[Upkeep]] = tuple,
        newest: Newest | None = None,
    ) -> None:
        """`every` gives each station's period in seconds, by name; `keep` takes readings and corrections on; `upkeep`
        tells what is being done to them now; `newest` is where the newest readings are left for people."""
        self.name = f"bus {name}"
        self._bus = name
        self._master = master
        self._stations = {station.name: station for station in stations}
        self._every = every
        self._judge = judge
        self._keep = keep
        self._clock = clock
        self._upkeep = upkeep
        self._newest = newest
        self._troubles = dict.fromkeys(self._stations, "")

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Poll what is due until told to stop."""
        schedule = Schedule(self._every, self._clock.monotonic())
        while not stop.is_set():
            self.turn(schedule)
            if self._newest:
                self._newest.leave()
            beat()
            stop.wait(min(LONGEST_WAIT_S, max(0.0, schedule.next_at() - self._clock.monotonic())))
        self._master.close()

    def turn(self, schedule: Schedule) -> None:
        """Poll all that is due now, and hand it on."""
        due = schedule.due(self._clock.monotonic())
        readings = [reading for name in due for reading in self._stations[name].poll()]
        if not readings:
            return
        judged = self._judge.judge(readings, self._upkeep())
        self._keep(judged.readings, judged.corrections)
        troubles = {name: self._told(name) for name in due}
        if self._newest:
            self._newest.take(judged.readings, troubles)

    def _told(self, name: str) -> str:
        """What is wrong with an instrument, in words, or ""; into the log when it changes in kind."""
        trouble = self._stations[name].health().trouble
        kind = "" if trouble is None else trouble.reason
        if kind != self._troubles[name]:
            self._troubles[name] = kind
            log.log(logging.WARNING if trouble else logging.INFO, "%s: %s", name, trouble.detail if trouble else "well")
        return "" if trouble is None else trouble.detail

    def states(self) -> tuple[InstrumentState, ...]:
        """How each instrument is, for health."""
        return tuple(self._state(station) for station in self._stations.values())

    def _state(self, station: Station) -> InstrumentState:
        health = station.health()
        tally = health.tally
        now_ms = self._clock.now().mono_ms
        return InstrumentState(
            name=health.name,
            bus=self._bus,
            answer_age_ms=None if health.last_answer is None else now_ms - health.last_answer.mono_ms,
            answers=tally.answers,
            timeouts=tally.timeouts,
            crc_errors=tally.crc_errors,
            refusals=tally.exceptions,
            trouble="" if health.trouble is None else health.trouble.reason,
        )
