"""`luxi status`: how the device's programs are, as they last wrote it down."""

import json
import time

import msgspec
from rich.console import Console
from rich.table import Table

from edge.config import Site
from edge.health import read_status, status_file
from edge.runtime.words import say
from edge.wire.messages import Health
from sensors.reading import ClockState, Stamp

PROGRAMS = ("sense", "watch")


def show(site: Site, *, as_json: bool, console: Console | None = None) -> int:
    """Print the health of each program; 0 if all that left one are well, 1 if something is in trouble or silent."""
    found = {name: read_status(status_file(site.status_folder, name)) for name in PROGRAMS}
    healths = {name: health for name, health in found.items() if health is not None}
    out = console or Console(markup=False, highlight=False)
    if as_json:
        out.print_json(json.dumps({name: _plain(health) for name, health in healths.items()}))
    else:
        for health in healths.values():
            out.print(_table(health))
        if not healths:
            out.print(say("没有找到运行状态：程序尚未启动", "nothing found: the programs were not started yet"))
    return 0 if healths and all(well(health) for health in healths.values()) else 1


def well(health: Health) -> bool:
    """Connected, every service alive, every instrument and camera answering."""
    troubles = [one.trouble for one in health.instruments] + [one.trouble for one in health.cameras]
    return health.connected and all(service.alive for service in health.services) and not any(troubles)


def _plain(health: Health) -> dict[str, object]:
    fields = {name: getattr(health, name) for name in health.__struct_fields__}
    return {name: _by_name(value) for name, value in fields.items()}


def _by_name(value: object) -> object:
    """Array-shaped messages as objects with names, which is what scripts want."""
    if isinstance(value, msgspec.Struct):
        return {name: _by_name(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_by_name(item) for item in value]
    return msgspec.to_builtins(value)


def _table(health: Health) -> Table:
    age = max(0, round(time.time() - health.at.wall_ms / 1000))
    table = Table(title=f"{health.program}  {health.version}", title_justify="left")
    table.add_column(say("部分", "part"))
    table.add_column(say("状态", "state"))
    table.add_row(say("写于", "written"), say(f"{age} 秒前", f"{age} s ago"))
    table.add_row(say("启动次数", "starts"), str(health.starts))
    table.add_row(
        say("网关连接", "gateway"), say("已连接", "connected") if health.connected else say("断开", "cut off")
    )
    table.add_row(say("待传", "waiting"), f"{health.spool.messages}  ({health.spool.bytes / 1024:.1f} KiB)")
    table.add_row(say("时钟", "clock"), _clock(health.at))
    for service in health.services:
        table.add_row(service.name, _service(service.alive, service.restarts))
    for instrument in health.instruments:
        text = instrument.trouble or say("正常", "well")
        table.add_row(
            instrument.name, f"{text}  ✓{instrument.answers} ⌛{instrument.timeouts} ✗{instrument.crc_errors}"
        )
    for camera in health.cameras:
        table.add_row(
            camera.name, camera.trouble or say(f"正常，已判 {camera.judged} 帧", f"well, {camera.judged} judged")
        )
    return table


def _clock(at: Stamp) -> str:
    error = at.error_ms or 0
    match at.clock:
        case ClockState.SYNCHRONISED:
            return say(f"已校准，误差不超过 {error} 毫秒", f"right, within {error} ms")
        case ClockState.RESTORED:
            return say("未校准，读数暂标为不可信", "in doubt: readings count as untrusted")
        case ClockState.UNSET:
            return say("不对（从未设置），读数暂标为不可信", "wrong (never set): readings count as untrusted")


def _service(alive: bool, restarts: int) -> str:
    state = say("运行", "runs") if alive else say("停止", "stopped")
    return state + (say(f"，重启 {restarts} 次", f", {restarts} restarts") if restarts else "")
