"""`luxi gateway records`: what an operator sees of a site's records, and what a script reads."""

import json
from pathlib import Path

import pytest
from records_kit import HOUR, MIDNIGHT, Kept, every_minute, reading
from test_gateway_cli import FILE, luxi

from gateway.archive.record_queries import newest
from gateway.records.spans import Span


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "160")
    path = tmp_path / "gateway.toml"
    path.write_text(FILE, "utf-8")
    return path


def filled(config: Path) -> None:
    kept = Kept(config.parent / "state")
    kept.take([*every_minute(150), reading(MIDNIGHT + 5, None, code="a21026")])
    kept.settle().close()


def test_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(config)
    assert luxi("gateway", "records", "--config", config, "--site", "pond-1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["site"], told["span"], told["stale"]) == ("pond-1", "hour", 0)
    assert [(one["start"][:16], one["code"], one["count"], one["valid"], one["mark"]) for one in told["records"]] == [
        ("2026-09-21T00:00", "a21026", 0, False, "B"),
        ("2026-09-21T00:00", "w21003", 60, True, "N"),
        ("2026-09-21T01:00", "w21003", 60, True, "N"),
        ("2026-09-21T02:00", "w21003", 30, False, "D"),
    ]
    first = told["records"][1]
    assert (first["min"], first["max"], first["unit"], first["revision"]) == (1.0, 16.0, "mg/L", 1)


@pytest.mark.parametrize(
    ("span", "last", "count"), [("minute", 24, 24), ("ten-minutes", 3, 3), ("hour", 2, 2), ("day", 9, 2)]
)
def test_the_last_spans(config: Path, capsys: pytest.CaptureFixture[str], span: str, last: int, count: int) -> None:
    filled(config)
    words = ("--site", "pond-1", "--span", span, "--last", str(last), "--json")
    assert luxi("gateway", "records", "--config", config, *words) == 0
    assert len(json.loads(capsys.readouterr().out)["records"]) == count


@pytest.mark.parametrize(
    ("locale", "words"), [("zh_CN.UTF-8", ["标记", "有效", "是", "否"]), ("C", ["mark", "yes", "no"])]
)
def test_for_people(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, locale: str, words: list[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    filled(config)
    assert luxi("gateway", "records", "--config", config, "--site", "pond-1") == 0
    told = capsys.readouterr().out
    for word in (*words, "2026-09-21 02:00", "sonde.channel-w21003", "60/60", "30/30", "0/1"):
        assert word in told


def test_what_is_still_to_be_computed_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept(config.parent / "state")
    kept.take(every_minute(7))
    kept.close()
    assert luxi("gateway", "records", "--config", config, "--site", "pond-1") == 0
    told = capsys.readouterr().out
    assert "there is none yet" in told and "to be computed: 7" in told


def test_before_anything_came(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("gateway", "records", "--config", config, "--site", "pond-1") == 1
    assert "did the gateway run?" in capsys.readouterr().err


def test_an_archive_that_is_none(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "state").mkdir()
    (config.parent / "state" / "archive.db").write_text("no database, but long enough to be taken for one" * 50)
    assert luxi("gateway", "records", "--config", config, "--site", "pond-1") == 1
    assert "can't be read" in capsys.readouterr().err


def test_a_site_that_is_not_in_the_file(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("gateway", "records", "--config", config, "--site", "stranger") == 1
    assert "'stranger'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--span", "week"), ("--last", "0"), ("--last", "-3"), ("--last", "10001")])
def test_wrong_usage(config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        luxi("gateway", "records", "--config", config, "--site", "pond-1", *words)
    assert ended.value.code == 2
    assert words[1] in capsys.readouterr().err


def test_another_site_has_none(config: Path) -> None:
    filled(config)
    found = newest(config.parent / "state" / "archive.db", "pond-2", Span.HOUR, 24)
    assert found is not None and found.lines == ()
    lines = newest(config.parent / "state" / "archive.db", "pond-1", Span.HOUR, 1)
    assert lines is not None and {line.start_ms for line in lines.lines} == {MIDNIGHT + 2 * HOUR}
