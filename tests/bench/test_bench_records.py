"""The benchmark of the records measures what it says."""

from tests.bench.bench_records import CHANNELS, run


def test_its_short_form_computes_everything() -> None:
    figures = run(["--quick"]).figures
    assert figures["readings"] == 120 * CHANNELS * 6
    assert figures["records"] == (120 + 12 + 2 + 1) * CHANNELS
    assert figures["told"] == 120 + 12 + 2 + 1
