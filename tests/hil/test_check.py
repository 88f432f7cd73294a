"""`luxi check`: three sites that are sound, and one whose faults are all told at once, in both languages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.check import faults_of

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BROKEN = (
    "site.id",
    "site.divison",
    "gateway.key",
    "buses[0].baudrate",
    "buses[0].instruments[0].every",
    "buses[0].instruments[0].profile",
    "buses[0].instruments[1].address",
    "buses[0].instruments[1].channels[1]",
    "cameras[0].source",
    "pins[0].gpio",
    "pins[0].name",
    "pins[0].per_pulse",
)


def luxi(*arguments: str | Path, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1"},
        check=False,
    )


@pytest.mark.parametrize("name", ["farm", "pond", "waste-point", "gateway"])
def test_the_examples_are_sound(name: str) -> None:
    assert faults_of(EXAMPLES / f"{name}.toml") == ()
    assert luxi("check", EXAMPLES / f"{name}.toml").returncode == 0


def test_every_fault_of_the_broken_one_at_once() -> None:
    assert sorted(fault.key for fault in faults_of(EXAMPLES / "broken.toml")) == sorted(BROKEN)


@pytest.mark.parametrize(
    ("locale", "words"), [("zh_CN.UTF-8", ("缺失", "重复", "共 12 处错误")), ("C", ("missing", "12 fault"))]
)
def test_in_chinese_and_in_english(locale: str, words: tuple[str, ...]) -> None:
    done = luxi("check", EXAMPLES / "broken.toml", locale=locale)
    assert done.returncode == 2
    assert done.stdout == ""
    for word in (*BROKEN, *words):
        assert word in done.stderr


def test_for_scripts() -> None:
    done = luxi("check", EXAMPLES / "broken.toml", "--json")
    faults = json.loads(done.stdout)
    assert {fault["key"] for fault in faults} == set(BROKEN)
    assert all(set(fault) == {"where", "key", "found", "zh", "en"} for fault in faults)


def test_a_file_that_is_not_there() -> None:
    done = luxi("check", "nowhere.toml")
    assert done.returncode == 2
    assert "nowhere.toml" in done.stderr


def test_a_gateways_faults_are_a_gateways(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('[gateway]\nid = "g"\n[[sites]]\nid = "Bad Id"\nname = "x"\n')
    assert "gateway.dir" in {fault.key for fault in faults_of(path)}


def test_wrong_usage() -> None:
    assert luxi("check").returncode == 2
    assert luxi("nothing-of-ours").returncode == 2
