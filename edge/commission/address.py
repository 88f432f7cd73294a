"""`luxi set-address`: give an instrument another address, and see that it answers there and nobody at the old one."""

from dataclasses import dataclass

from edge.commission.dialogue import Dialogue, LeftError, agreed
from edge.commission.wording import told
from edge.runtime.words import say
from sensors.clock import Clock
from sensors.modbus.line import Trouble
from sensors.profile import Profile
from sensors.reading import Reason
from sensors.workshop import Moved, Recognised, Workshop

RESTART_S = 120.0
"""How long a technician has to take the power away and give it back."""
LOOK_S = 1.0
_ALONE = (
    "在这个地址上所有同类仪表都会应答并改地址：总线上只有这一台吗？",
    "all instruments of its kind answer here, and would all move: is it alone on the line?",
)


@dataclass(frozen=True, slots=True)
class Change:
    """How a change went, for people, and whether all is as wanted."""

    done: bool
    state: str


def set_address(hands: Workshop, new: int, dialogue: Dialogue, clock: Clock) -> Change:
    """Move the instrument to the address `new`; waits for a restart where the model needs one. Raises LeftError."""
    profile = hands.profile
    if profile.set_address is None:
        return Change(done=False, state=_by_hand(profile))
    if refusal := stranger(hands):
        return Change(done=False, state=refusal)
    if hands.address == new:
        return Change(done=True, state=say(f"它的地址已经是 {new}", f"its address is {new} already"))
    if hands.address == profile.set_address.ask_at and not agreed(dialogue, say(*_ALONE)):
        raise LeftError
    outcome = hands.set_address(new)
    if isinstance(outcome, Trouble):
        return Change(done=False, state=told(outcome.detail))
    if outcome.restart and not outcome.done:
        outcome = _after_restart(hands, outcome, dialogue, clock)
    return Change(outcome.done, _told(outcome))


def stranger(hands: Workshop) -> str:
    """Why the one at this address should not be touched: nobody is there, or another model; empty for the right one."""
    profile, address = hands.profile, hands.address
    outcome = hands.identify()
    if isinstance(outcome, Recognised):
        if outcome.fits is not False:
            return ""
        marks = ", ".join(f"{name} {value}" for name, value in outcome.marks.items())
        zh, en = (
            f"地址 {address} 上不是 {profile.id}（{marks}），没有改动",
            f"not a {profile.id} at address {address} ({marks}): nothing was changed",
        )
        return say(zh, en)
    words = told(outcome.detail)
    if outcome.reason is Reason.PORT:
        return words
    words += say("；可用 luxi scan 查找", "; luxi scan finds it")
    change = profile.set_address
    if change is not None and change.ask_at is not None and address != change.ask_at:
        words += say(
            f"；总线上只有这一台时可用 --from {change.ask_at}",
            f"; if it is alone on the line, --from {change.ask_at} reaches it",
        )
    return words


def _by_hand(profile: Profile) -> str:
    return say(
        f"{profile.id} 的地址不能用命令修改，请按厂家说明书用拨码、按键或厂家软件设置",
        f"the address of {profile.id} can't be set by command: use its switches, keys or the maker's software",
    )


def _after_restart(hands: Workshop, moved: Moved, dialogue: Dialogue, clock: Clock) -> Moved:
    """Wait until the instrument was restarted and answers at the new address."""
    dialogue.tell(
        say(
            f"已写入。请给仪表断电，等 5 秒再上电；{RESTART_S:.0f} 秒内等它在地址 {moved.new} 应答（Ctrl-C 退出）",
            f"written. Take its power away, wait 5 s, and give it back; it has {RESTART_S:.0f} s to answer at "
            f"address {moved.new} (Ctrl-C leaves)",
        )
    )
    until = clock.monotonic() + RESTART_S
    while clock.monotonic() < until:
        dialogue.show(say(f"等待 {until - clock.monotonic():.0f} 秒", f"waiting {until - clock.monotonic():.0f} s"))
        if hands.answers(moved.new):
            hands.address = moved.new
            return Moved(moved.old, moved.new, True, hands.answers(moved.old), moved.restart)  # noqa: FBT003
        clock.sleep(LOOK_S)
    return moved


def _told(moved: Moved) -> str:
    old, new = moved.old, moved.new
    if moved.done:
        return say(f"完成：现在的地址是 {new}", f"done: its address is now {new}")
    if moved.answers_at_new:
        return say(
            f"地址 {new} 已有应答，但地址 {old} 仍有应答：总线上原来有两台地址 {old}，请单独接线再改另一台",
            f"address {new} answers, but so does {old}: there were two at {old}; wire the other one alone and move it",
        )
    if moved.restart:
        zh = f"已写入地址 {new}，但尚未生效：请断电再上电，然后用 luxi read 在地址 {new} 核对"
        en = f"address {new} is written but not in force: restart it, then check with luxi read at address {new}"
        return say(zh, en)
    if moved.answers_at_old:
        return say(f"仪表没有接受，地址仍是 {old}", f"the instrument did not take it: its address is still {old}")
    return say(
        f"地址 {old} 和 {new} 都无应答：请断电再上电，用 luxi scan 查找",
        f"neither {old} nor {new} answers: restart it, and look with luxi scan",
    )
