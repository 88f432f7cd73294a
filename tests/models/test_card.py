"""A model's card: strict, all faults at once, and no byte of another file is ever used."""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models import card
from models.card import CardError
from models.ort import OnnxDetector
from models.train.toml import rendered

TEXT = card.SHIPPED.read_text(encoding="utf-8")
MEGABYTE = 1_000_000


def copied(folder: Path) -> card.Card:
    """The shipped model and card in a folder of the test's."""
    shipped = card.shipped()
    for path in (card.SHIPPED, *(shipped.model_path(file.precision) for file in shipped.facts.files)):
        shutil.copy(path, folder / path.name)
    return card.load(folder / card.SHIPPED.name)


def test_the_shipped_card_is_sound_and_its_model_is_the_one_it_names() -> None:
    shipped = card.shipped()
    for file in shipped.facts.files:
        assert hashlib.sha256(shipped.verified(file.precision)).hexdigest() == file.sha256
        assert shipped.model_path(file.precision).stat().st_size <= 20 * MEGABYTE


def test_the_first_file_is_the_one_to_use() -> None:
    shipped = card.shipped()
    assert shipped.file() == shipped.facts.files[0]
    assert shipped.verified() == shipped.verified(shipped.facts.files[0].precision)


def test_a_precision_that_the_card_does_not_have_is_told_with_those_it_has() -> None:
    shipped = card.shipped()
    whole = tuple(file for file in shipped.facts.files if file.precision == "float32")
    alone = card.Card(shipped.path, shipped.facts.model_copy(update={"files": whole}))
    with pytest.raises(CardError, match="only float32"):
        alone.verified("int8")


def test_the_shipped_card_names_data_licences_limits_and_figures() -> None:
    facts = card.shipped().facts
    assert {data.source for data in facts.data} >= {"newfire2", "cocolike", "mwd_weather", "fire8"}
    assert not [data for data in facts.data if not data.licence.startswith(("CC BY", "MIT", "Apache-2.0"))]
    assert facts.licence == "Apache-2.0"
    assert {scores.set.split()[0] for scores in facts.scores} >= {"val", "devtest"}
    assert facts.training.command.startswith("luxi model train ")


def test_devtest_is_not_among_what_the_shipped_model_learned_from() -> None:
    assert not {data.source for data in card.shipped().facts.data} & {"efs_detr", "hpwren_seq", "haze_a"}


@pytest.mark.parametrize("spoil", [lambda data: data + b"\0", lambda data: data[:-1], lambda data: b""])
def test_a_changed_model_file_is_refused_in_two_languages_before_it_is_loaded(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    copy = copied(tmp_path)
    copy.model_path().write_bytes(spoil(copy.model_path().read_bytes()))
    with pytest.raises(CardError, match="SHA-256") as refused:
        OnnxDetector(copy)
    (fault,) = refused.value.faults
    assert "拒绝加载" in fault
    assert "refused" in fault
    assert copy.file().sha256 in fault


def test_one_flipped_bit_in_the_middle_is_noticed(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    data = bytearray(copy.model_path().read_bytes())
    data[len(data) // 2] ^= 1
    copy.model_path().write_bytes(data)
    with pytest.raises(CardError):
        copy.verified()


def test_an_absent_model_file_is_told_with_its_path(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    copy.model_path().unlink()
    with pytest.raises(CardError, match=r"smoke-grid.*\.onnx") as refused:
        copy.verified()
    assert "无法读取" in str(refused.value)


def test_a_card_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"nowhere.toml: 无法读取模型卡"):
        card.load(tmp_path / "nowhere.toml")


def test_all_faults_of_a_card_come_at_once_with_their_keys() -> None:
    text = re.sub(r"width = \d+", 'width = "512"', TEXT)
    text = text.replace('layout = "NCHW"', 'layout = "NHWC"')
    text = text.replace("top_fraction", "top_share")
    with pytest.raises(CardError) as refused:
        card.parsed(text, "here.toml")
    keys = {fault.split(": ")[1] for fault in refused.value.faults}
    assert keys == {"input.width", "input.layout", "output.top_fraction", "output.top_share"}
    assert all(fault.startswith("here.toml: ") for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('file = "smoke-grid', 'file = "../smoke-grid', r"files\[0\]\.file"),
        ('sha256 = "', 'sha256 = "00', r"files\[0\]\.sha256"),
        ("picture = 0.", "picture = 7.", "thresholds.picture"),
        ("mean = 127.0", "mean = nan", "input.mean"),
        ("[training]", "[training]\nwho = 1", "training.who"),
    ],
)
def test_each_wrong_value_is_told_by_its_key(old: str, new: str, key: str) -> None:
    assert old in TEXT
    with pytest.raises(CardError, match=rf"here: {key}: "):
        card.parsed(TEXT.replace(old, new, 1), "here")


def test_what_is_not_toml_is_told_with_its_line() -> None:
    with pytest.raises(CardError, match=r"不是有效的 TOML .*line 1"):
        card.parsed("name = = 1", "here")


def test_a_card_survives_being_written_and_read() -> None:
    facts = card.shipped().facts
    odd = facts.model_copy(update={"limits": ('quote " and \\ and \x7f', "换行\n制表\t")})
    assert card.parsed(rendered(odd), "here") == odd
