"""The way of the data as a person sees it: a live view for the terminal, or a line now and then."""

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from edge.runtime.words import say
from hil.picture import Picture
from sensors.reading import Flag

_COLOURS = {Flag.GOOD: "green", Flag.UNKNOWN: "cyan", Flag.SUSPECT: "yellow", Flag.BAD: "red", Flag.MISSING: "red"}


def render(picture: Picture) -> RenderableType:
    """The whole view."""
    return Group(_head(picture), _way(picture), *_alarms(picture), _values(picture))


def told(picture: Picture) -> str:
    """The same in one line."""
    network = say("网络通", "network up") if picture.whole else say("网络断", "NETWORK CUT")
    return say(
        f"{picture.elapsed:5.0f} 秒  {network}  已写 {picture.measured}  待确认 {picture.waiting}"
        f"  县平台读数 {picture.county.readings}  报警 {len(picture.alarms)}",
        f"{picture.elapsed:5.0f} s  {network}  written {picture.measured}  waiting {picture.waiting}"
        f"  readings at the county {picture.county.readings}  alarms {len(picture.alarms)}",
    )


def _head(picture: Picture) -> Text:
    return Text.assemble(
        (" Luxi ", "bold white on dark_green"),
        "  ",
        say("数据跑路，人不跑腿", "data runs the errands"),
        "  ",
        (f"{picture.elapsed:.0f} s", "dim"),
    )


def _way(picture: Picture) -> Columns:
    boxes: list[RenderableType] = [
        _device(picture),
        _arrow(picture),
        _gateway(picture),
        Text("\n\n ──► "),
        _county(picture),
    ]
    return Columns(boxes, padding=(0, 0))


def _device(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 1))
    for spool in picture.spools:
        acknowledged = spool.given - len(spool.waiting)
        table.add_row(spool.program, say("已写", "written"), str(spool.given))
        table.add_row("", say("已确认", "acknowledged"), str(acknowledged))
        waiting = Text(str(len(spool.waiting)), style="bold yellow" if len(spool.waiting) > 10 else "")
        table.add_row("", say("待确认", "waiting"), waiting)
    return Panel(table, title=say("设备（磁盘缓存）", "device (spool)"), border_style="green")


def _arrow(picture: Picture) -> Text:
    if picture.whole:
        return Text("\n\n ══MQTT/TLS══► ", style="green")
    return Text(say("\n\n ══✂ 断网 ✂══  ", "\n\n ══✂ CUT ✂═══  "), style="bold red")


def _gateway(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 1))
    if picture.gateway is not None:
        table.add_row(say("存档消息", "archived"), str(picture.gateway.messages))
        table.add_row(say("读数", "readings"), str(picture.gateway.readings))
        table.add_row(say("待转发", "to forward"), str(sum(picture.gateway.outbox.values())))
        programs = [program for site in picture.gateway.sites for program in site.programs]
        here = sum(program.online is True for program in programs)
        table.add_row(say("在线程序", "online"), f"{here}/{len(programs)}")
    return Panel(table, title=say("网关", "gateway"), border_style="blue")


def _county(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_row(say("收到消息", "messages"), str(picture.county.messages))
    table.add_row(say("读数", "readings"), str(picture.county.readings))
    table.add_row(say("报警", "alarms"), str(picture.county.alarms))
    table.add_row(say("图片", "pictures"), str(picture.county.pictures))
    return Panel(table, title=say("县平台", "county"), border_style="magenta")


def _values(picture: Picture) -> Table:
    table = Table(title=say("县平台最新读数", "newest readings at the county"), title_justify="left", expand=False)
    for zh, en in (("仪表", "instrument"), ("通道", "channel"), ("因子", "code"), ("数值", "value"), ("单位", "unit")):
        table.add_column(say(zh, en))
    table.add_column(say("质量", "quality"))
    table.add_column(say("时间", "time"))
    for one in picture.newest:
        value = "—" if one.value is None else f"{one.value:g}"
        quality = Text(f"{one.flag} {','.join(one.reasons)}".strip(), style=_COLOURS.get(Flag(one.flag), ""))
        table.add_row(one.instrument, one.channel, one.code, value, Text(one.unit), quality, one.time[11:19])
    return table


def _alarms(picture: Picture) -> list[RenderableType]:
    return [
        Panel(
            f"{seen.alarm.camera}  {seen.alarm.event}  {seen.alarm.time}  "
            + say("得分", "score")
            + f" {seen.alarm.score or 0:.2f}\n{seen.picture or ''}",
            title=say("烟雾报警", "smoke alarm"),
            border_style="bold red",
        )
        for seen in picture.alarms
    ]
