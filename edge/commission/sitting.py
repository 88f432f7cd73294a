"""`luxi calibrate`: around a guided calibration: which one, who does it, where it is recorded, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from edge.commission.calibrate import Calibrator, Course, Settings, holding
from edge.commission.dialogue import Dialogue, LeftError, agreed
from edge.commission.record import Entry, Records, moment
from edge.commission.steady import tolerance
from edge.commission.wording import told
from edge.ports import Place
from edge.runtime.words import say
from edge.upkeep import Book, DamagedError, Window
from sensors.channel import Channel
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.line import Trouble
from sensors.profile import Profile
from sensors.reading import ClockState, Reason
from sensors.service import Calibration
from sensors.station import Station
from sensors.workshop import Workshop, Written

LONGEST_MS = 2 * 3_600_000
"""A window that nobody ends, because the power failed, ends by itself after so long."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a calibration is done with: the instrument, how it is reached, who does it, where it is written down; of a
    site its windows, and the instrument's name there."""

    profile: Profile
    place: Place
    address: int
    master: Asks
    clock: Clock
    dialogue: Dialogue
    records: Records
    who: str
    book: Book | None = None
    instrument: str = ""
    hold_s: float = 30.0
    identity: dict[str, str | float] = field(default_factory=dict)


def chosen(profile: Profile, channel: str, method: str, dialogue: Dialogue) -> Calibration | str:
    """The calibration that is meant, asked for where several are possible; or why there is none."""
    able = [work for work in profile.calibrations if not channel or channel in work.channels]
    able = [work for work in able if not method or work.name == method]
    if not able:
        listed = ", ".join(f"{work.name} ({', '.join(work.channels)})" for work in profile.calibrations)
        if listed:
            return say(f"没有这种校准；{profile.id} 可做：{listed}", f"no such calibration; {profile.id} has: {listed}")
        return say(
            f"{profile.id} 不能用命令校准，请按厂家说明书操作", f"{profile.id} has none by command: see its manual"
        )
    while len(able) > 1:
        for nth, work in enumerate(able, 1):
            dialogue.tell(f"{nth}  {work.name}  {say(work.quantity.zh, work.quantity.en)} ({', '.join(work.channels)})")
        answer = dialogue.ask(say("做哪一种？（序号，q 退出）", "which one? (its number, q to leave)"))
        able = [able[int(answer) - 1]] if answer.isdigit() and 1 <= int(answer) <= len(able) else able
    return able[0]


def calibrate(table: Table, work: Calibration, channel: Channel) -> Entry:
    """Lead through `work` on `channel` and write down how it went."""
    hands = Workshop(table.profile, table.master, table.clock, table.address)
    station = Station(
        table.instrument or table.profile.id,
        table.profile,
        table.master,
        table.clock,
        address=table.address,
        channels=[channel.name],
    )
    blank = _blank(table, work, channel)

    def begun(course: Course) -> None:
        table.records.add(_entry(blank, table, "begun", course, {}, ""))

    leading = Calibrator(hands, station, work, channel, table.dialogue, table.clock, begun, table.hold_s)
    outcome = "left"
    try:
        outcome = "done" if leading.run().done else "failed"
    except (LeftError, KeyboardInterrupt):
        table.dialogue.tell(say("已退出", "left"))
    course, after = leading.course, leading.held()
    state = stands(table.profile, course, after, tolerance(channel, course.check.shown) if course.check else 0.0)
    entry = _entry(blank, table, outcome, course, {} if isinstance(after, Trouble) else after, state)
    return _recorded(table, entry)


def _recorded(table: Table, entry: Entry) -> Entry:
    """The entry, written down; where that fails now the instrument stands as it says all the same."""
    try:
        table.records.add(entry)
    except OSError as fault:
        table.dialogue.tell(say(f"注意，没有记录下来：{fault}", f"note that this was not recorded: {fault}"))
    return entry


def undo(table: Table, work: Calibration, channel: Channel) -> Entry | str:
    """Write back what the instrument held before its last recorded calibration; or why that can't be done."""
    last = table.records.last(table.profile.id, table.place.text, table.address, work.name)
    if last is None:
        return say(f"{table.records.path} 中没有可恢复的记录", f"{table.records.path} holds nothing to go back to")
    before = "; ".join(holding(table.profile, name, values) for name, values in last.before.items())
    if not agreed(table.dialogue, say(f"写回 {last.at} 校准前的 {before}？", f"write back {before}, from {last.at}?")):
        raise LeftError
    hands = Workshop(table.profile, table.master, table.clock, table.address)
    course, after = Course(before=last.before), {}
    try:
        for name, values in last.before.items():
            outcome = hands.put(name, *values)
            if isinstance(outcome, Written) and outcome.kept is not False:
                after[name] = values
            else:
                course.fault = told(outcome.detail) if isinstance(outcome, Trouble) else say("没有保留", "not kept")
    except KeyboardInterrupt:
        course.fault = say("中断，可能只写回一部分：请再做一次 --undo", "interrupted, maybe half-way: --undo again")
    state = course.fault or say("已恢复为校准前的数值", "back to what it held before")
    entry = _entry(_blank(table, work, channel), table, "failed" if course.fault else "undone", course, after, state)
    return _recorded(table, entry)


def stands(profile: Profile, course: Course, after: Settings | Trouble, near: float) -> str:
    """How the instrument stands afterwards, in words, and how to go back; `near` is what counts as equal."""
    fault = f"{course.fault}{say('。', '. ')}" if course.fault else ""
    back = say("同一命令加 --undo 可恢复原值", "the same command with --undo goes back")
    if not course.written:
        return fault + say("仪表未改动", "the instrument is as it was")
    wrote = say("、", "; ").join(course.written)
    if not course.done:
        if isinstance(after, Trouble) or not course.before:
            repeat = back if course.before else say("请从头重做校准", "repeat all of it")
            zh, en = f"已发出 {wrote}，但没有完成：{repeat}", f"sent {wrote}, but it is not complete: {repeat}"
            return fault + say(zh, en)
        if after == course.before:
            return fault + say("仪表未改动", "the instrument is as it was")
        now = "; ".join(holding(profile, name, values) for name, values in after.items())
        return fault + say(f"仪表现为 {now}：{back}", f"it now holds {now}: {back}")
    if course.check is not None and abs(course.check.shown - (course.check.true or 0.0)) > 2 * near:
        shown = f"{course.check.shown:g}"
        zh, en = (
            f"已写入，但现在读数 {shown}，与标准值不符",
            f"written, but it now shows {shown}, which is not the reference",
        )
        return say(f"{zh}：{back}", f"{en}: {back}")
    if course.check is None and not course.confirmed:
        return say(f"已写入 {wrote}，但没有读数可以核对", f"wrote {wrote}, but there is no reading to verify it by")
    return say(f"已写入并核对：{wrote}", f"written and verified: {wrote}")


@contextmanager
def marked(table: Table) -> Iterator[None]:
    """While it lasts, the site's readings of the instrument carry the mark of a calibration."""
    book, now = table.book, table.clock.now()
    if book is None or now.clock is ClockState.UNSET:
        if book is not None:
            table.dialogue.tell(
                say("时钟从未校准，读数不会标记为校准", "the clock was never set: readings get no mark")
            )
        yield
        return
    window = Window(Reason.CALIBRATION, table.instrument, now.wall_ms, now.wall_ms + LONGEST_MS, table.who)
    book.open(window)
    try:
        yield
    finally:
        try:
            book.close(table.clock.now().wall_ms, lambda one: one == window)
        except (OSError, DamagedError) as fault:
            zh, en = (
                f"校准标记将在 2 小时内自行结束：{fault}",
                f"the mark of calibration ends by itself within 2 h: {fault}",
            )
            table.dialogue.tell(say(zh, en))


def _blank(table: Table, work: Calibration, channel: Channel) -> Entry:
    at = table.clock.now()
    return Entry(
        id=f"{at.boot[:8]}-{at.mono_ms}",
        outcome="begun",
        at=moment(at),
        clock=at.clock,
        who=table.who,
        profile=table.profile.id,
        port=table.place.text,
        address=table.address,
        method=work.name,
        kind=work.kind,
        channel=channel.name,
        unit=channel.unit,
        instrument=table.instrument,
        identity=table.identity,
    )


def _entry(blank: Entry, table: Table, outcome: str, course: Course, after: Settings, state: str) -> Entry:
    return msgspec.structs.replace(
        blank,
        outcome=outcome,
        at=moment(table.clock.now()),
        buffers=tuple(course.buffers),
        before=course.before,
        after=after,
        check=course.check,
        state=state,
    )
