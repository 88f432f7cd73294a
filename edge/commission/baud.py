"""`luxi set-baud`: give an instrument another baud rate, and see that it answers at it."""

from collections.abc import Callable

from edge.commission.address import LOOK_S, RESTART_S, Change, stranger
from edge.commission.dialogue import Dialogue
from edge.commission.wording import told
from edge.runtime.words import say
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.port import Framing
from sensors.profile import Profile
from sensors.workshop import Recognised, Workshop

Opened = Callable[[Framing], Asks]
"""The port at a rate; one at a time may be open."""


def set_baud(
    profile: Profile, address: int, opened: Opened, now: Framing, baudrate: int, dialogue: Dialogue, clock: Clock
) -> Change:
    """Move the instrument from the framing `now` to `baudrate`; waits for a restart where the model needs one."""
    change = profile.set_baud
    rate = next((one for one in change.rates if one.baudrate == baudrate), None) if change else None
    if change is None or rate is None:
        return Change(done=False, state=_refused(profile))
    if trouble := _written(profile, address, opened(now), baudrate, clock):
        return Change(done=False, state=trouble)
    wanted = Framing(baudrate, rate.parity or now.parity, rate.stop_bits or now.stop_bits)
    if change.restart:
        dialogue.tell(
            say(
                f"已写入。请给仪表断电，等 5 秒再上电；{RESTART_S:.0f} 秒内等它应答（Ctrl-C 退出）",
                f"written. Take its power away, wait 5 s, and give it back; it has {RESTART_S:.0f} s (Ctrl-C leaves)",
            )
        )
    if _answers(profile, address, opened(wanted), RESTART_S if change.restart else 3 * LOOK_S, dialogue, clock):
        how = f"{wanted.baudrate} 8{wanted.parity}{wanted.stop_bits}"
        return Change(
            done=True,
            state=say(f"完成：现在是 {how}，请同时改站点文件", f"done: it is {how} now; so must the site file say"),
        )
    if _answers(profile, address, opened(now), LOOK_S, dialogue, clock):
        return Change(
            done=False,
            state=say(
                f"仪表仍用 {now.baudrate}，可能需要断电再上电", f"it still uses {now.baudrate}; it may need a restart"
            ),
        )
    return Change(
        done=False,
        state=say(
            "两种波特率都无应答：请断电再上电，用 luxi scan 查找",
            "silent at both rates: restart it, and look with luxi scan",
        ),
    )


def _refused(profile: Profile) -> str:
    change = profile.set_baud
    if change is None:
        return say(
            f"{profile.id} 的波特率不能用命令修改，请按厂家说明书设置",
            f"the baud rate of {profile.id} can't be set by command: see its manual",
        )
    listed = ", ".join(str(rate.baudrate) for rate in change.rates)
    return say(f"{profile.id} 只能设为 {listed}", f"{profile.id} can be set to {listed}")


def _written(profile: Profile, address: int, master: Asks, baudrate: int, clock: Clock) -> str:
    """What kept the rate from being written; nothing if it was."""
    hands = Workshop(profile, master, clock, address)
    try:
        if refusal := stranger(hands):
            return refusal
        trouble = hands.set_baud(baudrate)
        return told(trouble.detail) if trouble else ""
    finally:
        master.close()


def _answers(profile: Profile, address: int, master: Asks, patience_s: float, dialogue: Dialogue, clock: Clock) -> bool:
    hands, until = Workshop(profile, master, clock, address), clock.monotonic() + patience_s
    try:
        while clock.monotonic() < until:
            dialogue.show(say(f"等待 {until - clock.monotonic():.0f} 秒", f"waiting {until - clock.monotonic():.0f} s"))
            clock.sleep(LOOK_S)
            found = hands.identify()
            if isinstance(found, Recognised) and found.fits is not False:
                return True
        return False
    finally:
        master.close()
