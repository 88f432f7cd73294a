"""Scoring a folder: the figures' names, their grouping, and pictures that can't be read."""

from pathlib import Path

import picture_kit
import pytest

from models import card, manifest, score
from models.detection import Frame
from models.score import Judged
from models.scripted import ScriptedDetector
from models.train.toml import rendered

NAMES = {"roc_auc", "ap", "precision", "recall", "recall_at_fpr_1pct", "recall_at_fpr_5pct"}


def greyness(frame: Frame) -> float:
    """A detector of its own kind: the meadow's middle is green and blue, the drawn smoke's is grey."""
    height, width = frame.shape[:2]
    middle = frame[height // 3 : height // 2, width * 2 // 5 : width * 3 // 5].reshape(-1, 3).mean(axis=0)
    return float(1 - (middle.max() - middle.min()) / 255)


def test_a_detector_that_sees_the_smoke_scores_one(tmp_path: Path) -> None:
    rows = manifest.read(picture_kit.folder(tmp_path))
    told: list[int] = []
    found = score.report(score.judged(rows, ScriptedDetector(greyness), told.append), threshold=0.85)
    assert found.overall["roc_auc"] == found.overall["ap"] == found.overall["recall"] == 1.0
    assert told == list(range(1, 9))


def test_the_report_has_the_names_that_scripts_read() -> None:
    rows = [Judged(True, 0.9, "a"), Judged(False, 0.1, "a"), Judged(True, 0.3, "b"), Judged(False, 0.2, "b")]
    found = score.report(rows, 0.5).as_json()
    by_source = found["by_source"]
    assert isinstance(by_source, dict)
    assert NAMES | {"by_source"} <= set(found)
    assert set(by_source) == {"a", "b"}
    assert all(set(figures) >= NAMES for figures in by_source.values())


def test_figures_are_of_their_source_alone() -> None:
    rows = [Judged(True, 0.9, "a"), Judged(False, 0.1, "a"), Judged(True, 0.3, "b"), Judged(False, 0.8, "b")]
    found = score.report(rows, 0.5)
    assert (found.by_source["a"]["roc_auc"], found.by_source["b"]["roc_auc"]) == (1.0, 0.0)
    assert found.overall["roc_auc"] == 0.75
    assert found.by_source["b"] | {"pictures": 2, "with_smoke": 1} == found.by_source["b"]


def test_a_source_without_smoke_has_no_recall_and_no_area() -> None:
    found = score.report([Judged(False, 0.7, "fog"), Judged(False, 0.1, "fog")], 0.5).by_source["fog"]
    assert found["roc_auc"] is found["recall"] is found["recall_at_fpr_5pct"] is None
    assert found["precision"] == 0.0


def test_the_table_shows_every_source_and_a_dash_for_what_cannot_be_had() -> None:
    text = score.table(score.report([Judged(False, 0.7, "fog"), Judged(True, 0.9, "smoke")], 0.5))
    head, whole, fog, smoke = text.splitlines()
    assert set(head.split()) == NAMES | {"pictures", "with_smoke"}
    assert whole.split()[:4] == ["all", "2", "1", "1.000"]
    assert fog.split()[3] == "-"
    assert "1.000 (1.00-1.00)" in whole
    assert smoke.startswith("smoke")
    assert len({len(line) for line in (head, whole, fog, smoke)}) == 1


def test_every_figure_comes_with_its_interval_but_counts_and_what_cannot_be_had() -> None:
    rows = [Judged(number % 2 == 0, number / 20 + 0.3 * (number % 2 == 0), "a") for number in range(20)]
    found = score.report([*rows, Judged(False, 0.2, "fog")], 0.5)
    assert set(found.intervals) == {"all", "a", "fog"}
    assert all(set(row) == NAMES for row in found.intervals.values())
    assert found.intervals["fog"]["roc_auc"] is None
    for name in NAMES:
        low, high = found.intervals["all"][name] or (0.0, 1.0)
        assert low <= (found.overall[name] or 0.0) <= high
    assert found.as_json()["intervals"] == found.intervals["all"]


def test_figures_noted_in_a_card_replace_those_of_the_same_set_alone() -> None:
    facts = card.shipped().facts
    found = score.report([Judged(True, 0.912345, "yard"), Judged(False, 0.1, "yard")], 0.5)
    noted = score.noted(score.noted(facts, "trial", found), "trial", found)
    trial = [(row.source, row.roc_auc, row.pictures) for row in noted.scores if row.set == "trial"]
    assert trial == [("all", 1.0, 2), ("yard", 1.0, 2)]
    assert [row for row in noted.scores if row.set != "trial"] == list(facts.scores)
    assert card.parsed(rendered(noted), "here") == noted


def test_a_picture_that_is_none_is_told_with_its_path(tmp_path: Path) -> None:
    folder = picture_kit.folder(tmp_path)
    (folder / "val-n0.jpg").write_bytes(b"half a picture")
    with pytest.raises(ValueError, match=r"val-n0.jpg"):
        list(score.judged(manifest.read(folder), ScriptedDetector([0.5])))
