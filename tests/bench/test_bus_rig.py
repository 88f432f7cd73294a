"""The bus benchmark's rig: its minimum is what the clauses say, and its short form runs."""

import pytest

from sensors.modbus.port import Framing
from tests.bench.bench_bus import run
from tests.bench.bus_rig import MODELS, Want, channel_by_channel, physical_minimum, profile, wants


def test_the_minimum_is_characters_gaps_and_turnaround() -> None:
    want = Want(profile("xy-md02"), 1, 1, 2, 4, turnaround_s=0.01)
    character, gap = 10 / 9600, 3.5 * 11 / 9600
    assert physical_minimum([want], Framing(9600)) == pytest.approx((8 + 9) * character + 2 * gap + 0.01)


def test_a_cycle_asks_everybody_and_single_channels_cost_more() -> None:
    assert {want.address for want in wants()} == {address for _, address in MODELS}
    assert {want.address for want in wants(skip=[9])} == {address for _, address in MODELS} - {9}
    assert physical_minimum(channel_by_channel()) > physical_minimum(wants())


def test_the_benchmark_runs() -> None:
    figures = run(["--quick"]).figures
    assert float(figures["ours_ratio"]) >= 1.0, "faster than physics: the rig doesn't take its time"
    for peer in ("minimalmodbus", "pymodbus"):
        assert float(figures[f"{peer}_registers_ratio"]) > float(figures[f"{peer}_blocks_ratio"]) >= 1.0
    for count in (8, 10):
        assert 0.0 < float(figures[f"rate_kept_with_1_of_{count}_dead"]) <= 1.05
