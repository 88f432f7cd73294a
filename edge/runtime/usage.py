"""Help and complaints of the command line in the language of the locale: argparse itself knows only English."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from edge.runtime.words import say

_COMPLAINTS = (
    (r"the following arguments are required: (.*)", r"还缺少：\1"),
    (r"unrecognized arguments: (.*)", r"多余的参数：\1"),
    (r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", r"\1 不能是 \2，可选：\3"),
    (r"argument (.*?): invalid \S+ value: (.*)", r"\1 的值 \2 无效"),
    (r"argument (.*?): expected .*", r"\1 后面应有一个值"),
    (r"argument (.*?): (.*)", r"\1：\2"),
)


class _Layout(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, say("用法：", "usage: ") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An argument parser whose sub-commands are of its kind."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **{"formatter_class": _Layout, **named, "add_help": False})
        self._positionals.title = say("参数", "positional arguments")
        self._optionals.title = say("选项", "options")
        self.add_argument("-h", "--help", action="help", help=say("显示本说明", "show this help message and exit"))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and how it goes; exit status 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {say('错误：', 'error: ')}{complaint(message)}\n")


def complaint(message: str) -> str:
    """A complaint of argparse in the language of the locale; one that isn't known stays as it is."""
    for pattern, chinese in _COMPLAINTS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return say(found.expand(chinese), message)
    return message
