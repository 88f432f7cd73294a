"""The command `luxi county`: a stand-in for the county's platform, with a broker of its own or one that is there."""

import argparse
import sys
from pathlib import Path

from edge.runtime.words import say


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount `luxi county`."""
    county = commands.add_parser("county", help=say("模拟县级平台", "a stand-in for the county's platform"))
    county.add_argument("--dir", type=Path, required=True, metavar="DIR", help=say("记录文件夹", "where to record"))
    county.add_argument("--host", default="127.0.0.1", help=say("服务器地址", "the broker's address"))
    county.add_argument("--port", type=int, default=1884, help=say("服务器端口", "the broker's port"))
    county.add_argument("--prefix", default="county/1", help=say("主题前缀", "the topics' first words"))
    county.add_argument("--username", default="", help=say("用户名", "user name"))
    county.add_argument("--password-file", type=Path, metavar="FILE", help=say("密码文件", "a file with the password"))
    county.add_argument(
        "--external", action="store_true", help=say("使用已有服务器，不自行启动", "use a broker that is there")
    )
    county.add_argument("--print", action="store_true", dest="saying", help=say("逐条打印", "a line per message"))
    county.add_argument("--for", type=float, dest="seconds", metavar="SECONDS", help=say("到时结束", "end by itself"))
    county.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from hil.virtual.county_app import CountyPlan, run  # noqa: PLC0415 - `luxi --help` stays quick

    password = args.password_file.read_text("utf-8").strip() if args.password_file else ""
    plan = CountyPlan(args.dir, args.host, args.port, args.prefix, args.username, password, args.external, args.seconds)
    return run(plan, _printed if args.saying else None)


def _printed(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
