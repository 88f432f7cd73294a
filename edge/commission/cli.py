"""What a technician types to see, find and set up instruments."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edge.runtime.program import print_faults
from edge.runtime.words import say
from sensors.duration import seconds

if TYPE_CHECKING:
    from edge.ports import Place
    from sensors.profile import Profile

Run = Callable[[argparse.Namespace, "Profile"], int]


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount `luxi read|scan|set-address|set-baud|calibrate`; each sets `run`, which returns the exit status."""
    _add_scan(commands)
    read = _one_instrument(commands, "read", _read, say("读一台仪表，实时显示", "one instrument, live"))
    read.add_argument("--once", action="store_true", help=say("只读一次", "read once and end"))
    address = _one_instrument(
        commands, "set-address", _set_address, say("修改仪表地址并核对", "give an instrument another address"), "--from"
    )
    address.add_argument("--to", type=int, required=True, metavar="M", help=say("新地址", "its new address"))
    baud = _one_instrument(
        commands, "set-baud", _set_baud, say("修改仪表波特率并核对", "give an instrument another baud rate")
    )
    baud.add_argument("--to", type=int, required=True, metavar="RATE", help=say("新波特率", "its new baud rate"))
    _add_calibrate(commands)


def _one_instrument(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Run,
    what: str,
    address: str = "--address",
) -> argparse.ArgumentParser:
    """A command about one instrument of a model, on a port."""
    command = commands.add_parser(name, help=what, description=what)
    command.add_argument(
        "profile",
        metavar="PROFILE",
        help=say("型号，如 xy-md02（见 docs/instruments.md）", "its model, such as xy-md02"),
    )
    command.add_argument("--port", type=_place, required=True, metavar="PORT", help=_port_help())
    command.add_argument(
        address,
        dest="address",
        type=int,
        metavar="N",
        help=say("现在的地址，默认出厂值", "its address, or the default"),
    )
    command.add_argument(
        "--baudrate", type=int, metavar="N", help=say("现在的波特率，默认出厂值", "its baud rate, or the default")
    )
    command.add_argument(
        "--parity",
        choices=("N", "E", "O"),
        help=say("校验：无、偶、奇，默认出厂值", "none, even or odd, or the default"),
    )
    command.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    command.set_defaults(run=lambda args: _with_profile(args, run))
    return command


def _port_help() -> str:
    return say(
        "串口（/dev/ttyUSB0）、串口服务器（socket://主机:端口）或 Modbus TCP（tcp://主机:端口）",
        "a serial port (/dev/ttyUSB0), a serial server (socket://host:port) or Modbus TCP (tcp://host:port)",
    )


def _add_calibrate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    calibrate = _one_instrument(
        commands, "calibrate", _calibrate, say("按步骤校准一台仪表，并存档", "a guided calibration, recorded")
    )
    calibrate.add_argument("--channel", metavar="C", help=say("要校准的通道", "which channel"))
    calibrate.add_argument(
        "--method", metavar="NAME", help=say("校准方式，见 docs/instruments.md", "which way to calibrate")
    )
    calibrate.add_argument(
        "--steady", type=duration, default=30.0, metavar="30s", help=say("读数须稳定多久", "how long a value must rest")
    )
    calibrate.add_argument("--by", metavar="WHO", help=say("校准人，默认当前用户", "who does it, or the current user"))
    calibrate.add_argument(
        "--undo", action="store_true", help=say("写回上次校准前的数值", "write back what it held before")
    )
    calibrate.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=say("所属站点的文件，默认 /etc/luxi/site.toml", "the file of its site"),
    )
    calibrate.add_argument(
        "--instrument",
        metavar="NAME",
        help=say("站点文件中的名称，默认按端口和地址查找", "its name in the site's file"),
    )
    calibrate.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help=say("记录文件，默认在站点状态文件夹", "where to record, or the site's state folder"),
    )


def _add_scan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    what = say("查找端口上的仪表", "find the instruments on a port")
    scan = commands.add_parser("scan", help=what, description=what)
    scan.add_argument("port", type=_place, metavar="PORT", help=_port_help())
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
    scan.set_defaults(run=_scan)


def _place(text: str) -> "Place":
    from edge.commission.wording import told
    from edge.reach import typed

    try:
        return typed(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(told(str(fault))) from fault


def duration(text: str) -> float:
    """A duration such as 2h or 30s, in seconds, for an option."""
    try:
        return seconds(text)
    except ValueError as fault:
        zh, _, en = str(fault).partition(" / ")
        raise argparse.ArgumentTypeError(say(zh, en)) from fault


def _addresses(text: str) -> tuple[int, ...]:
    """`1-5,254` as numbers; ValueError (wrong usage) for what is none."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    if not found or not all(1 <= address <= 254 for address in found):
        raise ValueError(text)
    return tuple(dict.fromkeys(found))


def _with_profile(args: argparse.Namespace, run: Run) -> int:
    from sensors.catalogue import Catalogue

    profile = Catalogue().find(args.profile, say("命令行", "command line"), "PROFILE")
    return print_faults(profile) if isinstance(profile, tuple) else run(args, profile)


def _scan(args: argparse.Namespace) -> int:
    from edge.commission.search import run

    return run(args.port, args.addresses, args.baudrate, as_script=args.json)


def _read(args: argparse.Namespace, profile: "Profile") -> int:
    from edge.commission.show import run
    from edge.reach import framing

    how = framing(profile, args.baudrate, args.parity)
    return run(profile, args.port, how, args.address, once=args.once, as_script=args.json)


def _set_address(args: argparse.Namespace, profile: "Profile") -> int:
    from edge.commission.change import run_set_address

    return run_set_address(args, profile)


def _set_baud(args: argparse.Namespace, profile: "Profile") -> int:
    from edge.commission.change import run_set_baud

    return run_set_baud(args, profile)


def _calibrate(args: argparse.Namespace, profile: "Profile") -> int:
    from edge.commission.guided import run_calibrate

    return run_calibrate(args, profile)
