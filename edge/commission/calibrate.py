"""A guided calibration of one channel: what is asked of the technician, watched, worked out, written and looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.commission.dialogue import Dialogue, LeftError, agreed, number
from edge.commission.record import Buffer
from edge.commission.steady import Rest, Steady
from edge.commission.wording import told, unit
from edge.runtime.words import say
from sensors.calibration import Fit, Point, offset, two_point
from sensors.channel import Channel
from sensors.clock import Clock
from sensors.modbus.line import Trouble
from sensors.profile import Profile
from sensors.reading import Reading, Reason
from sensors.service import Calibration
from sensors.station import Station
from sensors.workshop import Workshop

PATIENCE_S = 300.0

Settings = dict[str, tuple[float, ...]]
"""What settings hold, by name."""


@dataclass(slots=True)
class Course:
    """How far a calibration came: references, settings `before`, what was `written`, whether the instrument itself
    `confirmed` it, what it showed afterwards, and a `fault` in words."""

    before: Settings = field(default_factory=dict)
    buffers: list[Buffer] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    confirmed: bool = False
    check: Buffer | None = None
    fault: str = ""
    done: bool = False


class Calibrator:
    """Leads through `work` on `channel`. `begun` is told what the instrument holds before anything is written to it;
    `hold_s` is how long a value must rest to count."""

    def __init__(
        self,
        hands: Workshop,
        station: Station,
        work: Calibration,
        channel: Channel,
        dialogue: Dialogue,
        clock: Clock,
        begun: Callable[[Course], None],
        hold_s: float = 30.0,
    ) -> None:
        self._hands = hands
        self._station = station
        self._work = work
        self._channel = channel
        self._talk = dialogue
        self._clock = clock
        self._begun = begun
        self._hold_s = max(hold_s, work.wait_s) if work.kind == "points" else hold_s
        self._period_s = max(1.0, hands.profile.timing.poll_min_s)
        self._unit = unit(channel.unit)
        self._label = say(channel.quantity.zh, channel.quantity.en)
        self.course = Course()

    def run(self) -> Course:
        """Lead through all of it; raises LeftError where the technician stops, with the course as far as it came."""
        course = self.course
        held = self.held()
        if isinstance(held, Trouble):
            course.fault = told(held.detail)
            return course
        course.before = held
        course.fault = self._kinds()[self._work.kind]()
        course.done = not course.fault
        if course.done and self._work.kind != "command":
            course.check = self._seen(course.buffers[-1].true)
        return course

    def held(self) -> Settings | Trouble:
        """What the settings of the calibration hold now, of those that can be read."""
        found: Settings = {}
        for setting in (self._hands.profile.setting(name) for name in self._work.settings):
            if setting is not None and setting.readable:
                numbers = self._hands.get(setting.name)
                if isinstance(numbers, Trouble):
                    return numbers
                found[setting.name] = numbers
        return found

    def _kinds(self) -> Mapping[str, Callable[[], str]]:
        """How each kind goes; each returns what went wrong, in words, or nothing."""
        return {"offset": self._offset, "linear": self._linear, "points": self._points, "command": self._command}

    def _offset(self) -> str:
        (now,) = self.course.before[self._work.settings[0]]
        point = self._reference(say("一点校准", "one reference"))
        new = offset(now, point)
        self._agree(say(f"偏移 {now:g} → {new:.6g}", f"offset {now:g} -> {new:.6g}"))
        return self._put(self._work.settings[0], new)

    def _linear(self) -> str:
        slope, intercept = (number for numbers in self.course.before.values() for number in numbers)
        if not slope:
            return say("仪表中的斜率为 0，无法换算；请先恢复出厂系数", "its slope is 0: restore the maker's first")
        low = self._reference(say("第一点（低）", "first reference (low)"))
        high = self._reference(say("第二点（高）", "second reference (high)"))
        try:
            fit = two_point(self._channel, Fit(slope, intercept), low, high)
        except ValueError as fault:
            return told(str(fault))
        was, new = f"{slope:.6g}, {intercept:.6g}", f"{fit.slope:.6g}, {fit.intercept:.6g}"
        self._agree(say(f"斜率、截距 {was} → {new}", f"slope, intercept {was} -> {new}"))
        names = self._work.settings
        if len(names) == 1:
            return self._put(names[0], fit.slope, fit.intercept)
        return self._put(names[0], fit.slope) or self._put(names[1], fit.intercept)

    def _points(self) -> str:
        for nth, true in enumerate(self._work.points, 1):
            self._talk.tell(say(f"第 {nth} 点，共 {len(self._work.points)} 点", f"{nth} of {len(self._work.points)}"))
            self._stand_in(f"{true:g} {self._unit}")
            shown = self._settled(true).shown
            nearest = min(self._work.points, key=lambda point: abs(point - shown))
            doubt = say(f"读数更接近 {nearest:g}，确定是 {true:g}？", f"nearer to {nearest:g}: is it {true:g}?")
            if nearest != true and not agreed(self._talk, doubt):
                raise LeftError
            if fault := self._put(self._work.settings[0], true):
                return fault
        return ""

    def _command(self) -> str:
        work = self._work
        if work.conditions is not None:
            zh, en = f"条件：{work.conditions.zh}", f"conditions: {work.conditions.en}"
            self._talk.ask(say(f"{zh}。准备好后按回车，q 退出", f"{en}. Press Enter when ready, or q to leave"))
        self._settled(None)
        self._agree(say(work.quantity.zh, work.quantity.en))
        self._begin(work.command)
        trouble = self._hands.preset(work.presets)
        outcome = trouble or self._hands.run(work.command)
        if isinstance(outcome, Trouble):
            return told(outcome.detail)
        self._clock.sleep(work.wait_s)
        return self._outcome()

    def _outcome(self) -> str:
        """What the instrument says of a command: where that was preset, anything else means that it is done."""
        name = self._work.result
        if self._hands.profile.setting(name) is None:
            return ""
        numbers = self._hands.get(name)
        if isinstance(numbers, Trouble):
            return told(numbers.detail)
        self._talk.tell(holding(self._hands.profile, name, numbers))
        if numbers in {(preset.value,) for preset in self._work.presets if preset.setting == name}:
            return say("仪表没有确认校准，请检查条件后重做", "the instrument has not confirmed: check and repeat")
        self.course.confirmed = True
        return ""

    def _reference(self, title: str) -> Point:
        question = say(f"{title}：标准值（{self._unit}）？", f"{title}: its true value ({self._unit})?")
        true = number(self._talk, question)
        self._stand_in(f"{true:g} {self._unit}")
        return Point(self._settled(true).shown, true)

    def _stand_in(self, what: str) -> None:
        zh, en = (
            f"请将探头置于：{what}。放好后按回车，q 退出",
            f"put the probe in: {what}. Then press Enter, or q to leave",
        )
        self._talk.ask(say(zh, en))

    def _agree(self, what: str) -> None:
        if not agreed(self._talk, say(f"{what}。写入？", f"{what}. Go on?")):
            raise LeftError

    def _settled(self, true: float | None) -> Buffer:
        """What the channel shows once it has come to rest, or once the technician takes it as it is."""
        steady, until = Steady(self._channel, self._hold_s), self._clock.monotonic() + PATIENCE_S
        rest: Rest | None = None
        while rest is None or not steady.reached(rest):
            reading = self._station.poll([self._channel.name])[0]
            rest = self._watched(steady, reading)
            if self._clock.monotonic() > until:
                if self._impatient() and rest is not None:
                    break
                until = self._clock.monotonic() + PATIENCE_S
            self._clock.sleep(self._period_s)
        buffer = Buffer(true, rest.mean, rest.spread, round(rest.seconds, 1))
        self.course.buffers.append(buffer)
        self._talk.tell(say("稳定：", "at rest: ") + self._line(rest))
        return buffer

    def _impatient(self) -> bool:
        question = say(
            "仍不稳定：回车继续等，f 采用当前值，q 退出", "not at rest: Enter waits on, f takes it, q leaves"
        )
        return self._talk.ask(question).lower() == "f"

    def _watched(self, steady: Steady, reading: Reading) -> Rest | None:
        if reading.value is None or Reason.WARM_UP in reading.quality.reasons:
            steady.forget()
            trouble = self._station.health().trouble
            left = self._station.warm_up_left()
            self._talk.show(
                told(trouble.detail) if trouble else say(f"预热，还有 {left:.0f} 秒", f"warming up, {left:.0f} s")
            )
            return None
        rest = steady.feed(self._clock.monotonic(), reading.value)
        self._talk.show(f"{reading.value:g}  {self._line(rest)}")
        return rest

    def _line(self, rest: Rest) -> str:
        far = f"{rest.seconds:.0f}/{self._hold_s:.0f} s"
        words = say(f"波动 {rest.spread:.3g}，{far}", f"moves by {rest.spread:.3g}, {far}")
        return f"{self._label} {rest.mean:.5g} {self._unit}  ({words})"

    def _begin(self, what: str) -> None:
        if not self.course.written:
            self._begun(self.course)
        self.course.written.append(what)

    def _put(self, name: str, *values: float) -> str:
        """Write to a setting and see that the instrument keeps it; what went wrong, or nothing."""
        self._begin(holding(self._hands.profile, name, values))
        outcome = self._hands.put(name, *values)
        if isinstance(outcome, Trouble):
            return told(outcome.detail)
        self.course.confirmed = outcome.kept is True
        if outcome.kept is False:
            words = setting_words(self._hands.profile, name)
            return say(f"仪表没有保留{words}", f"the instrument did not keep {words}")
        return ""

    def _seen(self, true: float | None) -> Buffer | None:
        """What it shows afterwards, still in the last reference."""
        self._clock.sleep(self._period_s)
        reading = self._station.poll([self._channel.name])[0]
        return None if reading.value is None else Buffer(true, reading.value, 0.0, 0.0)


def holding(profile: Profile, name: str, values: tuple[float, ...]) -> str:
    """A setting and what it holds, in words."""
    return f"{setting_words(profile, name)} = {', '.join(f'{value:.6g}' for value in values)}"


def setting_words(profile: Profile, name: str) -> str:
    """What a setting is called by people."""
    setting = profile.setting(name)
    return name if setting is None else say(setting.quantity.zh, setting.quantity.en)
