"""`luxi upkeep`: open, end and list a site's windows of maintenance, calibration, standstill or hand-made values."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from edge.commission.record import person
from edge.commission.wording import reason, unkept
from edge.config import SiteFile
from edge.planned import CHINA, Planned
from edge.runtime.words import say
from edge.upkeep import Book, DamagedError, Window
from sensors.reading import ClockState, Reason, Stamp

Act = Literal["start", "stop", "list"]


def run(
    file: SiteFile, act: Act, now: Stamp, instrument: str, kind: Reason | None, for_s: float, *, as_json: bool
) -> int:
    """Do it; 0 done, 1 if it can't be done now."""
    book = Book(file.site.state)
    try:
        if act == "start":
            return _start(book, now, instrument, kind or Reason.MAINTENANCE, for_s)
        if act == "stop":
            return _stop(book, now, instrument, kind)
        return _list(book, file.upkeep, now, as_json=as_json)
    except (OSError, DamagedError) as fault:
        why = unkept(fault)
        print(say(f"无法登记：{why}", f"it can't be kept: {why}"), file=sys.stderr)
        return 1


def _start(book: Book, now: Stamp, instrument: str, kind: Reason, for_s: float) -> int:
    if now.clock is ClockState.UNSET:
        zh, en = (
            "本机时钟从未校准，无法登记时段：请先校时（timedatectl）",
            "the clock was never set, so a window means nothing: set it first (timedatectl)",
        )
        print(say(zh, en), file=sys.stderr)
        return 1
    window = Window(kind, instrument, now.wall_ms, now.wall_ms + round(for_s * 1000), person())
    book.open(window)
    print(say(f"已开始 {told(window)}，数据照常采集并标记", f"begun: {told(window)}; readings go on, with its mark"))
    return 0


def _stop(book: Book, now: Stamp, instrument: str, kind: Reason | None) -> int:
    ended = book.close(
        now.wall_ms, lambda one: instrument in {"", one.instrument} and (kind is None or one.kind is kind)
    )
    for one in ended:
        print(say(f"已结束 {told(one)}", f"ended: {told(one)}"))
    if not ended:
        print(say("没有进行中的时段", "no such window is open"))
    wider = [one for one in book.windows() if one.lasts(now.wall_ms) and instrument and not one.instrument]
    for one in wider:
        print(say(f"仍在进行：{told(one)}", f"still open: {told(one)}"))
    return 0


def _list(book: Book, planned: Iterable[Planned], now: Stamp, *, as_json: bool) -> int:
    windows = [one for one in book.windows() if one.until_ms > now.wall_ms]
    coming = [
        Window(one.kind, one.instrument, one.from_ms, one.until_ms or now.wall_ms, "site.toml")
        for rule in planned
        for one in rule.windows(now.wall_ms)
        if (one.until_ms or 0) > now.wall_ms
    ]
    if as_json:
        rows = [
            {
                "kind": str(one.kind),
                "instrument": one.instrument,
                "from_ms": one.from_ms,
                "until_ms": one.until_ms,
                "by": one.by,
                "now": one.lasts(now.wall_ms),
            }
            for one in (*windows, *coming)
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for one in (*windows, *coming):
        state = say("进行中", "now") if one.lasts(now.wall_ms) else say("将来", "to come")
        print(f"{state}  {told(one)}  ({one.by})")
    if not windows and not coming:
        print(say("没有时段", "no windows"))
    return 0


def told(window: Window) -> str:
    """One window in words, with Beijing times."""
    who = window.instrument or say("全站", "the whole site")
    begins, ends = (datetime.fromtimestamp(ms / 1000, CHINA) for ms in (window.from_ms, window.until_ms))
    far = f"{begins:%m-%d %H:%M} – {ends:%m-%d %H:%M}"
    return say(f"{reason(window.kind)}：{who}，{far}", f"{reason(window.kind)}: {who}, {far}")
