"""One instrument on a line: what is due is read, decoded and marked; silence costs the line as little as can be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sensors.channel import Channel, Verdict
from sensors.clock import Clock
from sensors.errand import Errand, Outcome, came, errand, missing
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Tally, Trouble
from sensors.plan import Cut, Read, barring, cuts_after_refusal, plan
from sensors.profile import Profile
from sensors.reading import Reading, Reason, Stamp
from sensors.verdict import under, unjudged

_LONGEST_PAUSE_S = 60.0
_LONGEST_OPTIONAL_PAUSE_S = 3600.0
"""What a unit has not got will hardly grow on it; but the unit may be exchanged."""
_UNHEARD = {Reason.NO_REPLY, Reason.CRC}
_MISSES_BEFORE_WARM_UP = 2
"""One lost answer is noise; after more the instrument may have been without power."""
_START_TRIES = 3
"""Newer firmware starts by itself and may not know the command."""


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
        master: Asks,
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
        self._apart = {channel.name for channel in profile.channels if channel.side_effect}
        self._cuts: set[Cut] = set(barring(profile.barred))
        self._errands: dict[tuple[str, ...] | None, Errand] = {}
        self._starts_left = self._start_tries()
        self._pause: Pause | None = None
        self._pauses: dict[str, Pause] = {}
        self._last_answer: Stamp | None = None
        self._trouble: Trouble | None = None

    def poll(self, due: Sequence[str] | None = None) -> list[Reading]:
        """One reading for each channel in `due` (all of the station's by default), whatever happens.

        Status channels that judge what is due are read along. While the instrument is silent and its pause lasts,
        nothing is sent.
        """
        todo, heard = self._errand(due), self._last_answer
        outcomes = {name: outcome for read in todo.reads for name, outcome in self._outcomes(read).items()}
        if self._starts_left and self._last_answer is not heard:
            self._start()
        settled = not self.warm_up_left()
        return [
            self._reading(
                todo.channels[name], outcome, [(one, outcomes[one.name]) for one in todo.status[name]], settled=settled
            )
            for name, outcome in outcomes.items()
            if name in todo.due
        ]

    def _errand(self, due: Sequence[str] | None) -> Errand:
        """What the poll of `due` has to do, worked out once until something is learnt of the instrument."""
        key = None if due is None else tuple(due)
        if key not in self._errands:
            channels = self.channels if due is None else _named(self.profile, due)
            self._errands[key] = errand(channels, self.profile.judging(channels), self._plan)
        return self._errands[key]

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

    def _plan(self, channels: Iterable[Channel]) -> tuple[Read, ...]:
        return plan(channels, self.profile.reads, self.profile.ground, self._alone | self._apart, self._cuts)

    def _outcomes(self, read: Read) -> Mapping[str, Outcome]:
        """What came of each channel of `read`; a refused read is taken apart."""
        answer = self._ask(read)
        refused = isinstance(answer, Trouble) and answer.reason is Reason.REFUSED
        if refused and (cuts := cuts_after_refusal(read)):
            return self._in_parts(read, cuts - self._cuts)
        at = self._clock.now()
        if isinstance(answer, Trouble):
            return {channel.name: missing(answer.reason, at) for channel in read.channels}
        return {channel.name: came(channel, read, answer.registers, at) for channel in read.channels}

    def _in_parts(self, read: Read, cuts: frozenset[Cut]) -> Mapping[str, Outcome]:
        """What came of `read` in parts; the cuts stay if they helped, and not if the instrument refuses everything."""
        self._errands.clear()
        self._cuts |= cuts
        outcomes = {name: one for part in self._plan(read.channels) for name, one in self._outcomes(part).items()}
        if all(outcome.raw is None for outcome in outcomes.values()):
            self._cuts -= cuts
        return outcomes

    def _start(self) -> None:
        """Give the commands that the model wants once it was heard, at first and after a silence."""
        self._starts_left -= 1
        for command in self.profile.commands:
            if command.when != "start":
                continue
            if isinstance(self._master.command(self.address, command.body, command.reply, self._patience), bytes):
                self._starts_left = 0
                self._powered_at = self._clock.monotonic()

    def _start_tries(self) -> int:
        return _START_TRIES if any(command.when == "start" for command in self.profile.commands) else 0

    def _ask(self, read: Read) -> Answer | Trouble:
        apart = read.channels[0].name if read.channels[0].name in self._alone else None
        now = self._clock.monotonic()
        for pause in (self._pause, self._pauses.get(apart) if apart else None):
            if pause and now < pause.until:
                return pause.trouble
        outcome = self._asked(read)
        self._learn(apart, outcome)
        return outcome

    def _asked(self, read: Read) -> Answer | Trouble:
        """The answer to `read`, asked again at once where that helps and does no harm."""
        timing = self.profile.timing
        outcome = self._master.read(self.address, read.block, self._patience)
        again = {Reason.CRC, Reason.NO_REPLY} if timing.sleeps else {Reason.CRC}
        if any(channel.side_effect for channel in read.channels):
            return outcome
        if isinstance(outcome, Trouble) and outcome.reason in again and not self._pause:
            outcome = self._master.read(self.address, read.block, self._patience)
        for _ in range(timing.pending_tries):
            if not isinstance(outcome, Trouble) or outcome.reason is not Reason.PENDING:
                break
            self._clock.sleep(timing.pending_ms / 1000)
            outcome = self._master.read(self.address, read.block, self._patience)
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
            self._prove(apart)
        elif reason in _UNHEARD:
            self._pause = Pause.after(outcome, self._pause, now, _LONGEST_PAUSE_S)
            self._alone = self._optional()
            self._errands.clear()

    def _prove(self, apart: str | None) -> None:
        """The channel `apart` is there: from now on it may be read with others."""
        if apart in self._alone:
            self._alone.discard(apart)
            self._errands.clear()

    def _heard(self, now: float) -> None:
        silent = self._pause and self._pause.trouble.reason is Reason.NO_REPLY
        if self._pause and silent and self._pause.misses >= _MISSES_BEFORE_WARM_UP:
            self._powered_at = now
            self._starts_left = self._start_tries()
        self._pause = None
        self._last_answer = self._clock.now()

    def _optional(self) -> set[str]:
        return {channel.name for channel in self.profile.channels if channel.optional}

    def _reading(
        self, channel: Channel, outcome: Outcome, status: Sequence[tuple[Channel, Outcome]], *, settled: bool
    ) -> Reading:
        decoded = outcome.decoded
        for judge, found in status:
            if found.raw is not None:
                decoded = under(decoded, judge.verdict(found.raw))
            elif not judge.optional:
                decoded = unjudged(decoded)
        if not settled:
            decoded = under(decoded, Verdict.WARMING)
        return Reading(self.name, channel.name, channel.unit, channel.code, decoded.value, decoded.quality, outcome.at)


def _named(profile: Profile, names: Sequence[str]) -> tuple[Channel, ...]:
    missing = [name for name in names if profile.channel(name) is None]
    if missing:
        raise KeyError(f"{profile.id} has no channel {missing}; it has {[c.name for c in profile.channels]}")
    return tuple(channel for channel in profile.channels if channel.name in names)
