"""A simulated probe shows what it meets, through the calibration that was written."""

import pytest
from bus_kit import bench, profile, workshop
from hypothesis import assume, given
from hypothesis import strategies as st

from sensors.calibration import Fit, Point, two_point
from sensors.modbus.slave import Slave


def test_before_any_calibration_it_shows_what_it_meets() -> None:
    for name, channel in (("yosemitech-y520", "conductivity"), ("yosemitech-y532", "ph"), ("xy-md02", "temperature")):
        slave = Slave(profile(name))
        slave.meet(channel, 7.5)
        assert slave.get(channel) == 7.5


def test_an_offset_is_added() -> None:
    slave = Slave(profile("xy-md02"))
    slave.meet("temperature", 20.5)
    workshop(bench(slave), slave).put("temperature_offset", -0.5)
    assert slave.get("temperature") == 20.0
    slave.meet("temperature", 30.0)
    assert slave.get("temperature") == 29.5


def test_slope_and_intercept_are_in_the_instrument_s_own_unit() -> None:
    """The Y504's saturation stands as 0 to 1 on the wire, in per cent for people."""
    slave = Slave(profile("yosemitech-y504"))
    slave.meet("dissolved_oxygen_saturation", 95.0)
    workshop(bench(slave), slave).put("calibration", 1.0, 0.05)
    assert slave.get("dissolved_oxygen_saturation") == pytest.approx(100.0)


def test_settings_go_in_the_order_of_the_calibration() -> None:
    slave = Slave(profile("keller-series-30"))
    slave.meet("pressure_p1", 2.0)
    hands = workshop(bench(slave), slave)
    hands.put("p1_offset", 0.5)
    hands.put("p1_gain", 1.1)
    assert slave.get("pressure_p1") == pytest.approx(2.7)


def test_points_bend_the_scale_between_them() -> None:
    slave = Slave(profile("yosemitech-y532"))
    hands = workshop(bench(slave), slave)
    for raw, true in ((4.2, 4.0), (7.0, 6.86), (9.0, 9.18)):
        slave.meet("ph", raw)
        hands.put("calibration_point", true)
        assert slave.get("ph") == pytest.approx(true, abs=1e-5)
    slave.meet("ph", 5.6)
    assert slave.get("ph") == pytest.approx(5.43, abs=1e-5)


@given(st.floats(0.5, 2), st.floats(-1, 1), st.floats(1, 9), st.floats(1, 9))
def test_two_point_calibration_makes_any_straight_probe_true(
    gain: float, error: float, one: float, other: float
) -> None:
    assume(abs(one - other) > 0.5)
    slave = Slave(profile("yosemitech-y520"))
    hands = workshop(bench(slave), slave)
    conductivity = slave.profile.channel("conductivity")
    assert conductivity
    points = []
    for true in (one, other):
        slave.meet("conductivity", gain * true + error)
        points.append(Point(slave.get("conductivity") or 0.0, true))
    fit = two_point(conductivity, Fit(1.0, 0.0), *points)
    hands.put("calibration", fit.slope, fit.intercept)
    for true in (one, other, 5.0):
        slave.meet("conductivity", gain * true + error)
        assert slave.get("conductivity") == pytest.approx(true, abs=1e-3)


def test_a_channel_that_the_unit_has_not_meets_nothing() -> None:
    with pytest.raises(KeyError, match="speed"):
        Slave(profile("xy-md02")).meet("speed", 1.0)


def test_at_the_address_for_anybody_every_unit_answers() -> None:
    slave = Slave(profile("yosemitech-y504"), 7)
    hands = workshop(bench(slave), slave)
    assert hands.answers(7)
    assert hands.answers(255)
    assert not hands.answers(8)
    moved = type(hands)(slave.profile, bench(slave).master, bench(slave).clock, 255).set_address(9)
    assert getattr(moved, "done", False), moved
    assert slave.address == 9


@pytest.mark.parametrize(
    ("name", "rate", "at_once"), [("comwintop-cwt-soil-thc-s", 4800, True), ("xy-md02", 19200, False)]
)
def test_a_new_rate_holds_at_once_or_after_a_restart(name: str, rate: int, at_once: bool) -> None:
    slave = Slave(profile(name))
    slave.baudrate = 9600
    assert workshop(bench(slave), slave).set_baud(rate) is None
    assert slave.baudrate == (rate if at_once else 9600)
    slave.restart()
    assert slave.baudrate == rate


def test_a_calibration_by_command_is_confirmed() -> None:
    slave = Slave(profile("senseair-s8"))
    hands = workshop(bench(slave), slave)
    assert hands.get("acknowledgement") == (0.0,)
    assert isinstance(hands.run("zero_calibration"), bytes)
    assert hands.get("acknowledgement") != (0.0,)
