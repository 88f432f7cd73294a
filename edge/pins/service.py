"""All pins of a site at work: edges in, readings and alarms on the disk, lamps, sirens and relays switched."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from edge.pins.books import Books
from edge.pins.contacts import ContactPin
from edge.pins.counters import CounterPin
from edge.pins.ledger import Stage
from edge.pins.outputs import Open, Signs, wanted
from edge.pins.table import Pin, is_output
from edge.pins.wires import Wires
from edge.schedule import Schedule
from edge.spool.store import Spool
from edge.wire.messages import Health, PinState
from sensors.clock import Clock
from sensors.pins.counter import Count
from sensors.pins.kinds import CONTACTS, COUNTERS
from sensors.quality.judge import Judge
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reading

Keep = Callable[[Sequence[Reading], Sequence[Reading]], None]
LONGEST_WAIT_S = 0.5


class PinsService:
    """A service: the only one that uses the header.

    What is told of a counter is in the ledger first, so that no total ever goes back and no increment comes twice; a
    crash in between costs the increment, not the total. Alarms stand in the ledger before and after they are told.
    """

    name = "pins"

    def __init__(
        self,
        pins: Sequence[Pin],
        wires: Wires,
        books: Books,
        judge: Judge,
        keep: Keep,
        spool: Spool,
        clock: Clock,
        upkeep: Callable[[], Sequence[Upkeep]] = tuple,
    ) -> None:
        """`keep` takes readings and corrections on; alarms go into the spool at once; `upkeep` tells what is being done
        to the pins now."""
        self._wires = wires
        self._books = books
        self._judge = judge
        self._keep = keep
        self._upkeep = upkeep
        self._spool = spool
        self._clock = clock
        page = books.page
        self._contacts = [ContactPin(pin, page.episodes.get(pin.name)) for pin in pins if pin.kind in CONTACTS]
        self._counters = [
            CounterPin(pin, page.counts.get(pin.name, Count()), doubtful=page.running)
            for pin in pins
            if pin.kind in COUNTERS
        ]
        self._outputs = [pin for pin in pins if is_output(pin)]
        self._inputs: list[ContactPin | CounterPin] = [*self._contacts, *self._counters]
        self._by_gpio = {one.pin.gpio: one for one in self._inputs}
        self._on: dict[str, bool] = {}
        self._began = clock.monotonic()
        self._schedule = Schedule({one.pin.name: one.pin.every for one in self._inputs}, self._began)
        self._shown: tuple[bool, bool] | None = None

    def heed(self, health: Health, *, well: bool) -> None:
        """Show this health on the lamps; called by the thread that looked."""
        self._shown = (health.connected, well)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Until told to stop; however it ends, outputs are safe then."""
        try:
            while not stop.is_set():
                self.turn()
                beat()
                self._hear(self._wait_s())
            self.turn()
            self._books.close({one.pin.name: one.count for one in self._counters}, self._clock.monotonic())
        finally:
            self._wires.rest()
            self._on.clear()

    def turn(self) -> None:
        """Look at everything once, keep what there is to tell, and switch what is to be switched."""
        now = self._clock.monotonic()
        for pin in self._wires.connect(now):
            self._meet(pin, now)
        self._hear(0.0)
        self._look(now)
        self._tell(now)
        self._switch(now)

    def states(self) -> tuple[PinState, ...]:
        """How each pin is, for health."""
        contacts = [self._state(one.pin, one.contact.active) for one in self._contacts]
        counters = [self._state(one.pin, one.total, self._ailing(one)) for one in self._counters]
        outputs = [self._state(pin, self._on.get(pin.name)) for pin in self._outputs]
        return (*contacts, *counters, *outputs)

    def _state(self, pin: Pin, value: float | None, ailing: str = "") -> PinState:
        told = None if value is None else float(value)
        return PinState(pin.name, pin.kind.value, told, self._wires.trouble(pin) or ailing)

    def _ailing(self, counter: CounterPin) -> str:
        return "ledger" if self._books.trouble else "counts-lost" if counter.doubtful else ""

    def _meet(self, pin: Pin, now: float) -> None:
        """A pin is held since now: its present level is where it begins."""
        if is_output(pin):
            self._on[pin.name] = pin.output.safe
            return
        contact = self._by_gpio[pin.gpio].contact
        contact.forget()
        level = self._wires.read(pin)
        if level is not None:
            contact.edge(level, now)

    def _hear(self, seconds: float) -> None:
        for edge in self._wires.listen(seconds):
            self._by_gpio[edge.gpio].contact.edge(edge.active, edge.at)
        lost = self._wires.overrun()
        for counter in self._counters:
            counter.doubtful |= counter.pin.gpio in lost

    def _look(self, now: float) -> None:
        """Take what has held; of all but counters also look at the level, should an edge have been missed."""
        for one in self._contacts:
            level = self._wires.read(one.pin) if self._wires.held(one.pin) else None
            if level is None:
                one.contact.forget()
            else:
                one.contact.edge(level, now)
        for each in self._inputs:
            each.contact.settle(now)

    def _tell(self, now: float) -> None:
        """Everything that changed or is due."""
        at, due = self._clock.now(), set(self._schedule.due(now))
        news = [(one, self._news(one, due)) for one in self._inputs]
        steps = [(one, step) for one in self._contacts if (step := one.stepped(at)) is not None]
        counts = {one.pin.name: one.as_told() if one.pin.name in due else one.count for one in self._counters}
        self._books.keep(counts, due, {one.pin.name: step for one, step in steps}, now)
        if steps:
            self._spool.put([one.alarm(step, at) for one, step in steps])
            for contact, step in steps:
                contact.episode = replace(step, stage=Stage.OPEN) if step.stage is Stage.OPENING else None
            self._books.keep(counts, (), {one.pin.name: one.episode for one, _ in steps}, now)
        judged = self._judge.judge((reading for _, several in news for reading in several), self._upkeep())
        if judged.readings:
            self._keep(judged.readings, judged.corrections)
        for one, several in news:
            one.told(several)

    def _news(self, one: ContactPin | CounterPin, due: set[str]) -> list[Reading]:
        return one.readings(self._clock.now(), due=one.pin.name in due, lost=not self._wires.held(one.pin))

    def _switch(self, now: float) -> None:
        connected, well = self._shown or (None, None)
        signs = Signs(now, connected, well, self._open_alarms())
        for pin in self._outputs:
            on = wanted(pin, signs)
            if self._wires.held(pin) and on != self._on.get(pin.name):
                self._wires.switch(pin, on=on)
                self._on[pin.name] = on

    def _open_alarms(self) -> tuple[Open, ...]:
        """An alarm of an earlier boot counts from this start: nobody heard the siren while there was no power."""
        boot = self._clock.now().boot
        return tuple(
            Open(one.pin.kind, one.episode.opened_ms / 1000 if one.episode.boot == boot else self._began)
            for one in self._contacts
            if one.episode is not None
        )

    def _wait_s(self) -> float:
        now = self._clock.monotonic()
        settles = min((one.contact.settles_at() for one in self._inputs), default=float("inf"))
        return min(LONGEST_WAIT_S, max(0.0, min(settles, self._schedule.next_at()) - now))
