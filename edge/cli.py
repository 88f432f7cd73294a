"""What a technician types on the device."""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edge.runtime.program import print_faults, until_stopped
from edge.runtime.words import say

if TYPE_CHECKING:
    from edge.config import SiteFile


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount the device's commands; each sets `run`, which returns the exit status."""
    edge = commands.add_parser("edge", help=say("设备上的两个程序", "the device's two programs"))
    programs = edge.add_subparsers(dest="program", required=True, metavar="sense|watch")
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
    _add_read(commands)
    _add_scan(commands)


def _add_read(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    read = commands.add_parser("read", help=say("读一台仪表，实时显示", "one instrument, live"))
    read.add_argument("profile", metavar="PROFILE", help=say("型号，如 xy-md02", "its model, such as xy-md02"))
    read.add_argument("--port", required=True, metavar="PORT", help=say("串口", "the serial port"))
    read.add_argument(
        "--address", type=int, metavar="N", help=say("从站地址，默认出厂值", "its address, or the default")
    )
    read.add_argument(
        "--baudrate", type=int, metavar="N", help=say("波特率，默认出厂值", "its baud rate, or the default")
    )
    read.add_argument("--once", action="store_true", help=say("只读一次", "read once and end"))
    read.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    read.set_defaults(run=_run_read)


def _add_scan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    scan = commands.add_parser("scan", help=say("查找串口上的仪表", "find the instruments on a port"))
    scan.add_argument("port", metavar="PORT", help=say("串口", "the serial port"))
    scan.add_argument(
        "--addresses",
        type=_addresses,
        default=tuple(range(1, 33)),
        metavar="1-32,254",
        help=say("要查的地址，默认 1-32", "the addresses to ask, 1-32 by default"),
    )
    scan.add_argument(
        "--baudrate", type=int, action="append", default=[], metavar="N", help=say("只查此波特率", "this rate only")
    )
    scan.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    scan.set_defaults(run=_run_scan)


def _addresses(text: str) -> tuple[int, ...]:
    """`1-5,254` as numbers; ValueError (wrong usage) for what is none."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    if not found or not all(1 <= address <= 254 for address in found):
        raise ValueError(text)
    return tuple(dict.fromkeys(found))


def _run_scan(args: argparse.Namespace) -> int:
    from edge.commission.search import run

    return run(args.port, args.addresses, args.baudrate, as_script=args.json)


def _run_read(args: argparse.Namespace) -> int:
    from edge.commission.show import run
    from sensors.catalogue import Catalogue

    profile = Catalogue().find(args.profile, say("命令行", "command line"), "PROFILE")
    if isinstance(profile, tuple):
        return print_faults(profile)
    return run(profile, args.port, args.address, args.baudrate, once=args.once, as_script=args.json)


def _takes_config(parser: argparse.ArgumentParser) -> None:
    default = Path("/etc/luxi/site.toml")
    parser.add_argument("--config", type=Path, default=default, metavar="FILE", help=say("站点文件", "the site file"))


def _run_program(args: argparse.Namespace) -> int:
    from edge.config import read_site
    from edge.runtime.alone import AlreadyRunningError
    from sensors.catalogue import Catalogue

    found = read_site(args.config, Catalogue())
    if found.file is None:
        return print_faults(found.faults)
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
