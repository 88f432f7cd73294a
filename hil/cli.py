"""`luxi`: every command of the product, mounted from the package that owns it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import edge.cli
import gateway.cli
import models.cli
from edge.runtime.usage import Parser
from edge.runtime.version import luxi_version
from edge.runtime.words import say


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage or configuration."""
    args = parser().parse_args(argv)
    return int(args.run(args))


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    luxi: argparse.ArgumentParser = Parser(
        prog="luxi", description=say("县域数字环境平台的现场端", "the on-site half of a county's environment platform")
    )
    luxi.add_argument("--version", action="version", version=luxi_version(), help=say("版本", "its version"))
    commands = luxi.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_check(commands)
    edge.cli.add_commands(commands)
    gateway.cli.add_commands(commands)
    models.cli.add_commands(commands)
    _add_county(commands)
    return luxi


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser("demo", help=say("在一台机器上演示全流程", "the whole way on one machine"))
    demo.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help=say("到时自动结束", "end by itself"))
    demo.add_argument(
        "--cut-network",
        dest="cut",
        type=float,
        metavar="SECONDS",
        help=say("中途断网这么多秒，看缓存如何工作", "cut the network for so long, to see the buffer at work"),
    )
    demo.add_argument(
        "--camera", metavar="SOURCE", help=say("用此摄像头地址或图片文件夹", "a camera or folder of yours")
    )
    demo.add_argument("--dir", type=Path, metavar="FOLDER", help=say("保留现场文件的文件夹", "keep everything here"))
    demo.add_argument("--plain", action="store_true", help=say("逐行输出，不画界面", "lines instead of a live view"))
    demo.set_defaults(run=_run_demo)


def _run_demo(args: argparse.Namespace) -> int:
    from hil.demo import run

    return run(args.seconds, args.cut, args.camera, args.dir, plain=args.plain or not sys.stdout.isatty())


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help=say("检查站点或网关文件", "check a site or gateway file"))
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    check.set_defaults(run=_run_check)


def _run_check(args: argparse.Namespace) -> int:
    from hil.check import run

    return run(args.file, as_json=args.json)


def _add_county(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from hil.virtual import county

    county.add_commands(commands)


if __name__ == "__main__":
    sys.exit(main())
