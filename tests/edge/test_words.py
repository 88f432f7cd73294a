"""Chinese or English, by the locale alone."""

import pytest

from edge.runtime.words import lang, say


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}, "zh"),
    ],
)
def test_locale_decides(environment: dict[str, str], expected: str) -> None:
    assert lang(environment) == expected


def test_says_one_of_two() -> None:
    assert say("中", "en") in {"中", "en"}
