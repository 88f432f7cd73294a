"""What an operator types: exit codes, files, and text in both languages."""

import argparse
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_kit import ALARM, AT, HEALTH, batch, came, known, sent

from gateway import cli
from gateway.archive.queries import legend
from gateway.archive.store import Archive
from gateway.asyncapi import files
from gateway.config import Config, load
from gateway.inbound import judge
from sensors.reading import ClockState

FILE = """
[gateway]
id = "g"
dir = "state"
[[sites]]
id = "pond-1"
name = "东塘"
[[sites]]
id = "pond-2"
name = "西塘"
"""


def luxi(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers())
    args = parser.parse_args([*map(str, words)])
    return int(args.run(args))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def kept(config: Path) -> None:
    read = load(config)
    assert isinstance(read, Config)
    archive = Archive(read.archive)
    messages = (sent(batch(8.5, 8.6), 1), sent(ALARM, 2), sent(HEALTH, 3), came("sense"))
    archive.keep([judge(message, read.site_ids, known) for message in messages], 1_790_000_000_000)
    archive.close()


def test_issue_fills_a_folder_and_says_with_what(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert luxi("gateway", "issue", "pond-1", "--config", config, "--out", out) == 0
    assert capsys.readouterr().out.split() == [str(out / name) for name in ("ca.crt", "site.crt", "site.key")]
    before = (out / "site.crt").read_bytes()
    assert luxi("gateway", "issue", "pond-1", "--config", config, "--out", out) == 0
    assert (out / "site.crt").read_bytes() == before


def test_issue_refuses_a_site_that_may_not_connect(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert luxi("gateway", "issue", "stranger", "--config", config, "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert "'stranger'" in told and "pond-1, pond-2" in told and "add it first" in told
    assert not (tmp_path / "out").exists()


def test_issue_says_where_it_cannot_write(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    assert luxi("gateway", "issue", "pond-1", "--config", config, "--out", tmp_path / "out") == 1
    assert str(tmp_path / "out") in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "show", "issue"])
def test_a_wrong_file_is_status_2_with_every_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('[gateway]\nid = 5\n[broker]\nmode = "inside"\n', "utf-8")
    more = ["pond-1", "--out", tmp_path / "out"] if command == "issue" else []
    assert luxi("gateway", command, "--config", path, *more) == 2
    told = capsys.readouterr().err
    for key in ("gateway.id", "gateway.dir", "broker.mode"):
        assert key in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[broker]\nprogram = "nowhere/mosquitto"\n', "apt-get install mosquitto"),
        ('[county]\nhost = "h"\nusername = "u"\npassword_file = "nowhere"\n', "密码文件无法读取"),
    ],
)
def test_what_keeps_it_from_starting_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], more: str, told: str
) -> None:
    config.write_text(FILE + more, "utf-8")
    assert luxi("gateway", "run", "--config", config) == 1
    assert told in capsys.readouterr().err


def test_show_before_anything_came(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("gateway", "show", "--config", config) == 1
    assert "did the gateway run?" in capsys.readouterr().err


def test_show_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(config)
    assert luxi("gateway", "show", "--config", config, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["messages"], told["readings"], told["alarms"], told["dead_letters"]) == (3, 2, 1, 0)
    pond, second = told["sites"]
    assert pond["programs"] == [
        {
            "program": "sense",
            "online": True,
            "version": "0.1.0",
            "spool_messages": 7,
            "services_down": [],
            "trouble": {"y504-1": "no reply"},
        }
    ]
    assert (second["site"], second["name"], second["messages"], second["programs"]) == ("pond-2", "西塘", 0, [])


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh_CN.UTF-8", ["从未连接", "sense 在线", "读数 2", "告警 1"]),
        ("en_GB.UTF-8", ["never connected", "sense online", "2 readings", "1 alarms"]),
    ],
)
def test_show_for_people(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    words: list[str],
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("COLUMNS", "160")
    kept(config)
    assert luxi("gateway", "show", "--config", config) == 0
    told = capsys.readouterr().out
    for word in (*words, "东塘", "y504-1: no reply"):
        assert word in told


def test_show_names_refused_sites_and_untrusted_clocks(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(config)
    read = load(config)
    assert isinstance(read, Config)
    archive = Archive(read.archive)
    doubtful = replace(AT, clock=ClockState.RESTORED)
    messages = [sent(ALARM, 1, site="stranger")] * 3 + [sent(batch(8.5, at=doubtful), 9)]
    for message in messages:
        archive.keep([judge(message, read.site_ids, known)], 1_790_000_000_000)
    archive.close()
    assert luxi("gateway", "show", "--config", config, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["untrusted"] == 1
    (refused,) = told["dead"]
    assert (refused["site"], refused["times"]) == ("stranger", 3)
    assert luxi("gateway", "show", "--config", config) == 0
    shown = capsys.readouterr().out
    assert "dead letters: 3 · stranger · site is not in the gateway's configuration" in shown
    assert "1 messages of a clock" in " ".join(shown.split())


def test_tap_needs_a_gateway_that_ran(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("tap", "luxi/1/#", "--config", config) == 1
    assert "did the gateway run?" in capsys.readouterr().err
    assert not (config.parent / "state").exists(), "and makes nothing"


@pytest.mark.parametrize("topic", ["", "a/#/b", "a+/b", "a#"])
def test_a_topic_that_no_broker_takes_is_wrong_usage(
    config: Path, capsys: pytest.CaptureFixture[str], topic: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        luxi("tap", topic, "--config", config)
    assert "luxi/1/+/up/#" in capsys.readouterr().err


def test_a_legend_is_found_in_the_archive_and_nowhere_else(config: Path) -> None:
    read = load(config)
    assert isinstance(read, Config)
    assert legend(read.archive, "pond-1", b"x") is None
    kept(config)
    with closing(sqlite3.connect(read.archive)) as database, database:
        database.execute("INSERT INTO legend (site, digest, data) VALUES ('pond-1', x'01', x'aa')")
    assert legend(read.archive, "pond-1", b"\x01") == b"\xaa"
    assert legend(read.archive, "pond-2", b"\x01") is None
    read.archive.write_bytes(b"no database" * 500)
    assert legend(read.archive, "pond-1", b"\x01") is None


def test_asyncapi_writes_every_file(tmp_path: Path) -> None:
    assert luxi("gateway", "asyncapi", "--out", tmp_path) == 0
    there = {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in tmp_path.rglob("*.*ml")}
    there |= {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    assert there == files()
