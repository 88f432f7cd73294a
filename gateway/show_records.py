"""A site's records, for people and for scripts."""

import sqlite3
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from edge.runtime.words import say
from gateway.archive.record_queries import Line, Records, newest
from gateway.config import Config
from gateway.county_mqtt import told_record, told_time
from gateway.records.spans import Span


def show(config: Config, site: str, span: Span, last: int, *, as_json: bool) -> int:
    """Print the newest; 1 where there is no archive yet or it can't be read."""
    found = _found(config.archive, site, span, last)
    if found is None:
        return 1
    if as_json:
        print(msgspec.json.encode(told(site, span, found)).decode())
    else:
        _print(site, span, found)
    return 0


def told(site: str, span: Span, found: Records) -> dict[str, object]:
    """What `--json` prints: the records with the county's names, each with its start and revision."""
    records = [
        {"start": told_time(line.start_ms), "revision": line.revision}
        | msgspec.to_builtins(told_record(line.series, line.record))
        for line in found.lines
    ]
    return {"site": site, "span": span.word, "stale": found.stale, "records": records}


def _found(archive: Path, site: str, span: Span, last: int) -> Records | None:
    try:
        found = newest(archive, site, span, last)
    except sqlite3.Error as fault:
        print(say("存档无法读取", "the archive can't be read"), f"{archive}: {fault}", file=sys.stderr)
        return None
    if found is None:
        text = say("还没有存档（网关运行过吗？）", "there is no archive yet (did the gateway run?)")
        print(f"{text}: {archive}", file=sys.stderr)
    return found


def _print(site: str, span: Span, found: Records) -> None:
    table = Table(title=f"{site} · {span.word}", title_justify="left")
    table.add_column(say("开始", "start"), no_wrap=True)
    table.add_column(say("通道", "channel"), overflow="fold")
    for heading in (
        say("最小", "min"),
        say("平均", "mean"),
        say("最大", "max"),
        say("单位", "unit"),
        say("计数", "count"),
        say("标记", "mark"),
        say("有效", "valid"),
    ):
        table.add_column(heading, no_wrap=True)
    for line in found.lines:
        table.add_row(*_cells(line))
    console = Console(markup=False, highlight=False)
    console.print(table)
    if not found.lines:
        console.print(say("还没有数据", "there is none yet"))
    if found.stale:
        console.print(say(f"待计算：{found.stale}", f"to be computed: {found.stale}"))


def _cells(line: Line) -> tuple[str, ...]:
    series, record = line.series, line.record
    numbers = ("-" if number is None else f"{number:.6g}" for number in (record.low, record.mean, record.high))
    return (
        told_time(line.start_ms)[:16].replace("T", " "),
        f"{series.instrument}.{series.channel}",
        *numbers,
        series.unit,
        f"{record.count}/{record.seen}",
        str(record.mark),
        say("是", "yes") if record.valid else say("否", "no"),
    )
