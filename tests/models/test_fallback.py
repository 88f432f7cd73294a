"""Which model is used: the wanted one, and when it is spoilt the one before, with every fault told."""

import shutil
from pathlib import Path

import picture_kit
import pytest

from models import card, fallback
from models.card import CardError


def installed(folder: Path) -> Path:
    """The shipped card and its files, put where an installed model lies."""
    folder.mkdir(parents=True)
    shipped = card.shipped()
    for path in (card.SHIPPED, *(shipped.model_path(file.precision) for file in shipped.facts.files)):
        shutil.copy(path, folder / path.name)
    return folder / card.SHIPPED.name


def spoil(path: Path) -> None:
    found = card.load(path)
    for file in found.facts.files:
        with found.model_path(file.precision).open("ab") as model:
            model.write(b"\0")


def test_with_nothing_installed_the_shipped_one_is_used(tmp_path: Path) -> None:
    chosen = fallback.first_sound(fallback.cards(tmp_path))
    assert (chosen.card.path, chosen.refused) == (card.SHIPPED, ())


def test_an_installed_one_goes_first(tmp_path: Path) -> None:
    path = installed(tmp_path / "model")
    assert fallback.first_sound(fallback.cards(tmp_path / "model")).card.path == path


def test_a_spoilt_one_is_refused_and_the_one_before_works_on(tmp_path: Path) -> None:
    spoil(installed(tmp_path / "model"))
    before = installed(tmp_path / "model" / "previous")
    chosen = fallback.first_sound(fallback.cards(tmp_path / "model"))
    assert chosen.card.path == before
    assert 0 <= chosen.detector.detect(picture_kit.smoky(1)).score <= 1
    assert len(chosen.refused) == len(card.shipped().facts.files)
    assert all("SHA-256" in fault and "拒绝加载" in fault for fault in chosen.refused)


def test_of_a_card_with_two_files_the_sound_one_is_used(tmp_path: Path) -> None:
    path = installed(tmp_path / "model")
    files = card.load(path).facts.files
    card.load(path).model_path(files[0].precision).unlink()
    chosen = fallback.first_sound(fallback.cards(tmp_path / "model"))
    assert len(chosen.refused) == 1
    assert chosen.card.path == (path if len(files) > 1 else card.SHIPPED)


def test_a_card_with_faults_is_passed_over_and_they_are_told(tmp_path: Path) -> None:
    (tmp_path / card.SHIPPED.name).write_text("name = 3\n", encoding="utf-8")
    chosen = fallback.first_sound(fallback.cards(tmp_path))
    assert chosen.card.path == card.SHIPPED
    assert any("name: " in fault for fault in chosen.refused)


def test_without_any_sound_model_all_faults_are_told(tmp_path: Path) -> None:
    path = installed(tmp_path / "model")
    spoil(path)
    with pytest.raises(CardError, match="SHA-256"):
        fallback.first_sound([path])
    with pytest.raises(CardError, match="找不到模型卡"):
        fallback.first_sound([tmp_path / "none.toml"])
