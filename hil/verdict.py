"""Did everything arrive? The answer, message by message, in words and as an exit status."""

import hashlib
from dataclasses import dataclass

from edge.runtime.words import say
from hil.count import Account, account
from hil.picture import Picture, Seen, look
from hil.virtual.site import VirtualSite

# What documented frames say must stand at the county: instrument, channel, factor code, value, QARTOD flag.
DOCUMENTED = (
    ("air-1", "temperature", "a01001", -10.1, 1),
    ("air-1", "relative_humidity", "a01002", 65.8, 1),
    ("water-1", "ph", "w01001", 7.6, 1),
    ("water-1", "temperature", "w01010", 15.8, 1),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what is wrong with it; nothing wrong is what the exit status 0 says."""

    account: Account
    alarms: tuple[Seen, ...]
    faults: tuple[str, ...]

    @property
    def everything_arrived(self) -> bool:
        """Is there nothing to complain of?"""
        return not self.faults

    def text(self) -> str:
        """The summary that a person reads."""
        lines = [
            say("—— 结果 ——", "—— summary ——"),
            say(f"设备写入消息 {self._measured} 条", f"messages written by the device: {self._measured}"),
            say(
                f"网关存档读数 {self.account.readings_archived} 个，县平台收到 {self.account.readings_county} 个",
                f"readings in the gateway's archive: {self.account.readings_archived},"
                f" at the county: {self.account.readings_county}",
            ),
            say(f"重复读数 {self.account.readings_doubled} 个", f"readings doubled: {self.account.readings_doubled}"),
            *[self._told(seen) for seen in self.alarms],
            *[say("错误：", "wrong: ") + fault for fault in self.faults],
        ]
        lines.append(
            say("全部送达，无丢失，无重复", "everything arrived, nothing lost, nothing doubled")
            if self.everything_arrived
            else say("没有全部送达", "not everything arrived")
        )
        return "\n".join(lines)

    @property
    def _measured(self) -> int:
        return sum(spool.given for spool in self.account.spooled)

    @staticmethod
    def _told(seen: Seen) -> str:
        where = seen.picture or say("（图片未到）", "(no picture yet)")
        return say(
            f"烟雾报警 {seen.alarm.event} {seen.alarm.time} 得分 {seen.alarm.score:.2f} {where}",
            f"smoke alarm {seen.alarm.event} {seen.alarm.time} score {seen.alarm.score:.2f} {where}",
        )


def judge(site: VirtualSite, marks: dict[str, int], *, smoke: bool) -> Verdict:
    """Hold the stores against each other, up to the message numbers in `marks`; with `smoke` one alarm is due."""
    found, picture = account(site), look(site, 0.0)
    faults = [*way_faults(found, marks), *_value_faults(picture)]
    opened = tuple(seen for seen in picture.alarms if seen.alarm.event == "opened")
    if smoke:
        faults += alarm_faults(opened)
    return Verdict(found, opened, tuple(faults))


def way_faults(found: Account, marks: dict[str, int]) -> list[str]:
    """What is wrong between the stores."""
    faults = []
    if lost := found.lost(marks):
        faults.append(say(f"有 {len(lost)} 条消息未到县平台", f"{len(lost)} messages are not at the county"))
    if found.readings_doubled:
        faults.append(say("有重复读数", f"{found.readings_doubled} readings are doubled"))
    if found.dead_letters:
        faults.append(say(f"有 {found.dead_letters} 条死信", f"{found.dead_letters} dead letters at the gateway"))
    if not marks:
        faults.append(say("设备没有写入任何消息", "the device wrote nothing"))
    return faults


def _value_faults(picture: Picture) -> list[str]:
    newest = {(one.instrument, one.channel): (one.code, one.value, one.flag) for one in picture.newest}
    return [
        say(
            f"{instrument}.{channel} 应为 {expected}，实为 {got}", f"{instrument}.{channel}: {got}, expected {expected}"
        )
        for instrument, channel, *wanted in DOCUMENTED
        if (got := newest.get((instrument, channel))) != (expected := tuple(wanted))
    ]


def alarm_faults(opened: tuple[Seen, ...]) -> list[str]:
    """What is wrong where one alarm with its picture is due."""
    if len(opened) != 1:
        return [say(f"应有 1 次烟雾报警，实有 {len(opened)} 次", f"{len(opened)} smoke alarms, expected 1")]
    picture = opened[0].picture
    if picture is None:
        return [say("报警图片未到", "the alarm's picture has not come")]
    if hashlib.sha256(picture.read_bytes()).hexdigest() != opened[0].alarm.picture:
        return [say("报警图片与其哈希不符", "the alarm's picture is not the one that it names")]
    return []
