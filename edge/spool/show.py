"""`luxi spool`: what waits in the spools of a device, shown, written out, or checked."""

import json
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from edge.runtime.words import say
from edge.spool import outside
from edge.spool.outside import Checked, Contents, Oldest
from edge.wire.codec import MalformedError
from edge.wire.plain import plain
from sensors.reading import Stamp

Files = Mapping[str, Path]
"""Programs and their spools' files."""


def there(folder: Path, programs: tuple[str, ...]) -> Files:
    """The spools that are there; says so where there is none."""
    paths = {program: folder / f"{program}.db" for program in programs}
    found = {program: path for program, path in paths.items() if path.exists()}
    if not found:
        names = ", ".join(str(path) for path in paths.values())
        _complain(say("没有缓存文件（程序运行过吗？）", "there is no spool (did the program run?)"), names)
    return found


def show(files: Files, now: Stamp, *, as_json: bool) -> int:
    """Print what each spool holds; 1 where one can't be read."""
    found = {program: _contents(path, now) for program, path in files.items()}
    read = {program: one for program, one in found.items() if one is not None}
    if as_json:
        print(json.dumps({program: asdict(one) for program, one in read.items()}, ensure_ascii=False, default=str))
    else:
        console = Console(markup=False, highlight=False)
        for program, one in read.items():
            _print(console, f"{program}  {files[program]}", one)
    return 0 if read and len(read) == len(files) else 1


def write(files: Files, out: Path | None, target: Path | None, *, pictures: bool) -> int:
    """`export` as it was asked for: to a file (`out`) or standard output; or a `copy` of one spool to `target`."""
    if target is not None:
        if len(files) > 1:
            _complain(say("请用 --program 选择一个程序", "choose one with --program"), ", ".join(files))
            return 2
        return copy(next(iter(files.values())), target)
    if out is None:
        return export(files, sys.stdout, pictures=pictures)
    try:
        with out.open("w", encoding="utf-8") as file:
            return export(files, file, pictures=pictures)
    except OSError as fault:
        return _complain(say("文件无法写入", "the file can't be written"), f"{out}: {fault.strerror}")


def export(files: Files, out: TextIO, *, pictures: bool) -> int:
    """Write every message as JSON, one a line; 1 where one can't be read, which is then written as it lies."""
    code = 0 if files else 1
    for program, path in files.items():
        try:
            with outside.reading(path) as database:
                for row in outside.messages(database):
                    said = _said(row, pictures=pictures)
                    code |= "fault" in said
                    named = {name: row[name] for name in row if name not in {"row", "body", "crc"}}
                    print(json.dumps({"program": program, **named, **said}, ensure_ascii=False), file=out)
        except sqlite3.Error as fault:
            code = _unreadable(path, fault)
    return code


def copy(path: Path, target: Path) -> int:
    """Write a spool as it is at one moment to another file, which must not be there yet."""
    if target.exists():
        return _complain(say("文件已存在，请另选一个", "the file is there already, choose another"), target)
    try:
        outside.copy(path, target)
    except (sqlite3.Error, OSError) as fault:
        target.unlink(missing_ok=True)
        return _unreadable(path, fault)
    print(target)
    return 0


def verify(files: Files, *, as_json: bool) -> int:
    """Check each file and every message in it, and say what to do; 1 where something is damaged."""
    found = {program: outside.checked(path) for program, path in files.items()}
    if as_json:
        print(json.dumps({program: asdict(one) for program, one in found.items()}, ensure_ascii=False))
    else:
        for program, one in found.items():
            _print_checked(program, files[program], one)
    return 0 if found and not any(one.file or one.bodies for one in found.values()) else 1


def _contents(path: Path, now: Stamp) -> Contents | None:
    try:
        return outside.contents(path, now)
    except (sqlite3.Error, KeyError, ValueError) as fault:
        _unreadable(path, fault)
        return None


def _said(row: outside.Row, *, pictures: bool) -> dict[str, object]:
    try:
        return {"message": plain(outside.body(row), pictures=pictures)}
    except MalformedError as fault:
        return {"fault": str(fault), "body": row["body"].hex()}


def _print(console: Console, title: str, found: Contents) -> None:
    console.print(title)
    table = Table()
    for heading in (say("级别", "rank"), say("待传", "waiting"), "KiB"):
        table.add_column(heading)
    for row in found.ranks:
        table.add_row(row["rank"], str(row["messages"]), f"{row['bytes'] / 1024:.1f}")
    console.print(table)
    console.print(_facts(found))
    for row in found.dropped:
        numbers = f"{row['stream']} {row['first']}–{row['last']}  {row['rank']}"
        console.print(say("空间不足已丢弃", "dropped for want of room"), numbers, f"({row['messages']})")
    for row in found.aside:
        name = f"{row['kind']} {row['stream']}/{row['seq']}"
        console.print(say("无法发送", "can't be sent"), name, row["reason"])
    for path in found.beside:
        console.print(
            say("损坏文件（已隔离）", "damaged file, set aside"), path, f"{path.stat().st_size / 1024:.0f} KiB"
        )


def _facts(found: Contents) -> str:
    size = f"{found.file_bytes / 1024:.0f} KiB"
    return say(
        f"文件 {size}，启动 {found.starts} 次，流 {found.stream}，最早一条：{_age(found.oldest)}",
        f"file {size}, {found.starts} starts, stream {found.stream}, oldest: {_age(found.oldest)}",
    )


def _age(oldest: Oldest | None) -> str:
    if oldest is None:
        return "–"
    if oldest.age_ms is not None:
        return say(f"{oldest.age_ms // 1000} 秒前", f"{oldest.age_ms // 1000} s ago")
    at = f"{datetime.fromtimestamp(oldest.written_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
    return say(f"本次开机之前（当时的时钟：{at}）", f"before this boot (the clock said {at})")


def _print_checked(program: str, path: Path, found: Checked) -> None:
    if not (found.file or found.bodies):
        print(f"{program}:", say(f"完好，{found.messages} 条消息均可读", f"sound, all {found.messages} messages read"))
        return
    for line in found.file:
        print(f"{program}:", say("文件损坏", "the file is damaged"), line)
    for row in found.bodies:
        name = f"{row['kind']} {row['stream']}/{row['seq']}"
        print(f"{program}:", say("消息损坏", "a message is damaged"), name, row["fault"])
    print(_advice(program, path, found))


def _advice(program: str, path: Path, found: Checked) -> str:
    if found.file:
        return say(
            f"无需手工修复：重启程序（systemctl restart luxi-{program}），它会隔离 {path.name}、抢救可读的消息并告警；"
            "存储卡可能将坏，请尽快更换",
            f"don't mend it by hand: restart the program (systemctl restart luxi-{program}); it sets {path.name} aside,"
            " rescues what can be read, and raises an alarm. The card may be wearing out: replace it soon",
        )
    return say(
        "其余消息照常发送；损坏的由网关记入死信。请先备份：luxi spool export --copy FILE",
        "all others are sent as ever; the gateway keeps damaged ones as dead letters. Make a copy first:"
        " luxi spool export --copy FILE",
    )


def _unreadable(path: Path, fault: Exception) -> int:
    return _complain(say("缓存无法读取", "the spool can't be read"), f"{path}: {fault}")


def _complain(text: str, what: object) -> int:
    print(f"{text}: {what}", file=sys.stderr)
    return 1
