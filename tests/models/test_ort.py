"""The shipped model through the only door to onnxruntime."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import picture_kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import card, manifest, metrics, score
from models.card import Card, CardError
from models.detection import Detection, Detector
from models.ort import OnnxDetector

SHIPPED = OnnxDetector(card.shipped())


def test_it_is_a_detector_with_the_name_and_version_of_its_card() -> None:
    detector: Detector = SHIPPED
    facts = card.shipped().facts
    assert detector.name == f"{facts.name} {facts.version} {facts.files[0].precision}"


def test_the_same_frame_gets_the_same_verdict_from_any_session() -> None:
    frame = picture_kit.smoky(1, 320, 240)
    again = OnnxDetector(card.shipped())
    assert SHIPPED.detect(frame) == SHIPPED.detect(frame) == again.detect(frame)


def test_two_threads_say_what_one_says() -> None:
    frame = picture_kit.smoky(2, 320, 240)
    two = OnnxDetector(card.shipped(), threads=2).detect(frame)
    assert two.score == pytest.approx(SHIPPED.detect(frame).score, abs=1e-4)


def test_the_frame_is_left_as_it_was() -> None:
    frame = picture_kit.smoky(3, 512, 320)
    before = frame.copy()
    SHIPPED.detect(frame)
    assert np.array_equal(frame, before)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 3))
def test_frames_of_any_size_are_judged(width: int, height: int, seed: int) -> None:
    frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    found = SHIPPED.detect(frame)
    assert 0 <= found.score <= 1
    threshold = card.shipped().facts.thresholds.cell
    assert all(region.score >= threshold - 1e-6 for region in found.regions)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2160, 3840), (17, 19)])
def test_odd_and_large_frames_are_judged(shape: tuple[int, int]) -> None:
    found = SHIPPED.detect(np.full((*shape, 3), 127, np.uint8))
    assert isinstance(found, Detection)
    assert 0 <= found.score <= 1


def test_a_score_over_the_threshold_comes_with_a_region() -> None:
    thresholds = card.shipped().facts.thresholds
    assert thresholds.cell <= thresholds.picture  # else an alarm could have nothing to show


def with_facts(tmp_path: Path, change: dict[str, object], data: bytes | None = None) -> Card:
    """The shipped card with something changed, beside the shipped bytes or others."""
    shipped = card.shipped()
    content = shipped.verified() if data is None else data
    file = shipped.file().model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
    (tmp_path / file.file).write_bytes(content)
    facts = shipped.facts.model_copy(update={"files": (file,), **change})
    return Card(tmp_path / "card.toml", facts)


def test_a_model_of_another_shape_than_its_card_is_refused(tmp_path: Path) -> None:
    grid = card.shipped().facts.output.model_copy(update={"rows": 7})
    with pytest.raises(CardError, match="the card says") as refused:
        OnnxDetector(with_facts(tmp_path, {"output": grid}))
    assert "模型卡为" in str(refused.value)


def test_a_file_that_is_no_model_is_refused_even_with_the_right_hash(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="无法加载模型"):
        OnnxDetector(with_facts(tmp_path, {}, b"not a network"))


@pytest.fixture(scope="module")
def devtest() -> Iterator[list[score.Judged]]:
    """Scores of pictures that no training saw; of fixed ones where there are many, to keep this quick."""
    folder = picture_kit.SMOKE / "devtest"
    if not folder.is_dir():
        pytest.skip(f"the shared pictures are not here: {folder}")
    yield list(score.judged(manifest.read(folder), SHIPPED))


def test_unseen_pictures_are_told_apart_as_well_as_the_card_says(devtest: list[score.Judged]) -> None:
    auc = metrics.roc_auc([one.smoke for one in devtest], [one.score for one in devtest])
    assert auc is not None
    assert auc >= 0.955


def test_the_card_tells_the_figures_that_scoring_finds(devtest: list[score.Judged]) -> None:
    facts = card.shipped().facts
    found = score.report(devtest, facts.thresholds.picture)
    told = {row.source: row for row in facts.scores if row.set == f"devtest {facts.files[0].precision}"}
    assert set(told) == {"all", *found.by_source}
    for source, row in told.items():
        figures = found.overall if source == "all" else found.by_source[source]
        for name in ("roc_auc", "ap", "precision", "recall", "recall_at_fpr_1pct", "recall_at_fpr_5pct"):
            # Two pictures' worth of slack: another CPU rounds otherwise.
            assert getattr(row, name) == (None if figures[name] is None else pytest.approx(figures[name], abs=0.02))
