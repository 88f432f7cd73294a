"""The rules of HJ 212-2017 appendix D and GB 3095 table 4, at their borders."""

from dataclasses import replace

import pytest

from gateway.records.record import Series
from gateway.records.rules import Tally, flow_of, record
from gateway.records.spans import Span

NONE = Tally(0, 0, None, None, None, None, None, None, None, None, None, None, 0, None, None, None, None)
WATER, GAS, PLAIN = "w21003", "a21026", ""


def tally(count: int, letters: str = "", places: str | None = None) -> Tally:
    """So many normal parts, each 2, and one part, each 9, for each letter of those that aren't."""
    numbers = replace(NONE, seen=count + len(letters), count=count, letters=letters or None, places=places)
    if count:
        numbers = replace(numbers, low=2.0, mean=2.0, high=2.0)
    return replace(numbers, all_low=2.0 if count else 3.0, all_mean=5.0, all_high=9.0)


def judged(span: Span, code: str, found: Tally) -> tuple[str, bool]:
    made = record(span, code, found)
    return str(made.mark), made.valid


@pytest.mark.parametrize("code", [WATER, GAS, PLAIN])
@pytest.mark.parametrize(
    ("span", "count", "expected"),
    [
        (Span.HOUR, 44, ("D", False)),
        (Span.HOUR, 45, ("N", True)),
        (Span.HOUR, 60, ("N", True)),
        (Span.DAY, 19, ("D", False)),
        (Span.DAY, 20, ("N", True)),
        (Span.DAY, 24, ("N", True)),
        (Span.MINUTE, 1, ("N", True)),
        (Span.TEN_MINUTES, 1, ("N", True)),
    ],
)
def test_enough_is_45_minutes_and_20_hours(span: Span, count: int, expected: tuple[str, bool], code: str) -> None:
    assert judged(span, code, tally(count, places=",".join(map(str, range(count))))) == expected


@pytest.mark.parametrize("span", Span)
@pytest.mark.parametrize("letter", "FMSDCTB")
def test_one_abnormal_part_makes_water_abnormal(span: Span, letter: str) -> None:
    assert judged(span, WATER, tally(60, letter)) == (letter, True)
    assert judged(span, GAS, tally(60, letter)) == ("N", True)


def test_what_people_did_comes_first_in_water() -> None:
    letters = "DTBMCFS"
    for nth, letter in enumerate(letters):
        assert judged(Span.HOUR, WATER, tally(50, letters[: nth + 1])) == (letter, True)


@pytest.mark.parametrize("code", [GAS, PLAIN])
@pytest.mark.parametrize(
    ("count", "letters", "expected"),
    [
        (3, "B", ("N", True)),
        (9, "BDT", ("N", True)),
        (11, "BBBB", ("D", False)),
        (1, "BB", ("D", False)),
        (1, "BBB", ("B", False)),
        (0, "F", ("F", False)),
        (0, "FFFM", ("F", False)),
        (0, "FFMM", ("D", False)),
    ],
)
def test_gas_is_what_three_quarters_are(code: str, count: int, letters: str, expected: tuple[str, bool]) -> None:
    assert judged(Span.MINUTE, code, tally(count, letters)) == expected
    assert judged(Span.TEN_MINUTES, code, tally(count, letters)) == expected


def test_an_hour_of_gas_counts_the_minutes_that_it_lacks() -> None:
    places = ",".join(map(str, range(40)))
    assert judged(Span.HOUR, GAS, tally(40, places=places)) == ("D", False)
    assert judged(Span.HOUR, GAS, tally(44, "B" * 16, ",".join(map(str, range(60))))) == ("D", False)
    assert judged(Span.HOUR, GAS, tally(45, "B" * 15, ",".join(map(str, range(60))))) == ("N", True)


@pytest.mark.parametrize(
    ("places", "valid"),
    [
        (range(0, 60, 5), True),  # a sonde that is read every five minutes
        (range(0, 45, 5), True),  # for 45 of them
        (range(0, 40, 5), False),
        (range(3, 60, 15), True),
        (range(3, 60, 20), False),  # three show no rhythm
        ([0, 50], False),
        (range(7, 8), False),  # once an hour: nothing tells that from an hour that was lost but for one minute
        ([*range(20), *range(36, 60)], False),  # off for a quarter of an hour, back with each minute
        ([*range(10), 20, 30, 40, 50], False),
    ],
)
def test_what_is_read_more_seldom_than_each_minute_stands_for_more(places: range, valid: bool) -> None:
    found = tally(len(places), places=",".join(map(str, reversed(places))))
    assert record(Span.HOUR, WATER, found).valid is valid


def test_the_numbers_are_those_of_what_is_normal() -> None:
    made = record(Span.MINUTE, WATER, tally(2, "D"))
    assert (made.low, made.mean, made.high, made.count, made.seen) == (2, 2, 2, 2, 3)


def test_where_nothing_is_normal_they_are_those_of_what_was_measured() -> None:
    made = record(Span.MINUTE, WATER, tally(0, "CC"))
    assert (made.low, made.mean, made.high, made.count, made.seen) == (3, 5, 9, 0, 2)
    assert (str(made.mark), made.valid) == ("C", False)


@pytest.mark.parametrize(
    ("code", "changes", "mean"),
    [
        (WATER, {}, 4.0),
        (WATER, {"flows": 45}, 4.0),
        (WATER, {"flows": 44}, 2.0),
        (WATER, {"flow": 0.0, "loaded": 0.0}, 2.0),
        (WATER, {"flow": None, "loaded": None, "flows": 0}, 2.0),
        ("w01001", {}, 2.0),
        ("w00000", {}, 2.0),
        (GAS, {}, 2.0),
        (PLAIN, {}, 2.0),
    ],
)
def test_the_mean_of_water_is_weighted_by_flow(code: str, changes: dict[str, float], mean: float) -> None:
    found = replace(tally(60), high=6.0, **{"loaded": 400.0, "flow": 100.0, "flows": 60} | changes)  # type: ignore[arg-type]
    made = record(Span.HOUR, code, found)
    assert (made.mean, made.weighted) == (mean, mean == 4.0)


@pytest.mark.parametrize(
    ("east", "north", "mean"),
    [
        (0.0, 1.0, 0.0),
        (1.0, 0.0, 90.0),
        (-0.5, 0.5, 315.0),
        (0.0, -1.0, 180.0),
        (1e-17, -1e-17, None),
        (-1e-17, 1.0, 0.0),
    ],
)
def test_a_wind_direction_is_averaged_as_one(east: float, north: float, mean: float | None) -> None:
    for count in (6, 0):
        found = replace(tally(count, "" if count else "M"), east=east, north=north, all_east=east, all_north=north)
        assert record(Span.MINUTE, "a01008", found).mean == (None if mean is None else pytest.approx(mean))


@pytest.mark.parametrize(("low", "mean", "high"), [(65.8, 65.80000000000004, 65.8), (1 / 3, 0.3333333333333, 1 / 3)])
def test_a_mean_lies_between_its_values(low: float, mean: float, high: float) -> None:
    made = record(Span.MINUTE, PLAIN, replace(tally(3), low=low, mean=mean, high=high))
    assert (made.low, made.mean, made.high) == (low, low, high)
    assert record(Span.MINUTE, PLAIN, replace(tally(3), low=0.0, mean=0.1 + 0.2, high=1.0)).mean == 0.3


def test_two_flows_weight_nothing() -> None:
    flow = Series(7, "meter", "flow", "L/s", "w00000")
    other = Series(8, "sonde", "nh3n", "mg/L", WATER)
    assert flow_of([other, flow]) == 7
    assert flow_of([other]) is None
    assert flow_of([other, flow, Series(9, "meter-2", "flow", "L/s", "w00000")]) is None
