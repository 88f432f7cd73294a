"""The gateway at a glance: its sites, what was kept, what waits."""

import sqlite3
import sys
import time

import msgspec
from rich.console import Console
from rich.table import Table

from edge.runtime.words import say
from edge.wire.messages import CameraState, Health, InstrumentState
from gateway.archive.queries import Overview, ProgramView, SiteView, overview
from gateway.config import Config


def show(config: Config, *, as_json: bool) -> int:
    """Print it; 1 where there is no archive yet or it can't be read."""
    try:
        found = overview(config.archive)
    except sqlite3.Error as fault:
        print(say("存档无法读取", "the archive can't be read"), f"{config.archive}: {fault}", file=sys.stderr)
        return 1
    if found is None:
        text = say("还没有存档（网关运行过吗？）", "there is no archive yet (did the gateway run?)")
        print(f"{text}: {config.archive}", file=sys.stderr)
        return 1
    if as_json:
        print(msgspec.json.encode(told(config, found)).decode())
    else:
        _print(config, found)
    return 0


def told(config: Config, found: Overview) -> dict[str, object]:
    """What `--json` prints: every configured site, heard of or not, and the counts."""
    views = {view.site: view for view in found.sites}
    return {
        "sites": [_told_site(site.id, site.name, views.get(site.id)) for site in config.sites],
        "messages": found.messages,
        "readings": found.readings,
        "alarms": found.alarms,
        "pictures": found.pictures,
        "dead_letters": found.dead_letters,
        "untrusted": found.untrusted,
        "outbox": found.outbox,
        "dead": [
            {"site": one.site, "reason": one.reason, "times": one.times, "last_ms": one.last_ms} for one in found.dead
        ],
    }


def _told_site(site: str, name: str, view: SiteView | None) -> dict[str, object]:
    return {
        "site": site,
        "name": name,
        "messages": view.messages if view else 0,
        "last_message_ms": view.last_message_ms if view else None,
        "programs": [_told_program(program) for program in view.programs] if view else [],
    }


def _told_program(view: ProgramView) -> dict[str, object]:
    health = view.health
    return {
        "program": view.program,
        "online": view.online,
        "version": view.version,
        "spool_messages": health.spool.messages if health else None,
        "services_down": [service.name for service in health.services if not service.alive] if health else None,
        "trouble": _troubles(health),
    }


def _print(config: Config, found: Overview) -> None:
    views = {view.site: view for view in found.sites}
    table = Table(title=say("站点", "sites"), title_justify="left")
    for heading in (
        say("站点", "site"),
        say("名称", "name"),
        say("程序", "programs"),
        say("最近消息", "last message"),
        say("现场待发", "waiting on site"),
        say("异常", "trouble"),
    ):
        table.add_column(heading)
    for site in config.sites:
        table.add_row(site.id, site.name, *_cells(views.get(site.id)))
    console = Console(markup=False, highlight=False)
    console.print(table)
    console.print(
        say(
            f"存档：消息 {found.messages}，读数 {found.readings}，告警 {found.alarms}，图片 {found.pictures}，"
            f"死信 {found.dead_letters}，时钟不可信的消息 {found.untrusted}",
            f"archive: {found.messages} messages, {found.readings} readings, {found.alarms} alarms,"
            f" {found.pictures} pictures, {found.dead_letters} dead letters, {found.untrusted} messages of a clock that"
            " can't be trusted",
        )
    )
    for one in found.dead:
        text = say(f"死信 {one.times} 次", f"dead letters: {one.times}"), one.site or "-", one.reason, _ago(one.last_ms)
        console.print(" · ".join(text))
    for platform, count in found.outbox.items():
        console.print(say(f"待转发 {platform}：{count}", f"waiting for {platform}: {count}"))


def _cells(view: SiteView | None) -> tuple[str, str, str, str]:
    if view is None:
        return say("从未连接", "never connected"), "-", "-", ""
    known = {True: say("在线", "online"), False: say("离线", "offline"), None: "?"}
    programs = ", ".join(f"{program.program} {known[program.online]}" for program in view.programs)
    healths = [program.health for program in view.programs if program.health is not None]
    trouble = "; ".join(f"{name}: {text}" for health in healths for name, text in _troubles(health).items())
    waiting = str(sum(health.spool.messages for health in healths)) if healths else "-"
    return programs, _ago(view.last_message_ms), waiting, trouble


def _troubles(health: Health | None) -> dict[str, str]:
    """What a program says of its instruments and cameras, where something is wrong."""
    if health is None:
        return {}
    parts: tuple[InstrumentState | CameraState, ...] = (*health.instruments, *health.cameras)
    return {part.name: part.trouble for part in parts if part.trouble}


def _ago(at_ms: int | None) -> str:
    if at_ms is None:
        return "-"
    seconds = max(0, round(time.time() - at_ms / 1000))
    return say(f"{seconds} 秒前", f"{seconds} s ago")
