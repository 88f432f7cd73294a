"""Checking a TOML document against a model, every fault at once, with key path, value found and value expected."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from sensors.fault import Fault


class Strict(BaseModel):
    """A checked part of a file: no conversions, no unknown keys, never changed afterwards.

    Only what a file is held against is built, when it is first read, and no texts are kept for a next time: 0.4 MB.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True, cache_strings=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `key` within one table; the parts are those of `Fault`."""

    key: str
    found: str
    zh: str
    en: str


class Problems(ValueError):  # noqa: N818 - it names what happened
    """Everything that does not agree within one table, for a model's own check to raise."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.key}: {problem.en}" for problem in problems))
        self.problems = tuple(problems)


M = TypeVar("M", bound=BaseModel)


def read_toml(text: str, where: str) -> dict[str, object] | Fault:
    """The document in `text`, or the one fault that keeps it from being TOML at all."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Fault(
            where, "", str(error), "应为有效的 TOML 文件，请按行号修正", "expected valid TOML; correct that line"
        )


def check(model: type[M], data: Mapping[str, object], where: str) -> M | tuple[Fault, ...]:
    """`data` as a `model`, or all of its faults.

    The way leads through JSON because pydantic's strict mode takes names of enumerations and arrays for tuples only
    from there; numbers given as strings stay refused.
    """
    try:
        return model.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        details = error.errors(include_url=False)
        return tuple(fault for detail in details if not _follows(detail, details) for fault in _faults(detail, where))


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """True for an array that is called too short only because entries of it have faults of their own."""
    place = detail["loc"]
    deeper = (other["loc"] for other in details if len(other["loc"]) > len(place))
    return detail["type"] == "too_short" and any(other[: len(place)] == place for other in deeper)


def key_path(location: tuple[int | str, ...]) -> str:
    """The place of a value as a technician writes it: `buses[0].baudrate`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _faults(detail: ErrorDetails, where: str) -> Iterator[Fault]:
    problems = detail.get("ctx", {}).get("error")
    if not isinstance(problems, Problems):
        yield _fault(detail, where)
        return
    table = key_path(detail["loc"])
    for problem in problems.problems:
        key = f"{table}.{problem.key}" if table else problem.key
        yield Fault(where, key, problem.found, problem.zh, problem.en)


def _fault(detail: ErrorDetails, where: str) -> Fault:
    kind, context = detail["type"], detail.get("ctx", {})
    found = "missing" if kind == "missing" else _shown(detail["input"])
    zh, en = _EXPECTED.get(kind, ("{msg}", "{msg}"))
    values = {**context, "msg": detail["msg"]}
    if kind == "value_error":
        zh, en = _both(str(context.get("error", detail["msg"])))
        values = {}
    return Fault(where, key_path(detail["loc"]), found, _filled(zh, values), _filled(en, values))


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text.format_map(values) if values else text


def _both(text: str) -> tuple[str, str]:
    """Our own checks say "Chinese / English" in one message."""
    zh, separator, en = text.partition(" / ")
    return (zh, en) if separator else (text, text)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_EXPECTED = {
    "missing": ("必须填写此项", "this key is required"),
    "extra_forbidden": ("没有这个键，请检查拼写或删除", "no such key; check the spelling or remove it"),
    "int_type": ("应为整数（不加引号）", "expected an integer, without quotes"),
    "float_type": ("应为数字（不加引号）", "expected a number, without quotes"),
    "string_type": ("应为字符串（加引号）", "expected a string, in quotes"),
    "bool_type": ("应为 true 或 false", "expected true or false"),
    "tuple_type": ("应为数组 [...]", "expected an array [...]"),
    "list_type": ("应为数组 [...]", "expected an array [...]"),
    "model_type": ("应为一个表", "expected a table"),
    "model_attributes_type": ("应为一个表", "expected a table"),
    "dict_type": ("应为一个表", "expected a table"),
    "enum": ("应为以下之一：{expected}", "expected one of {expected}"),
    "literal_error": ("应为以下之一：{expected}", "expected one of {expected}"),
    "greater_than": ("应大于 {gt}", "expected more than {gt}"),
    "greater_than_equal": ("应不小于 {ge}", "expected at least {ge}"),
    "less_than": ("应小于 {lt}", "expected less than {lt}"),
    "less_than_equal": ("应不大于 {le}", "expected at most {le}"),
    "string_too_short": ("至少 {min_length} 个字符", "expected at least {min_length} character(s)"),
    "string_too_long": ("至多 {max_length} 个字符", "expected at most {max_length} character(s)"),
    "string_pattern_mismatch": ("应符合格式 {pattern}", "expected the pattern {pattern}"),
    "too_short": ("至少 {min_length} 项", "expected at least {min_length} item(s)"),
    "too_long": ("至多 {max_length} 项", "expected at most {max_length} item(s)"),
    "finite_number": ("应为有限的数", "expected a finite number"),
}
