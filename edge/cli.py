"""What a technician types on the device."""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import edge.commission.cli
from edge.commission.cli import duration
from edge.runtime.program import print_faults, until_stopped, while_read
from edge.runtime.words import say
from sensors.fault import Fault

if TYPE_CHECKING:
    from edge.config import SiteFile


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount the device's commands; each sets `run`, which returns the exit status."""
    device = commands.add_parser("edge", help=say("设备上的两个程序", "the device's two programs"))
    programs = device.add_subparsers(dest="program", required=True, metavar="sense|watch")
    for name, zh, en in (
        ("sense", "采集仪表读数", "read the instruments"),
        ("watch", "监看摄像头", "watch the cameras"),
    ):
        program = programs.add_parser(name, help=say(zh, en))
        _takes_config(program)
        program.set_defaults(run=_run_program)
    status = commands.add_parser("status", help=say("本机状态一览", "how this device is"))
    _takes_config(status)
    status.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    status.set_defaults(run=_run_status)
    _add_site(commands)
    _add_spool(commands)
    edge.commission.cli.add_commands(commands)


def _add_spool(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    what = say("待传缓存：查看、导出、校验", "what waits to be sent: show, export, verify")
    spool = commands.add_parser("spool", help=what, description=what)
    acts = spool.add_subparsers(dest="act", required=True, metavar="show|export|verify")
    show = acts.add_parser("show", help=say("待传、丢弃、无法发送的", "what waits, was dropped, can't be sent"))
    export = acts.add_parser("export", help=say("导出消息，每行一条 JSON", "the messages as JSON, one a line"))
    verify = acts.add_parser("verify", help=say("校验文件与每条消息", "check the file and every message"))
    export.add_argument("--out", type=Path, metavar="FILE", help=say("默认输出到屏幕", "standard output unless told"))
    export.add_argument("--pictures", action="store_true", help=say("含图片（base64）", "pictures too, in base64"))
    export.add_argument(
        "--copy", type=Path, metavar="FILE", help=say("复制整个缓存文件", "copy the whole spool instead")
    )
    for act in (show, export, verify):
        _takes_config(act)
        act.add_argument("--program", choices=("sense", "watch"), help=say("默认两个程序", "both unless told"))
        if act is not export:
            act.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
        act.set_defaults(run=_run_spool)


def _add_site(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    what = say("全站实时数据表", "the whole site, live")
    live = commands.add_parser("live", help=what, description=what)
    _takes_config(live)
    live.add_argument("--instrument", default="", metavar="NAME", help=say("只看一台仪表", "one instrument only"))
    live.add_argument("--once", action="store_true", help=say("只显示一次", "show it once and end"))
    live.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    live.set_defaults(run=_run_live)
    what = say("登记维护、校准、停运时段", "windows of maintenance, calibration and standstill")
    upkeep = commands.add_parser("upkeep", help=what, description=what)
    upkeep.add_argument("act", choices=("start", "stop", "list"), help=say("开始、结束、列出", "open, end or list"))
    _takes_config(upkeep)
    upkeep.add_argument("--instrument", default="", metavar="NAME", help=say("仪表，默认全站", "which, or all"))
    upkeep.add_argument(
        "--kind",
        choices=("maintenance", "calibration", "stopped", "manual"),
        help=say("维护、校准、停运、人工数据；默认维护", "maintenance unless told"),
    )
    upkeep.add_argument(
        "--for",
        dest="for_s",
        type=duration,
        default=7200.0,
        metavar="2h",
        help=say("多久，默认 2h", "how long, 2h unless told"),
    )
    upkeep.add_argument("--json", action="store_true", help=say("供脚本读取（list）", "for scripts (list)"))
    upkeep.set_defaults(run=_run_upkeep)


def _takes_config(parser: argparse.ArgumentParser) -> None:
    default = Path("/etc/luxi/site.toml")
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help=say("站点文件", "the site file"))


def _run_program(args: argparse.Namespace) -> int:
    from edge.config import read_site
    from edge.runtime import memory
    from edge.runtime.alone import AlreadyRunningError
    from sensors.catalogue import Catalogue

    found = read_site(args.config, Catalogue())
    if found.file is None:
        return print_faults(found.faults)
    memory.settle()  # the program's modules take the room that reading the file needed
    file, program = found.file, _program(args.program)
    try:
        return until_stopped(lambda stop: program(file, stop))
    except AlreadyRunningError as fault:
        print(fault, file=sys.stderr)
        return 1


def _program(name: str) -> "Callable[[SiteFile, threading.Event], int]":
    """Only the one that is asked for is loaded: `sense` stays small without the camera's libraries."""
    if name == "sense":
        from edge.sense import sense

        return sense
    from edge.watch import watch

    return watch


def _run_status(args: argparse.Namespace) -> int:
    from edge.config import read_site
    from edge.status import show
    from sensors.catalogue import Catalogue

    found = read_site(args.config, Catalogue())
    return print_faults(found.faults) if found.file is None else show(found.file.site, as_json=args.json)


def _run_spool(args: argparse.Namespace) -> int:
    from edge.config import read_site
    from edge.runtime.clock import SystemClock
    from edge.spool import show
    from sensors.catalogue import Catalogue

    found = read_site(args.config, Catalogue())
    if found.file is None:
        return print_faults(found.faults)
    programs = (args.program,) if args.program else ("sense", "watch")
    files = show.there(found.file.site.state, programs)
    if not files:
        return 1
    if args.act == "export":
        return while_read(lambda: show.write(files, args.out, args.copy, pictures=args.pictures))
    if args.act == "verify":
        return show.verify(files, as_json=args.json)
    return show.show(files, SystemClock().now(), as_json=args.json)


def _run_live(args: argparse.Namespace) -> int:
    from edge.live import show

    file = _site_with(args)
    return (
        print_faults(file)
        if isinstance(file, tuple)
        else show(file, args.instrument, once=args.once, as_json=args.json)
    )


def _run_upkeep(args: argparse.Namespace) -> int:
    from edge.runtime.clock import SystemClock
    from edge.windows import run
    from sensors.reading import Reason

    file = _site_with(args)
    if isinstance(file, tuple):
        return print_faults(file)
    kind = Reason(args.kind) if args.kind else None
    return run(file, args.act, SystemClock().now(), args.instrument, kind, args.for_s, as_json=args.json)


def _site_with(args: argparse.Namespace) -> "SiteFile | tuple[Fault, ...]":
    """The site's file, or its faults; an instrument that it hasn't is one."""
    from edge.config import read_site
    from sensors.catalogue import Catalogue

    found = read_site(args.config, Catalogue())
    if found.file is None:
        return found.faults
    names = [instrument.name for bus in found.file.buses for instrument in bus.instruments]
    if args.instrument in {"", *names}:
        return found.file
    listed = ", ".join(names) or "-"
    text = f"应为 {listed} 之一", f"expected one of {listed}"
    return (Fault(str(args.config), "--instrument", repr(args.instrument), *text),)
