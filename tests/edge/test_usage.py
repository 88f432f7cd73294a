"""Help and complaints of the command line, in Chinese and in English."""

import argparse

import pytest
from commission_kit import luxi

from edge.runtime.usage import Parser, complaint


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def made() -> argparse.ArgumentParser:
    parser = Parser(prog="luxi")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    read = commands.add_parser("read")
    read.add_argument("profile")
    read.add_argument("--port", required=True)
    read.add_argument("--address", type=int)
    read.add_argument("--parity", choices=("N", "E"))
    return parser


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read"], "还缺少：profile, --port"),
        (["read", "x", "--port"], "--port 后面应有一个值"),
        (["read", "x", "--port", "p", "--address", "one"], "--address 的值 'one' 无效"),
        (["read", "x", "--port", "p", "--parity", "O"], "--parity 不能是 'O'，可选：'N', 'E'"),
        (["read", "x", "--port", "p", "y"], "多余的参数：y"),
        ([], "还缺少：COMMAND"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        made().parse_args(arguments)
    assert ended.value.code == 2
    seen = capsys.readouterr().err
    assert seen.startswith("用法：luxi")
    assert "错误：" in seen
    assert words.replace("'", "") in seen.replace("'", "")


def test_in_english_it_is_as_argparse_says(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        made().parse_args(["read"])
    assert "luxi read: error: the following arguments are required: profile, --port" in capsys.readouterr().err


@pytest.mark.usefixtures("chinese")
def test_what_is_not_known_stays_as_it_is() -> None:
    assert complaint("something new") == "something new"


@pytest.mark.usefixtures("chinese")
def test_sub_commands_speak_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        made().parse_args(["read", "--help"])
    assert ended.value.code == 0
    seen = capsys.readouterr().out
    assert "用法：luxi read" in seen
    assert "选项" in seen
    assert "options" not in seen


COMMANDS = ("read", "scan", "set-address", "set-baud", "calibrate", "live", "upkeep", "status", "check", "edge")


@pytest.mark.parametrize(
    ("locale", "words"), [("zh_CN.UTF-8", ("用法", "显示本说明")), ("C.UTF-8", ("usage", "options"))]
)
def test_every_command_of_the_technician_has_help_in_both_languages(locale: str, words: tuple[str, ...]) -> None:
    top = luxi("--help", locale=locale)
    assert all(command in top.stdout for command in COMMANDS)
    for command in ("calibrate", "upkeep"):
        told = luxi(command, "--help", locale=locale)
        assert told.returncode == 0
        assert all(word in told.stdout for word in words)
