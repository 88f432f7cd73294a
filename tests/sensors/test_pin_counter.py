"""Pulses to quantities, and totals that wrap."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pins.counter import Meter

moduli = st.integers(1000, 2**53)


@pytest.mark.parametrize(
    ("per_pulse", "unit", "pulses", "quantity"),
    [
        (0.2, "mm", 3, 0.6),  # a bucket of 0.2 mm; 3 x 0.2 is 0.6000000000000001 in binary
        (0.5, "mm", 7, 3.5),
        (0.01, "m3", 123_456, 1234.56),  # a water meter of 10 L per pulse
        (0.001, "kW.h", 4_294_967_296, 4_294_967.296),  # S0, 1000 pulses per kWh
        (1.0, "kW.h", 0, 0.0),
    ],
)
def test_quantities(per_pulse: float, unit: str, pulses: int, quantity: float) -> None:
    assert Meter(per_pulse, unit).quantity(pulses) == quantity


@given(moduli, st.lists(st.integers(0, 999), max_size=50))
def test_increments_sum_up_to_what_was_counted_however_often_it_wraps(wraps_at: int, steps: list[int]) -> None:
    meter, total, told = Meter(0.2, "mm", wraps_at), 0, 0
    for step in steps:
        after = meter.advanced(total, step)
        assert 0 <= after < wraps_at
        told += meter.increment(total, after)
        total = after
    assert told == sum(steps)
    assert total == sum(steps) % wraps_at


def test_a_total_at_its_end_begins_at_nothing() -> None:
    meter = Meter(0.2, "mm", wraps_at=10_000)
    assert meter.advanced(9_998, 5) == 3
    assert meter.increment(9_998, 3) == 5


@given(st.integers(0, 2**53), st.decimals("0.0001", "1000", places=4))
def test_no_noise_of_binary_fractions(pulses: int, per_pulse: Decimal) -> None:
    assert Meter(float(per_pulse), "1").quantity(pulses) == float(pulses * per_pulse)
