"""The detector's benchmark in its short form: what it tells, and that slowness alone can fail it."""

from models import card
from tests.bench.bench_detector import run


def test_short_form_tells_every_file_and_the_limit() -> None:
    figures = run(["--quick"]).figures
    files = {file.precision for file in card.shipped().facts.files}
    assert {f"{precision}_ms" for precision in files} <= set(figures)
    assert figures["used"] in files
    assert float(figures["product_cpu_ms"]) > 0


def test_it_holds_when_what_is_used_is_quick_enough_and_large_enough() -> None:
    outcome = run(["--quick"])
    used = float(outcome.figures[f"{outcome.figures['used']}_ms"])
    assert outcome.held is (used <= 30.0 and int(outcome.figures["width"]) >= 512)
