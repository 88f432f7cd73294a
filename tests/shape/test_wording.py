"""What modules say: a docstring each, names of our own, nothing left to do; and tests that patch nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import house
import pytest
from house import Source

OUTSIDE = {
    *("cryptography", "cv2", "gpiozero", "minimalmodbus", "mosquitto", "msgspec", "numpy", "onnx", "onnxruntime"),
    *("opencv", "paho", "pydantic", "pymodbus", "pyserial", "rich", "serial", "sqlite", "sqlite_utils", "torch"),
}
# Spelt apart, so that this file doesn't find itself.
PUT_OFF = [word.replace("-", "") for word in ("TO-DO", "FIX-ME", "X-XX", "HA-CK")]
LEFT_TO_DO = re.compile(rf"\b({'|'.join(PUT_OFF)})\b")
PATCHES = {"setattr", "setitem", "delattr", "delitem", "syspath_prepend"}


def without_docstring(module: Source) -> bool:
    """A module opens by saying in one sentence what it is."""
    first = (ast.get_docstring(module.tree) or "").split("\n\n")[0].strip()
    return not first.endswith((".", "。"))


def left_to_do(module: Source) -> Iterator[str]:
    """Lines that put something off."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if LEFT_TO_DO.search(line):
            yield f"{module.path}:{number}: {line.strip()}"


def borrowed_name(path: str) -> bool:
    """Does a module or package carry the name of an outside library?"""
    return bool(OUTSIDE & set(PurePosixPath(path).with_suffix("").parts))


def patches(module: Source) -> Iterator[str]:
    """Places where a test puts something else in the place of code; the environment and the folder may be set."""
    for node, name in module.imported():
        if name.startswith(("unittest.mock", "mock.")):
            yield f"{module.at(node)}: {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in PATCHES and isinstance(node.value, ast.Name):
            if node.value.id in {"monkeypatch", "mocker", "patch"}:
                yield f"{module.at(node)}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.arg) and node.arg == "mocker":
            yield f"{module.at(node)}: mocker"


def test_every_module_says_what_it_is() -> None:
    assert [module.path for module in house.product() + house.tests() if without_docstring(module)] == []


def test_nothing_is_put_off() -> None:
    assert [line for module in house.product() + house.tests() for line in left_to_do(module)] == []


def test_modules_carry_names_of_our_own() -> None:
    assert [module.path for module in house.product() if borrowed_name(module.path)] == []


def test_tests_patch_nothing() -> None:
    assert [line for module in house.tests() for line in patches(module)] == []


@pytest.mark.parametrize("text", ["", "x = 1\n", '"""   """\n', '"""A heading without an end"""\n', "# A comment.\n"])
def test_a_missing_docstring_is_seen(text: str) -> None:
    assert without_docstring(Source("a.py", text))


def test_a_docstring_may_go_on_after_its_first_sentence() -> None:
    assert not without_docstring(Source("a.py", '"""What it is.\n\nRules: a; b\n"""\n'))


@pytest.mark.parametrize("word", PUT_OFF)
def test_a_thing_put_off_is_seen(word: str) -> None:
    assert list(left_to_do(Source("a.py", f"x = 1\ny = 2  # {word}: better\n"))) == [f"a.py:2: y = 2  # {word}: better"]


def test_a_borrowed_name_is_seen() -> None:
    assert borrowed_name("edge/link/paho.py")
    assert borrowed_name("sensors/serial/line.py")
    assert not borrowed_name("sensors/modbus/tty.py")


@pytest.mark.parametrize(
    "text",
    [
        "from unittest import mock\n",
        "from unittest.mock import patch\n",
        "import unittest.mock\n",
        "def test_x(monkeypatch):\n    monkeypatch.setattr(edge, 'x', 1)\n",
        "def test_x(mocker):\n    pass\n",
    ],
)
def test_a_patch_is_seen(text: str) -> None:
    assert len(list(patches(Source("a.py", text)))) == 1


def test_the_environment_may_be_set() -> None:
    assert list(patches(Source("a.py", "def test_x(monkeypatch):\n    monkeypatch.setenv('LANG', 'C')\n"))) == []


def namesakes(paths: list[str]) -> list[str]:
    """Test files of one name, which pytest can't tell apart where folders are no packages."""
    files = [PurePosixPath(path).name for path in paths]
    return sorted(path for path, file in zip(paths, files, strict=True) if files.count(file) > 1)


def test_test_files_have_names_of_their_own() -> None:
    assert namesakes([module.path for module in house.tests() if not module.path.endswith("conftest.py")]) == []


def test_namesakes_are_seen() -> None:
    paths = ["tests/edge/test_clock.py", "tests/sensors/test_clock.py", "tests/edge/test_app.py"]
    assert namesakes(paths) == paths[:2]
