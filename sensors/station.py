"""One instrument on a line: what is due is read, decoded and marked; silence costs the line as little as can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sensors.channel import Channel
from sensors.clock import Clock
from sensors.decode import decode
from sensors.modbus.line import Patience, Tally, Trouble
from sensors.modbus.master import Answer, Master
from sensors.plan import Read, plan
from sensors.profile import Profile
from sensors.reading import Flag, Quality, Reading, Reason, Stamp

_LONGEST_PAUSE_S = 60.0
_LONGEST_OPTIONAL_PAUSE_S = 3600.0
"""What a unit has not got will hardly grow on it; but the unit may be exchanged."""
_UNHEARD = {Reason.NO_REPLY, Reason.CRC}
_MISSES_BEFORE_WARM_UP = 2
"""One lost answer is noise; after more the instrument may have been without power."""


class State(StrEnum):
    """How an instrument stands: never heard, warming up, ready, or not answering."""

    UNKNOWN = "unknown"
    WARMING = "warming"
    READY = "ready"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Pause:
    """The rest that an unanswered request earns: a second, then twice as long after every further miss.

    `trouble` is what the last request ended in, and what is answered meanwhile in its place.
    """

    trouble: Trouble
    misses: int
    until: float

    @staticmethod
    def after(trouble: Trouble, before: "Pause | None", now: float, longest: float) -> "Pause":
        """The pause after one more miss at `now`."""
        misses = before.misses if before else 0
        return Pause(trouble, misses + 1, now + min(2.0 ** min(misses, 30), longest))


@dataclass(frozen=True, slots=True)
class StationHealth:
    """How one instrument fares; `trouble` is what its last request ended in, None after an answer."""

    name: str
    profile: str
    address: int
    state: State
    last_answer: Stamp | None
    trouble: Trouble | None
    tally: Tally


class Station:
    """The instrument `name` at `address` of one line.

    `channels` restricts what is read, by the profile's names (of a sonde: the probes that are fitted); otherwise it is
    the profile's routine. `powered_at` is when the instrument got its power, in the clock's monotonic seconds: 0, with
    the box, unless told otherwise.
    """

    def __init__(
        self,
        name: str,
        profile: Profile,
        master: Master,
        clock: Clock,
        *,
        address: int | None = None,
        channels: Sequence[str] | None = None,
        powered_at: float = 0.0,
    ) -> None:
        self.name = name
        self.profile = profile
        self.address = profile.transport.address if address is None else address
        self.channels = profile.routine if channels is None else _named(profile, channels)
        self._master = master
        self._clock = clock
        self._powered_at = powered_at
        timing = profile.timing
        self._patience = Patience(timing.response_timeout_ms / 1000, timing.turnaround_ms / 1000)
        self._alone = self._optional()
        self._refused: set[str] = set()
        self._pause: Pause | None = None
        self._pauses: dict[str, Pause] = {}
        self._last_answer: Stamp | None = None
        self._trouble: Trouble | None = None

    def poll(self, due: Sequence[str] | None = None) -> list[Reading]:
        """One reading for each channel in `due` (all of the station's by default), whatever happens.

        While the instrument is silent and its pause lasts, nothing is sent.
        """
        channels = self.channels if due is None else _named(self.profile, due)
        reads = plan(channels, self.profile.reads, self.profile.ground, self._alone | self._refused)
        return [reading for read in reads for reading in self._readings(read)]

    def warm_up_left(self) -> float:
        """Seconds until values count as settled; 0 when they do."""
        timing = self.profile.timing
        settled = self._powered_at + timing.warm_up_s + timing.stabilisation_s
        return max(0.0, settled - self._clock.monotonic())

    def health(self) -> StationHealth:
        """How the instrument fares now; may be asked from any thread."""
        tally = self._master.tally(self.address)
        return StationHealth(
            self.name, self.profile.id, self.address, self._state(), self._last_answer, self._trouble, tally
        )

    def _state(self) -> State:
        if self._pause or (self._trouble and self._trouble.reason is Reason.PORT):
            return State.SILENT
        if self._last_answer is None:
            return State.UNKNOWN
        return State.WARMING if self.warm_up_left() else State.READY

    def _readings(self, read: Read) -> Iterable[Reading]:
        outcome = self._ask(read)
        if isinstance(outcome, Trouble) and outcome.reason is Reason.REFUSED and len(read.channels) > 1:
            self._refused.update(channel.name for channel in read.channels)
            parts = plan(read.channels, self.profile.reads, self.profile.ground, self._refused)
            return [reading for part in parts for reading in self._readings(part)]
        at = self._clock.now()
        if isinstance(outcome, Trouble):
            return [self._reading(c, None, Quality(Flag.MISSING, (outcome.reason,)), at) for c in read.channels]
        return [self._decoded(channel, read, outcome, at) for channel in read.channels]

    def _ask(self, read: Read) -> Answer | Trouble:
        apart = read.channels[0].name if read.channels[0].name in self._alone else None
        now = self._clock.monotonic()
        for pause in (self._pause, self._pauses.get(apart) if apart else None):
            if pause and now < pause.until:
                return pause.trouble
        outcome = self._master.read(self.address, read.block, self._patience)
        if isinstance(outcome, Trouble) and outcome.reason is Reason.CRC and not self._pause:
            outcome = self._master.read(self.address, read.block, self._patience)
        self._learn(apart, outcome)
        return outcome

    def _learn(self, apart: str | None, outcome: Answer | Trouble) -> None:
        """What `outcome` says about the instrument; `apart` names the channel of a read that may well fail."""
        now = self._clock.monotonic()
        reason = outcome.reason if isinstance(outcome, Trouble) else None
        if reason not in {*_UNHEARD, Reason.PORT}:
            self._heard(now)
        if apart and isinstance(outcome, Trouble) and reason in {*_UNHEARD, Reason.REFUSED}:
            before = self._pauses.get(apart)
            self._pauses[apart] = Pause.after(outcome, before, now, _LONGEST_OPTIONAL_PAUSE_S)
            return
        self._trouble = outcome if isinstance(outcome, Trouble) else None
        if isinstance(outcome, Answer):
            self._alone.discard(apart or "")
        elif reason in _UNHEARD:
            self._pause = Pause.after(outcome, self._pause, now, _LONGEST_PAUSE_S)
            self._alone = self._optional()

    def _heard(self, now: float) -> None:
        silent = self._pause and self._pause.trouble.reason is Reason.NO_REPLY
        if self._pause and silent and self._pause.misses >= _MISSES_BEFORE_WARM_UP:
            self._powered_at = now
        self._pause = None
        self._last_answer = self._clock.now()

    def _optional(self) -> set[str]:
        return {channel.name for channel in self.profile.channels if channel.optional}

    def _decoded(self, channel: Channel, read: Read, answer: Answer, at: Stamp) -> Reading:
        first = channel.block.start - read.block.start
        decoded = decode(channel, answer.registers[first : first + channel.block.count])
        quality = decoded.quality
        if decoded.value is not None and self.warm_up_left():
            quality = Quality(max(quality.flag, Flag.UNKNOWN), (Reason.WARM_UP, *quality.reasons))
        return self._reading(channel, decoded.value, quality, at)

    def _reading(self, channel: Channel, value: float | None, quality: Quality, at: Stamp) -> Reading:
        return Reading(self.name, channel.name, channel.unit, channel.code, value, quality, at)


def _named(profile: Profile, names: Sequence[str]) -> tuple[Channel, ...]:
    missing = [name for name in names if profile.channel(name) is None]
    if missing:
        raise KeyError(f"{profile.id} has no channel {missing}; it has {[c.name for c in profile.channels]}")
    return tuple(channel for channel in profile.channels if channel.name in names)
