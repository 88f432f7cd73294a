"""The command itself: every command is mounted, speaks both languages, and refuses what it doesn't know."""

import subprocess
import sys

import pytest

from hil.cli import main, parser

COMMANDS = ("demo", "check", "edge", "status", "gateway", "model", "county")


def test_every_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(command in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert command in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nobody"], ["demo", "--for", "soon"], ["check"], ["edge"]])
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "县域"), ("C.UTF-8", "county")])
def test_help_follows_the_locale(locale: str, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", "--help"],
        env={"LC_ALL": locale, "PYTHONUTF8": "1", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert word in done.stdout


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip()
