"""A site's pins on a table: gpiozero's mock pins, a clock cranked by hand, and what was told."""

from collections.abc import Callable, Sequence
from pathlib import Path

from edge.pins.books import Books
from edge.pins.ledger import Ledger
from edge.pins.service import PinsService
from edge.pins.table import Pin
from edge.pins.wires import Wires
from edge.spool.store import Spool
from edge.wire.codec import decode_kept
from edge.wire.columns import pack, unpack
from edge.wire.messages import Alarm, Batch, Body, PinState
from sensors.clock import HandClock
from sensors.pins.header import Header, on_table
from sensors.pins.kinds import Kind
from sensors.quality.judge import Judge
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reading

DOOR = Pin(name="gate", kind=Kind.DOOR, gpio=17, every="60s")
RAIN = Pin(name="rain", kind=Kind.RAIN, gpio=27, per_pulse=0.2, every="60s")
LEAK = Pin(name="sump", kind=Kind.LEAK, gpio=5, every="10min", alarm=False)
SIREN = Pin(name="horn", kind=Kind.SIREN, gpio=22, alarms=("door",), limit="2min")
RELAY = Pin(name="pump", kind=Kind.RELAY, gpio=23, normal="on", safe="off")
CLOSED, OPEN = False, True
"""Levels at the door's pin: closed it pulls the pin down."""


class Bench:
    """Pins at work, over restarts of the program."""

    def __init__(self, folder: Path, *pins: Pin) -> None:
        self.folder = folder
        self.pins = pins
        self.clock = HandClock(monotonic=1000.0, wall_ms=1_790_000_000_000)
        self.spool = Spool(folder / "spool.db", self.clock)
        self.board = on_table()
        self.fails: Exception | None = None
        self.upkeep: list[Upkeep] = []
        self.drive(17, high=CLOSED)
        self.start()

    def start(self, make: Callable[[], object] | None = None) -> None:
        """The program begins, knowing what is on the disk."""
        header = Header(make or (lambda: self.board), self.clock)
        books = Books(Ledger(self.folder / "pins.json"))
        wires, keep, spool = Wires(self.pins, header), self.keep, self.spool
        self.service = PinsService(self.pins, wires, books, Judge({}), keep, spool, self.clock, lambda: self.upkeep)
        self.service.turn()
        self.seconds(1)

    def keep(self, readings: Sequence[Reading], corrections: Sequence[Reading]) -> None:
        """Readings on their way to the disk, if that doesn't fail."""
        if self.fails is not None:
            raise self.fails
        self.spool.put(pack(readings, corrections))

    def drive(self, gpio: int, *, high: bool) -> None:
        """Put a level on an input."""
        pin = self.board.pin(gpio)
        (pin.drive_high if high else pin.drive_low)()

    def tip(self, times: int, gpio: int = 27) -> None:
        """The bucket tips, each time once a second."""
        for _ in range(times):
            self.drive(gpio, high=False)
            self.clock.sleep(0.1)
            self.drive(gpio, high=True)
            self.seconds(0.9)

    def seconds(self, count: float) -> None:
        """Time goes on, with a look each half second and at the end."""
        until = self.clock.monotonic() + count
        while self.clock.monotonic() < until:
            self.clock.sleep(min(0.5, until - self.clock.monotonic()))
            self.service.turn()

    def told(self) -> list[Body]:
        """All that is in the spool, the oldest first."""
        waiting = sorted(self.spool.waiting(100_000), key=lambda one: one.seq)
        return [decode_kept(one.kind, one.body) for one in waiting]

    def readings(self, name: str) -> list[Reading]:
        """All readings of a pin."""
        batches = [body for body in self.told() if isinstance(body, Batch)]
        return [reading for batch in batches for reading in unpack(batch) if reading.instrument == name]

    def values(self, name: str, channel: str) -> list[float | None]:
        """All values of a channel."""
        return [reading.value for reading in self.readings(name) if reading.channel == channel]

    def alarms(self) -> list[Alarm]:
        """All alarms."""
        return [body for body in self.told() if isinstance(body, Alarm)]

    def state(self, name: str) -> PinState:
        """A pin as health tells it."""
        return next(state for state in self.service.states() if state.name == name)

    def level(self, gpio: int) -> bool:
        """The level on a pin."""
        return bool(self.board.pin(gpio).state)
