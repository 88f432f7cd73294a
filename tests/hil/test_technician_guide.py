"""The technician's guide says what is so: its commands exist with their options, its site file is sound."""

import re
import shlex
from pathlib import Path

import pytest

from edge.config import read_site
from hil.cli import parser
from sensors.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "technician.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


COMMANDS = [
    line.removeprefix("sudo ")
    for block in blocks("sh")
    for line in block.splitlines()
    if line.removeprefix("sudo ").startswith("luxi ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str) -> None:
    arguments = parser().parse_args(shlex.split(command)[1:])
    assert callable(arguments.run)
    if hasattr(arguments, "profile"):
        assert arguments.profile in Catalogue().names()


def test_the_way_is_whole() -> None:
    first = list(dict.fromkeys(command.split()[1] for command in COMMANDS))
    way = ["scan", "read", "set-address", "set-baud", "check", "live", "status", "calibrate", "upkeep", "spool"]
    assert first == way


def test_the_site_file_is_sound(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    (tmp_path / "site.toml").write_text(text, "utf-8")
    found = read_site(tmp_path / "site.toml", Catalogue())
    assert found.faults == ()


def test_a_command_that_there_is_not_would_be_seen() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["upkeep", "begin"])
    with pytest.raises(SystemExit):
        parser().parse_args(["live", "--for", "2h"])


@pytest.mark.parametrize("word", ["接线", "站点文件", "校准", "维护", "被占用", "坏字节", "无应答", "地址重复"])
def test_it_speaks_of_what_a_technician_meets(word: str) -> None:
    assert word in GUIDE
