"""What an operator of the gateway types."""

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.runtime.program import print_faults, until_stopped, while_read
from edge.runtime.words import say
from gateway.records.spans import WORDS

if TYPE_CHECKING:
    from gateway.config import Config


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount `luxi gateway …`; each command sets `run`, which returns the exit status."""
    gateway = commands.add_parser("gateway", help=say("县级网关", "the county's gateway"))
    parts = gateway.add_subparsers(dest="part", required=True, metavar="run|issue|show|records|asyncapi")
    run = parts.add_parser("run", help=say("运行网关", "run the gateway"))
    run.set_defaults(run=_run)
    issue = parts.add_parser("issue", help=say("签发一个站点的证书", "make the certificates of a site"))
    issue.add_argument("site", metavar="SITE", help=say("网关文件中的站点编号", "a site's id in the gateway's file"))
    issue.add_argument("--out", type=Path, required=True, metavar="DIR", help=say("输出文件夹", "the folder to fill"))
    issue.set_defaults(run=_issue)
    show = parts.add_parser("show", help=say("各站点与存档一览", "how the sites and the archive are"))
    show.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    show.set_defaults(run=_show)
    records = parts.add_parser("records", help=say("分钟、十分钟、小时、日数据", "minute, hour and day records"))
    records.add_argument("--site", required=True, metavar="SITE", help=say("站点编号", "a site's id"))
    records.add_argument("--span", choices=WORDS, default="hour", help=say("时段", "how long each is"))
    records.add_argument("--last", type=_count, default=24, metavar="N", help=say("最近几个时段", "how many spans"))
    records.add_argument("--json", action="store_true", help=say("供脚本读取", "for scripts"))
    records.set_defaults(run=_records)
    tap = commands.add_parser("tap", help=say("实时查看经过的消息", "what passes between sites and gateway"))
    tap.add_argument(
        "topic", metavar="TOPIC", type=_filter, help=say("MQTT 主题，可用 + 与 #", "with + and # if need be")
    )
    tap.add_argument("--count", type=_count, metavar="N", help=say("收到几条后结束", "end after so many"))
    tap.set_defaults(run=_tap)
    for command in (run, issue, show, records, tap):
        default = Path("/etc/luxi/gateway.toml")
        command.add_argument(
            "--config", type=Path, default=default, metavar="FILE", help=say("网关文件", "the gateway's file")
        )
    asyncapi = parts.add_parser("asyncapi", help=say("生成接口文档", "write the description of all topics"))
    asyncapi.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR")
    asyncapi.set_defaults(run=_asyncapi)


def _run(args: argparse.Namespace) -> int:
    from gateway import app

    config = _config(args.config)
    if config is None:
        return 2
    try:
        return until_stopped(lambda stop: app.run(config, stop))
    except app.StartError as fault:
        print(fault, file=sys.stderr)
        return 1


def _issue(args: argparse.Namespace) -> int:
    from gateway import app

    config = _config(args.config)
    if config is None:
        return 2
    if not _known(config, args):
        return 1
    try:
        bundle = app.issued(config, args.site, args.out)
    except app.StartError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(*(bundle.ca, bundle.certificate, bundle.key), sep="\n")
    return 0


def _show(args: argparse.Namespace) -> int:
    from gateway.show import show

    config = _config(args.config)
    return 2 if config is None else show(config, as_json=args.json)


def _records(args: argparse.Namespace) -> int:
    from gateway.show_records import show

    config = _config(args.config)
    if config is None:
        return 2
    if not _known(config, args):
        return 1
    return show(config, args.site, WORDS[args.span], args.last, as_json=args.json)


def _tap(args: argparse.Namespace) -> int:
    from gateway import app

    config = _config(args.config)
    if config is None:
        return 2
    try:
        return while_read(lambda: until_stopped(lambda stop: app.tap(config, args.topic, stop, args.count)))
    except app.StartError as fault:
        print(fault, file=sys.stderr)
        return 1


def _asyncapi(args: argparse.Namespace) -> int:
    from gateway.asyncapi import files

    for name, text in files().items():
        path = args.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(path)
    return 0


def _known(config: "Config", args: argparse.Namespace) -> bool:
    """Is the site in the gateway's file? Says so where it isn't."""
    if args.site in config.site_ids:
        return True
    known = ", ".join(sorted(config.site_ids)) or "-"
    print(
        say(
            f"{args.config} 的 [[sites]] 中没有站点 {args.site!r}（现有：{known}），请先添加",
            f"{args.config}: no site {args.site!r} in [[sites]] (there are: {known}); add it first",
        ),
        file=sys.stderr,
    )
    return False


def _count(text: str) -> int:
    """A number from 1 to 10000, as typed."""
    if not re.fullmatch("[1-9][0-9]{0,3}|10000", text):
        raise argparse.ArgumentTypeError(say(f"应为 1-10000：{text!r}", f"expected 1 to 10000: {text!r}"))
    return int(text)


def _filter(text: str) -> str:
    """A topic filter as typed: `+` stands for one level, `#` at the end for all that follow (MQTT 5, 4.7.1)."""
    if not re.fullmatch(r"(?:(?:\+|[^+#/]*)/)*(?:\+|#|[^+#/]*)", text) or not text:
        example = "luxi/1/pond-1/up/batch, luxi/1/+/up/#"
        raise argparse.ArgumentTypeError(
            say(f"应为主题，如 {example}：{text!r}", f"expected a topic, as {example}: {text!r}")
        )
    return text


def _config(path: Path) -> "Config | None":
    """The gateway's file; None, its faults shown, where it isn't right."""
    from gateway.config import load

    found = load(path)
    if isinstance(found, tuple):
        print_faults(found)
        return None
    return found
