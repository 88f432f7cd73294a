"""`luxi model`: what scripts read from it and how it ends."""

import argparse
import importlib.util
import json
import shutil
from pathlib import Path

import picture_kit
import pytest

from models import card, cli


def luxi(*words: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["model", *words])
    return int(args.run(args))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return picture_kit.folder(tmp_path)


def test_score_prints_the_agreed_keys_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("score", str(folder), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    names = {"roc_auc", "ap", "precision", "recall", "recall_at_fpr_1pct", "recall_at_fpr_5pct"}
    assert names | {"by_source", "model"} <= set(found)
    assert set(found["by_source"]) == {"near", "yard"}
    assert names <= set(found["by_source"]["near"])
    assert found["pictures"] == 8


def test_score_for_people_names_the_model_and_every_source(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("score", str(folder), "--card", str(card.SHIPPED)) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{card.shipped().facts.name} {card.shipped().facts.version}")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["all", "near", "yard"]


def test_figures_can_be_noted_in_a_card(folder: Path, tmp_path: Path) -> None:
    shipped = card.shipped()
    for path in (card.SHIPPED, *(shipped.model_path(file.precision) for file in shipped.facts.files)):
        shutil.copy(path, tmp_path / path.name)
    mine = tmp_path / card.SHIPPED.name
    assert luxi("score", str(folder), "--card", str(mine), "--note", "drawn") == 0
    assert {row.source for row in card.load(mine).facts.scores if row.set == "drawn"} == {"all", "near", "yard"}


def test_the_worst_mistakes_are_written_as_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "score.html"
    assert luxi("score", str(folder), "--html", str(page), "--json") == 0
    assert page.read_text(encoding="utf-8").count("data:image/jpeg") == 8


def test_a_page_that_cannot_be_written_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("score", str(folder), "--html", str(folder / "none" / "score.html")) == 1
    assert "score.html" in capsys.readouterr().err


def test_a_yolo_file_that_is_none_and_one_to_be_noted_are_wrong_usage(folder: Path, tmp_path: Path) -> None:
    assert luxi("score", str(folder), "--yolo", str(tmp_path / "none.onnx")) == 2
    assert luxi("score", str(folder), "--yolo", str(tmp_path / "none.onnx"), "--note", "x") == 2


def test_a_folder_without_pictures_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("score", str(tmp_path)) == 2
    assert "找不到图片清单" in capsys.readouterr().err


def test_a_card_with_faults_is_wrong_usage_and_tells_them_all(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "x"\n')
    assert luxi("score", str(folder), "--card", str(bad)) == 2
    assert len(capsys.readouterr().err.splitlines()) > 5


def test_a_picture_that_cannot_be_read_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "val-s0.jpg").write_bytes(b"")
    assert luxi("score", str(folder)) == 1
    assert "val-s0.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(("locale", "text"), [("zh_CN.UTF-8", "训练新模型"), ("de_DE.UTF-8", "train a new model")])
def test_help_follows_the_locale(
    locale: str, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    with pytest.raises(SystemExit):
        luxi("--help")
    assert text in capsys.readouterr().out


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed")
def test_training_without_torch_says_what_to_install(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("train", str(folder)) == 2
    assert "luxi[train]" in capsys.readouterr().err


def test_training_makes_a_model_that_scoring_takes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="torch is not installed: extra `train`")
    out = tmp_path / "out"
    assert luxi("train", str(folder), "--out", str(out), "--steps", "1", "--seed", "3", "--threads", "1") == 0
    made = card.load(out / "smoke-grid.toml")
    expected = f"luxi model train {folder.name} --steps 1 --minutes 30 --seed 3 --threads 1"
    assert made.facts.training.command == expected
    assert luxi("score", str(folder), "--card", str(out / "smoke-grid.toml"), "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["pictures"] == 8


def test_resuming_what_was_never_begun_fails(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="torch is not installed: extra `train`")
    assert luxi("train", str(folder), "--out", str(tmp_path / "none"), "--steps", "1", "--resume") == 1
    assert "last.pt" in capsys.readouterr().err
