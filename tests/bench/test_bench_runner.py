"""Benchmarks and soaks are found by name, close with one line, and fail when their goal doesn't hold."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import available, main, report, usage
from tests.bench.outcome import Outcome


def test_files_are_found_by_kind_and_name(tmp_path: Path) -> None:
    for name in ("bench_line_rate.py", "bench_ingest.py", "soak_line_rate.py", "outcome.py"):
        (tmp_path / name).touch()
    assert available("bench", tmp_path) == {"ingest": "bench_ingest", "line-rate": "bench_line_rate"}
    assert available("soak", tmp_path) == {"line-rate": "soak_line_rate"}


@pytest.mark.parametrize(("held", "status"), [(True, 0), (False, 1)])
def test_the_closing_line_the_figures_and_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, held: bool, status: int
) -> None:
    seen: list[list[str]] = []

    def run(arguments: list[str]) -> Outcome:
        seen.append(arguments)
        print("something on the way")
        return Outcome({"messages": 6000, "p95_ms": 12.3456789, "lost": 0}, held)

    assert report("ingest", run, ["--for", "3"], tmp_path / "bench") == status
    assert seen == [["--for", "3"]]
    assert capsys.readouterr().out.splitlines()[-1] == "ingest: messages=6000 p95_ms=12.3457 lost=0"
    saved = json.loads((tmp_path / "bench" / "ingest.json").read_text("utf-8"))
    assert saved == {"messages": 6000, "p95_ms": 12.3456789, "lost": 0, "held": held}


@pytest.mark.parametrize("arguments", [[], ["no-such-thing"]])
def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main("soak", arguments) == 2
    assert capsys.readouterr().err == usage("soak", available("soak")) + "\n"


def test_usage_names_what_there_is() -> None:
    assert usage("bench", {}) == "还没有任何 bench / there is no bench yet"
    assert usage("bench", {"ingest": "bench_ingest"}).splitlines()[1] == "NAME: ingest"
