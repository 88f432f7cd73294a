"""All faults of a document come at once, with key path, found and expected, and nothing is converted on the quiet."""

import re

import pytest
from pydantic import Field, model_validator

from sensors.fault import Fault
from sensors.strict import Problem, Problems, Strict, check, key_path, read_toml


class Port(Strict):
    path: str = Field(min_length=1)
    baudrate: int = Field(ge=300)
    gain: float = 1.0


class Site(Strict):
    name: str = Field(pattern=r"^[a-z]+$")
    ports: tuple[Port, ...] = Field(min_length=1)
    on: bool = True

    @model_validator(mode="after")
    def _agrees(self) -> "Site":
        if self.name == "forbidden":
            raise ValueError("名称不可用 / that name is taken")
        return self


def faults(text: str) -> dict[str, Fault]:
    data = read_toml(text, "site.toml")
    assert isinstance(data, dict)
    found = check(Site, data, "site.toml")
    assert isinstance(found, tuple), found
    return {fault.key: fault for fault in found}


def test_a_sound_document_becomes_frozen_values() -> None:
    site = check(Site, {"name": "pond", "ports": [{"path": "/dev/a", "baudrate": 9600, "gain": 2}]}, "x")
    assert isinstance(site, Site)
    assert site.ports == (Port(path="/dev/a", baudrate=9600, gain=2.0),)
    with pytest.raises(ValueError, match="frozen"):
        site.name = "other"


def test_every_fault_at_once_with_its_path() -> None:
    found = faults(
        'name = "Pond"\non = "yes"\ncolour = 1\n[[ports]]\npath = ""\n[[ports]]\npath = "b"\nbaudrate = "96oo"'
    )
    assert set(found) == {"name", "on", "colour", "ports[0].path", "ports[0].baudrate", "ports[1].baudrate"}
    assert found["ports[1].baudrate"].found == "'96oo'"
    assert found["ports[0].baudrate"].found == "missing"
    assert found["ports[1].baudrate"].line("zh") == "site.toml: ports[1].baudrate：现为 '96oo'；应为整数（不加引号）"
    assert "remove it" in found["colour"].en


@pytest.mark.parametrize("value", ['"9600"', "true", "9600.5", "[9600]"])
def test_nothing_is_converted_into_a_whole_number(value: str) -> None:
    assert "ports[0].baudrate" in faults(f'name = "a"\n[[ports]]\npath = "b"\nbaudrate = {value}')


def test_bounds_are_named() -> None:
    fault = faults('name = "a"\n[[ports]]\npath = "b"\nbaudrate = 5')["ports[0].baudrate"]
    assert (fault.found, fault.zh, fault.en) == ("5", "应不小于 300", "expected at least 300")


def test_our_own_checks_speak_both_languages() -> None:
    fault = faults('name = "forbidden"\n[[ports]]\npath = "b"\nbaudrate = 9600')[""]
    assert (fault.zh, fault.en) == ("名称不可用", "that name is taken")


def test_a_long_value_is_cut_short() -> None:
    assert len(faults(f'name = "{"A" * 500}"\nports = []')["name"].found) == 60


@pytest.mark.parametrize("text", ["name = ", "a = 1\na = 2", "[x", "name = 'é"])
def test_what_is_not_toml_is_one_fault(text: str) -> None:
    fault = read_toml(text, "site.toml")
    assert isinstance(fault, Fault)
    assert re.search(r"line|end of", fault.found)


def test_chinese_is_chinese_for_every_kind_of_fault() -> None:
    found = faults('name = 5\non = 1\nports = [3, {path = "", baudrate = 1}, {path = "x", baudrate = 300, gain = "2"}]')
    assert len(found) == 6
    assert all(re.search("[\u4e00-\u9fff]", fault.zh) for fault in found.values()), found


def test_key_path() -> None:
    assert key_path(("buses", 0, "instruments", 2, "address")) == "buses[0].instruments[2].address"
    assert key_path(()) == ""


class Pair(Strict):
    low: int
    high: int

    @model_validator(mode="after")
    def _agrees(self) -> "Pair":
        problems = [Problem(key, "0", "不能为 0", "must not be 0") for key in ("low", "high") if not getattr(self, key)]
        if problems:
            raise Problems(problems)
        return self


class Pairs(Strict):
    pairs: tuple[Pair, ...]


def test_one_check_may_tell_several_problems_each_at_its_key() -> None:
    found = check(Pairs, {"pairs": [{"low": 1, "high": 0}, {"low": 0, "high": 0}]}, "x.toml")
    assert isinstance(found, tuple)
    assert [fault.key for fault in found] == ["pairs[0].high", "pairs[1].low", "pairs[1].high"]
    assert found[0].line("zh") == "x.toml: pairs[0].high：现为 0；不能为 0"
    with pytest.raises(ValueError, match="low: must not be 0; high"):
        Pair(low=0, high=0)


def test_a_problem_of_the_whole_document_has_no_table_before_its_key() -> None:
    found = check(Pair, {"low": 0, "high": 1}, "x.toml")
    assert isinstance(found, tuple)
    assert [fault.key for fault in found] == ["low"]
