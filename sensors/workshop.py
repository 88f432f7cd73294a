"""A technician's hands on one instrument: recognise it, read and change its settings, command it, move its address.

Only what the profile allows is ever written, and everything written is read back where that is possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors.clock import Clock
from sensors.decode import encode, number, numbers, raw_bits, text
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Trouble
from sensors.place import Kind, Place
from sensors.profile import Profile
from sensors.reading import Reason
from sensors.service import Change, Identity, Preset, Setting, Write

_AFTER_CHANGE_S = 0.5
"""An instrument that changes its address or rate is left alone for a moment."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who answered: what it says of itself, by the names of the profile's identity, and whether that fits the model.

    `fits` is None where the model has nothing to be recognised by: then all that is known is that something answered.
    """

    marks: dict[str, str | float]
    fits: bool | None


@dataclass(frozen=True, slots=True)
class Written:
    """A setting before and after it was written; `after` is what was read back, None where it cannot be read."""

    setting: str
    wanted: tuple[float, ...]
    before: tuple[float, ...] | None
    after: tuple[float, ...] | None

    @property
    def kept(self) -> bool | None:
        """True if the instrument holds what was written, None where it cannot be read back."""
        return None if self.after is None else self.after == self.wanted


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of address: who answers now. With `restart` it takes a power cycle before anything can be seen."""

    old: int
    new: int
    answers_at_new: bool
    answers_at_old: bool
    restart: bool

    @property
    def done(self) -> bool:
        """True once the instrument answers at the new address, and nobody at the old one."""
        return self.answers_at_new and not self.answers_at_old


class Workshop:
    """One instrument of model `profile` at `address` (its factory address by default), on the line of `master`."""

    def __init__(self, profile: Profile, master: Asks, clock: Clock, address: int | None = None) -> None:
        self.profile = profile
        self.address = profile.transport.address if address is None else address
        self._master = master
        self._clock = clock
        timing = profile.timing
        self._patience = Patience(timing.response_timeout_ms / 1000, timing.turnaround_ms / 1000)

    def identify(self) -> Recognised | Trouble:
        """Ask who is there; without any side effect, so it may be asked of whatever stands on the line."""
        marks: dict[str, str | float] = {}
        fits: list[bool] = []
        for mark in self.profile.identity:
            contents = self._contents(mark)
            if isinstance(contents, Trouble):
                return contents
            if mark.type is Kind.TEXT:
                marks[mark.name] = text(mark, contents)
            elif (value := number(mark, contents)) is not None:
                marks[mark.name] = value
            if mark.equals or mark.contains:
                fits.append(_fits(mark, contents))
        if self.profile.identity:
            return Recognised(marks, all(fits) if fits else None)
        answer = self._master.read(self.address, self.profile.probe, self._patience)
        return answer if isinstance(answer, Trouble) else Recognised(marks, None)

    def get(self, name: str) -> tuple[float, ...] | Trouble:
        """The number (or numbers) of the setting `name`, in its unit; raises KeyError for a name the profile lacks."""
        setting = self._setting(name)
        contents = self._contents(setting)
        return contents if isinstance(contents, Trouble) else numbers(setting, contents)

    def put(self, name: str, *values: float) -> Written | Trouble:
        """Write the number (or numbers) of the setting `name` and read it back; raises KeyError for an unknown name."""
        setting = self._setting(name)
        if refusal := _refusal(setting, values):
            return refusal
        before = self._known(setting)
        if isinstance(before, Trouble):
            return before
        contents = _encoded(setting, values)
        if trouble := self._write(setting, contents):
            return trouble
        after = self._known(setting)
        return after if isinstance(after, Trouble) else Written(name, numbers(setting, contents), before, after)

    def run(self, name: str) -> bytes | Trouble:
        """Give the command `name`; the whole answer. Raises KeyError for a name that the profile lacks."""
        command = self.profile.command(name)
        if command is None:
            raise KeyError(
                f"{self.profile.id} has no command {name!r}; it has {[c.name for c in self.profile.commands]}"
            )
        return self._master.command(self.address, command.body, command.reply, self._patience)

    def set_address(self, new: int) -> Moved | Trouble:
        """Give the instrument the address `new`, and look who answers at both; afterwards this works at the new one.

        A reply that stays away is no failure by itself: some models answer from the new address, or restart first. At
        the profile's `ask_at` there is always an answer, which tells nothing of the old address.
        """
        change = self.profile.set_address
        if change is None:
            return Trouble(Reason.REFUSED, "该型号不能用命令改地址 / this model's address cannot be set by command")
        if refusal := _refusal(self._setting(change.setting), (new,)):
            return refusal
        if new != self.address and self.answers(new):
            detail = f"地址 {new} 上已有设备 / something answers at address {new} already"
            return Trouble(Reason.REFUSED, detail)
        trouble = self._change(change, new)
        if trouble and trouble.reason is not Reason.NO_REPLY:
            return trouble
        old = self.address
        self._clock.sleep(_AFTER_CHANGE_S)
        left_behind = old not in {new, change.ask_at} and self.answers(old)
        moved = Moved(old, new, self.answers(new), left_behind, change.restart)
        if moved.answers_at_new:
            self.address = new
        return moved

    def set_baud(self, baudrate: int) -> Trouble | None:
        """Tell the instrument to use `baudrate`; None once it has taken it.

        Whether it does is for `identify` to see, on a line that was opened anew at that rate, after a power cycle where
        the profile's `set_baud.restart` says so.
        """
        change = self.profile.set_baud
        rates = {rate.baudrate: rate.value for rate in change.rates} if change else {}
        if change is None or baudrate not in rates:
            listed = ", ".join(map(str, rates)) or "-"
            detail = f"该型号只能设为 {listed} / this model can be set to {listed} only"
            return Trouble(Reason.REFUSED, detail)
        trouble = self._change(change, rates[baudrate])
        return trouble if trouble and trouble.reason is not Reason.NO_REPLY else None

    def preset(self, presets: tuple[Preset, ...]) -> Trouble | None:
        """Write what must be written before something else; the first trouble, if any."""
        for one in presets:
            setting = self._setting(one.setting)
            if trouble := _refusal(setting, (one.value,)) or self._write(setting, encode(setting, one.value)):
                return trouble
        return None

    def _change(self, change: Change, value: float) -> Trouble | None:
        setting = self._setting(change.setting)
        return _refusal(setting, (value,)) or self.preset(change.before) or self._write(setting, encode(setting, value))

    def answers(self, address: int) -> bool:
        """Does anybody answer at `address`, if only by refusing?"""
        outcome = self._master.read(address, self.profile.probe, self._patience)
        return not isinstance(outcome, Trouble) or outcome.reason in {Reason.REFUSED, Reason.PENDING}

    def _setting(self, name: str) -> Setting:
        setting = self.profile.setting(name)
        if setting is None:
            raise KeyError(
                f"{self.profile.id} has no setting {name!r}; it has {[s.name for s in self.profile.settings]}"
            )
        return setting

    def _contents(self, place: Place) -> tuple[int, ...] | Trouble:
        answer = self._master.read(self.address, place.block, self._patience)
        return answer.registers if isinstance(answer, Answer) else answer

    def _known(self, setting: Setting) -> tuple[float, ...] | Trouble | None:
        return self.get(setting.name) if setting.readable else None

    def _write(self, setting: Setting, contents: tuple[int, ...]) -> Trouble | None:
        single = setting.write is Write.SINGLE
        return self._master.write(self.address, setting.block, contents, self._patience, single=single)


def _fits(mark: Identity, contents: tuple[int, ...]) -> bool:
    if mark.type is Kind.TEXT:
        return mark.contains in text(mark, contents)
    return raw_bits(mark, contents) in mark.equals


def _encoded(setting: Setting, values: Sequence[float]) -> tuple[int, ...]:
    return tuple(word for value in values for word in encode(setting, value))


def _refusal(setting: Setting, values: Sequence[float]) -> Trouble | None:
    low, high = setting.range
    zh, en = setting.quantity.zh, setting.quantity.en
    if len(values) != setting.count:
        return Trouble(Reason.REFUSED, f"{zh} 应有 {setting.count} 个数 / {en} takes {setting.count} number(s)")
    if all(low <= value <= high for value in values):
        return None
    return Trouble(Reason.REFUSED, f"{zh} 应在 {low:g} 至 {high:g} 之间 / {en} must be within {low:g} to {high:g}")
