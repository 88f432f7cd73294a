"""A fault says where, what was found, and what to do, in either language."""

from sensors.fault import Fault

FAULT = Fault("site.toml", "buses[0].baudrate", "'96oo'", "应为整数", "expected an integer")


def test_a_fault_is_one_line_in_either_language() -> None:
    assert FAULT.line("zh") == "site.toml: buses[0].baudrate：现为 '96oo'；应为整数"
    assert FAULT.line("en") == "site.toml: buses[0].baudrate: found '96oo'; expected an integer"


def test_a_locale_is_a_language() -> None:
    assert FAULT.line("zh_CN.UTF-8") == FAULT.line("zh")
    assert FAULT.line("de_DE.UTF-8") == FAULT.line("en")


def test_what_is_missing_is_said_in_the_reader_s_language() -> None:
    fault = Fault("site.toml", "site", "missing", "必须填写此项", "this key is required")
    assert "现为 缺失" in fault.line("zh")
    assert "found missing" in fault.line("en")


def test_a_fault_of_a_whole_file_has_no_key() -> None:
    assert (
        Fault("site.toml", "", "line 3", "应为有效的 TOML", "expected TOML")
        .line("en")
        .startswith("site.toml: found line 3")
    )
