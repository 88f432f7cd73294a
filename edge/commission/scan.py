"""`luxi scan`: what stands on a line, at which rate and address. Reads only, and nothing that has a side effect."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge.commission.through import Through
from sensors.block import Block, Table
from sensors.clock import Clock
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.port import Framing
from sensors.profile import Illegal, Profile
from sensors.reading import Reason
from sensors.workshop import Recognised, Workshop

GENERIC = (Block(Table.HOLDING, 0, 1), Block(Table.INPUT, 0, 1), Block(Table.HOLDING, 1, 1))
"""What almost every instrument answers, if only with an exception, which shows as well that somebody is there."""
PATIENCE = Patience(0.2, 0.01)
MOST_CANDIDATES = 6
_HERE = {Reason.REFUSED, Reason.PENDING}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that the instrument may be; `certain` if it said so itself. `marks` are what it tells of itself."""

    profile: str
    certain: bool
    marks: dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody at an address, and who it may be, the likeliest first; no candidate means an unknown model."""

    framing: Framing
    address: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Garbled:
    """Somebody may be at an address, but nothing sound came: two instruments at once, or one at another rate."""

    framing: Framing
    address: int


@dataclass(frozen=True, slots=True)
class Step:
    """One address was asked at one rate; how far the search is, from 0 to 1."""

    framing: Framing
    address: int
    share: float


class PortTroubleError(Exception):
    """The port itself can't be used; says why in Chinese and English."""


def framings(profiles: Iterable[Profile]) -> tuple[Framing, ...]:
    """How characters may stand on the line, by how many models leave the factory so."""
    counts: dict[Framing, int] = {Framing(9600, "N", 1): 1}
    for profile in profiles:
        usual = profile.transport
        if "rtu" in usual.over and usual.baudrate is not None:
            framing = Framing(usual.baudrate, usual.parity, usual.stop_bits)
            counts[framing] = counts.get(framing, 0) + 1
    return tuple(sorted(counts, key=lambda framing: (-counts[framing], framing.baudrate, framing.parity)))


def probes(profiles: Sequence[Profile]) -> tuple[Block, ...]:
    """The reads that show whether anybody is at an address: a few generic ones, and one for each kind of instrument
    that is silent to what it does not know. None touches an address where some model's reading has a side effect."""
    barred = [block for profile in profiles for block in profile.barred]
    silent = [profile.probe for profile in profiles if profile.reads.illegal is Illegal.SILENCE]
    wanted = dict.fromkeys((*GENERIC, *silent))
    return tuple(block for block in wanted if not any(_overlap(block, other) for other in barred))


class Scanner:
    """Looks for `profiles` through masters that `opened` gives, one rate after the other."""

    def __init__(self, opened: Callable[[Framing], Asks], clock: Clock, profiles: Sequence[Profile]) -> None:
        self._opened = opened
        self._clock = clock
        self._profiles = profiles
        self._probes = probes(self._profiles)

    def scan(self, rates: Sequence[Framing], addresses: Sequence[int]) -> Iterator[Step | Found | Garbled]:
        """Ask every address at every rate. A rate that the port refuses is passed over; PortTroubleError where it
        refuses all of them. Who was found is not looked for again with another number of stop bits alone: most
        instruments answer to either."""
        troubles: list[PortTroubleError] = []
        found: set[tuple[int, str, int]] = set()
        for nth, framing in enumerate(rates):
            rate = framing.baudrate, framing.parity
            wanted = [address for address in addresses if (*rate, address) not in found]
            master = _Remembering(self._opened(framing))
            try:
                for event in self._at(framing, master, wanted):
                    if isinstance(event, Found):
                        found.add((*rate, event.address))
                    yield replace(event, share=(nth + event.share) / len(rates)) if isinstance(event, Step) else event
            except PortTroubleError as trouble:
                troubles.append(trouble)
            finally:
                master.close()
        if len(troubles) == len(rates) and troubles:
            raise troubles[0]

    def _at(self, framing: Framing, master: Asks, addresses: Sequence[int]) -> Iterator[Step | Found | Garbled]:
        for nth, address in enumerate(addresses, start=1):
            outcomes = self._asked(master, address)
            if Reason.REFUSED in outcomes or None in outcomes:
                yield Found(framing, address, self._candidates(master, address))
            elif Reason.CRC in outcomes:
                yield Garbled(framing, address)
            yield Step(framing, address, nth / len(addresses))

    def _asked(self, master: Asks, address: int) -> set[Reason | None]:
        """What came of the probes until one was answered: None for an answer; a refusal is as good as one."""
        outcomes: set[Reason | None] = set()
        for block in self._probes:
            outcome = master.read(address, block, PATIENCE)
            if isinstance(outcome, Answer):
                return {None}
            if outcome.reason in _HERE:
                return {Reason.REFUSED}
            if outcome.reason is Reason.PORT:
                raise PortTroubleError(outcome.detail)
            outcomes.add(outcome.reason)
        return outcomes

    def _candidates(self, master: Asks, address: int) -> tuple[Candidate, ...]:
        found = []
        for profile in self._profiles:
            recognised = Workshop(profile, master, self._clock, address).identify()
            if isinstance(recognised, Recognised) and recognised.fits is not False:
                found.append(Candidate(profile.id, recognised.fits is True, recognised.marks))
        certain = [candidate for candidate in found if candidate.certain]
        return tuple(certain or found)[:MOST_CANDIDATES]


class _Remembering(Through):
    """Asks each question once: many models are recognised by the same registers."""

    def __init__(self, master: Asks) -> None:
        super().__init__(master)
        self._known: dict[tuple[int, Block], Answer | Trouble] = {}

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """As the master does, the first time."""
        outcome = self._known.get((address, block))
        if outcome is None:
            outcome = self._known[address, block] = super().read(address, block, patience)
        return outcome


def _overlap(one: Block, other: Block) -> bool:
    return one.table is other.table and one.start < other.end and other.start < one.end
