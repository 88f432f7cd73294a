"""Tables of thresholds: what a file may say, and what it is told when it says nonsense."""

import pytest

from sensors.duration import seconds
from sensors.fault import Fault
from sensors.quality.checks import Attenuated, Checks, FlatLine, GrossRange, Measure, Method, Rate, Spike
from sensors.strict import check, read_toml

WHOLE = """
unit = "mg/L"
range = { fail = [0, 50], suspect = [1.5, 20] }
spike = { suspect = 1, fail = 3.5, method = "differential", within = "5min" }
rate = { suspect = 0.5, fail = 2, per = "1min" }
flat_line = { suspect_after = "3h", fail_after = "12h", tolerance = 0.005 }
attenuated = { suspect_below = 0.05, fail_below = 0.01, window = "24h", at_least = 100, measure = "range" }
"""

INSIDE = "must lie inside fail = [0.0, 5.0]"
DURATION = 'expected a duration such as "30s", "5min", "500ms"'
METHOD = "expected one of 'average' or 'differential'"
MORE = "expected more than 0.0"


def checked(text: str) -> Checks | tuple[Fault, ...]:
    data = read_toml(text, "site.toml")
    assert isinstance(data, dict)
    return check(Checks, data, "site.toml")


def test_a_whole_table() -> None:
    assert checked(WHOLE) == Checks(
        unit="mg/L",
        range=GrossRange(fail=(0.0, 50.0), suspect=(1.5, 20.0)),
        spike=Spike(suspect=1.0, fail=3.5, method=Method.DIFFERENTIAL, within="5min"),
        rate=Rate(suspect=0.5, fail=2.0, per="1min"),
        flat_line=FlatLine(suspect_after="3h", fail_after="12h", tolerance=0.005),
        attenuated=Attenuated(suspect_below=0.05, fail_below=0.01, window="24h", at_least=100, measure=Measure.RANGE),
    )


def test_durations_are_seconds() -> None:
    found = checked(WHOLE)
    assert isinstance(found, Checks)
    assert found.rate is not None
    assert found.flat_line is not None
    assert (found.rate.per, found.flat_line.suspect_after, found.flat_line.fail_after) == (60, 10_800, 43_200)


def test_nothing_is_tested_by_default() -> None:
    found = checked('unit = "Cel"')
    assert isinstance(found, Checks)
    assert {name: test for name, test in found if test is not None} == {"unit": "Cel"}


def test_the_average_is_the_method_unless_told_otherwise() -> None:
    assert Spike(suspect=1.0).method is Method.AVERAGE
    assert Attenuated(suspect_below=1.0, window="1h", at_least=9).measure is Measure.STD


@pytest.mark.parametrize(
    ("table", "key", "expected"),
    [
        ("", "unit", "this key is required"),
        ('unit = ""', "unit", "expected at least 1 character(s)"),
        ('unit = "K"\nspkie = {}', "spkie", "no such key; check the spelling or remove it"),
        ('unit = "K"\nrange = {}', "range.suspect", "expected suspect, fail, or both"),
        ('unit = "K"\nrange = { fail = [5, 5] }', "range.fail", "fail must be [low, high]"),
        ('unit = "K"\nrange = { fail = [0, 5], suspect = [-1, 4] }', "range.suspect", INSIDE),
        ('unit = "K"\nrange = { fail = [0, 5], suspect = [1, 6] }', "range.suspect", INSIDE),
        ('unit = "K"\nrange = { fail = [0, inf] }', "range.fail[1]", "expected a finite number"),
        ('unit = "K"\nspike = {}', "spike.suspect", "expected suspect, fail, or both"),
        ('unit = "K"\nspike = { suspect = 0 }', "spike.suspect", MORE),
        ('unit = "K"\nspike = { suspect = 3, fail = 2 }', "spike.suspect", "expected at most fail = 2"),
        ('unit = "K"\nspike = { fail = 2, method = "mean" }', "spike.method", METHOD),
        ('unit = "K"\nspike = { fail = 2, within = 60 }', "spike.within", DURATION),
        ('unit = "K"\nrate = { fail = 2 }', "rate.per", "this key is required"),
        ('unit = "K"\nrate = { per = "1s" }', "rate.suspect", "expected suspect, fail, or both"),
        ('unit = "K"\nrate = { suspect = 3, fail = 2, per = "1h" }', "rate.suspect", "expected at most fail = 2"),
        ('unit = "K"\nflat_line = { suspect_after = "1h" }', "flat_line.tolerance", "this key is required"),
        ('unit = "K"\nflat_line = { suspect_after = "1h", tolerance = 0 }', "flat_line.tolerance", MORE),
        (
            'unit = "K"\nflat_line = { suspect_after = "2h", fail_after = "1h", tolerance = 1 }',
            "flat_line.suspect_after",
            "expected at most fail_after = 3600",
        ),
        (
            'unit = "K"\nflat_line = { tolerance = 1 }',
            "flat_line.suspect_after",
            "expected suspect_after, fail_after, or both",
        ),
        (
            'unit = "K"\nattenuated = { suspect_below = 1, fail_below = 2, window = "1h", at_least = 5 }',
            "attenuated.fail_below",
            "expected at most suspect_below = 1",
        ),
        ('unit = "K"\nattenuated = { fail_below = 2, window = "1h" }', "attenuated.at_least", "this key is required"),
        (
            'unit = "K"\nattenuated = { fail_below = 2, window = "1h", at_least = 5000 }',
            "attenuated.at_least",
            "expected at most 2048",
        ),
        (
            'unit = "K"\nattenuated = { fail_below = 2, window = "1h", at_least = 5, measure = "var" }',
            "attenuated.measure",
            "expected one of 'std' or 'range'",
        ),
    ],
)  # fmt: skip
def test_nonsense_is_named_with_its_place(table: str, key: str, expected: str) -> None:
    found = checked(table)
    assert isinstance(found, tuple)
    assert [(fault.key, fault.en) for fault in found] == [(key, expected)]
    assert all(fault.zh and fault.zh != fault.en for fault in found)


def test_equal_thresholds_and_spans_that_touch_are_sound() -> None:
    assert GrossRange(fail=(0.0, 5.0), suspect=(0.0, 5.0)).suspect == (0.0, 5.0)
    assert Rate(suspect=2.0, fail=2.0, per="1s").fail == 2.0


def test_faults_of_several_tests_come_at_once() -> None:
    found = checked('unit = "K"\nspike = {}\nrate = { suspect = 2, fail = 1, per = "1s" }')
    assert isinstance(found, tuple)
    assert [fault.key for fault in found] == ["spike.suspect", "rate.suspect"]


def test_a_site_goes_over_a_profile_test_by_test() -> None:
    profile = Checks(unit="K", spike=Spike(fail=9.0), rate=Rate(fail=1.0, per="1s"))
    site = Checks(unit="K", spike=Spike(suspect=1.0))
    assert site.over(profile) == Checks(unit="K", spike=Spike(suspect=1.0), rate=Rate(fail=1.0, per="1s"))
    assert site.over(None) is site


def test_thresholds_in_another_unit_are_refused() -> None:
    checks = Checks(unit="mg/L", spike=Spike(fail=9.0))
    assert checks.faults("mg/L", "site.toml", "checks") == ()
    [fault] = checks.faults("%", "site.toml", "buses[0].instruments[1].checks.oxygen")
    assert (fault.key, fault.found) == ("buses[0].instruments[1].checks.oxygen.unit", "'mg/L'")
    assert "'%'" in fault.zh
    assert "'%'" in fault.en


@pytest.mark.parametrize(("text", "expected"), [("500ms", 0.5), ("30s", 30), ("1.5 min", 90), ("24h", 86_400)])
def test_a_duration_has_a_unit(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "30", 30, "-1s", "0s", "1.2.3s", "s", "1d", "１s", None, True])
def test_whatever_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        seconds(text)
