"""After a two-point calibration both references read what they are, whatever the instrument used before."""

import pytest
from bus_kit import bench, channel, profile, workshop
from hypothesis import assume, given
from hypothesis import strategies as st

from sensors.calibration import Fit, Point, offset, two_point
from sensors.modbus.slave import Slave
from sensors.workshop import Written

PH = channel("ph")
numbers = st.floats(-100, 100).map(lambda value: round(value, 3))


def test_worked_out_by_hand() -> None:
    line = two_point(PH, Fit(1.0, 0.0), Point(4.1, 4.0), Point(7.1, 6.86))
    assert line.slope == pytest.approx(2.86 / 3)
    assert line.intercept == pytest.approx(4.0 - 4.1 * 2.86 / 3)


@given(st.floats(0.1, 10), numbers, st.floats(0.2, 5), numbers, numbers, numbers)
def test_the_references_read_true_afterwards(
    slope: float, intercept: float, gain: float, error: float, first: float, second: float
) -> None:
    """The instrument's raw value is a straight line of the truth; what it shows is that through `now`."""
    assume(abs(first - second) > 1)
    now = Fit(slope, intercept)
    raw = [gain * value + error for value in (first, second)]
    low, high = (Point(now.slope * one + now.intercept, value) for one, value in zip(raw, (first, second), strict=True))
    line = two_point(PH, now, low, high)
    assert [line.slope * one + line.intercept for one in raw] == pytest.approx([first, second], abs=1e-6)


def test_the_line_is_in_the_instrument_s_own_unit() -> None:
    saturation = profile("yosemitech-y504").channel("dissolved_oxygen_saturation")
    assert saturation
    line = two_point(saturation, Fit(1.0, 0.0), Point(0.0, 0.0), Point(95.0, 100.0))
    assert (line.slope, line.intercept) == (pytest.approx(100 / 95), pytest.approx(0.0))
    shifted = two_point(saturation, Fit(1.0, 0.0), Point(1.0, 0.0), Point(101.0, 100.0))
    assert shifted.intercept == pytest.approx(-0.01), "one per cent is 0.01 on the wire"


def test_points_that_cannot_tell_are_refused() -> None:
    with pytest.raises(ValueError, match="the same reading"):
        two_point(PH, Fit(1.0, 0.0), Point(4.0, 4.0), Point(4.0, 7.0))
    with pytest.raises(ValueError, match="wrong way round"):
        two_point(PH, Fit(1.0, 0.0), Point(4.0, 7.0), Point(7.0, 4.0))


def test_an_offset_adds_to_the_one_that_is_there() -> None:
    assert offset(0.5, Point(20.3, 20.0)) == pytest.approx(0.2)


def test_a_calibration_ends_in_the_instrument() -> None:
    slave = Slave(profile("yosemitech-y520"))
    hands = workshop(bench(slave), slave)
    hands.put("calibration", 1.0, 0.0)
    conductivity = slave.profile.channel("conductivity")
    assert conductivity
    line = two_point(conductivity, Fit(1.0, 0.0), Point(1.5, 1.413), Point(13.0, 12.88))
    written = hands.put("calibration", line.slope, line.intercept)
    assert isinstance(written, Written)
    assert written.before == (1.0, 0.0)
    assert written.after == (pytest.approx(line.slope, rel=1e-6), pytest.approx(line.intercept, rel=1e-6))
    assert written.kept
