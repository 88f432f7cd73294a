"""What checkpoints are chosen by."""

from pathlib import Path

import numpy as np
import picture_kit
import pytest

from models.train import held_out, samples
from models.train.held_out import Held, Verdict

DATA = np.zeros((3, 32, 32), np.uint8)


def held(value: int, source: str, *, smoke: bool) -> Held:
    return Held(np.full((3, 32, 32), value, np.uint8), smoke, source)


def test_each_figure_is_of_its_own_pictures() -> None:
    rows = (
        held(50, "near", smoke=False),
        held(90, "near", smoke=True),
        held(10, held_out.COMPOSED, smoke=True),
        held(100, held_out.UNSEEN, smoke=True),
        held(200, held_out.UNSEEN, smoke=False),
    )
    found = held_out.verdict(rows, lambda data: float(data.mean()))
    assert found == Verdict(near=1.0, unseen=0.5, composed=0.0)
    assert found.goal == pytest.approx(0.5)


def test_without_one_class_a_figure_is_that_of_a_guess() -> None:
    assert held_out.verdict((held(1, "near", smoke=True),), lambda _: 0.3) == Verdict(0.5, 0.5, 0.5)


def test_held_out_pictures_are_the_same_each_time_and_get_composed_twins(tmp_path: Path) -> None:
    material = samples.gathered(picture_kit.folder(tmp_path, each=4), "val", (), ())
    first, again = (held_out.prepared(material, 7, (128, 96), 3) for _ in range(2))
    assert [(one.smoke, one.source) for one in first] == [(one.smoke, one.source) for one in again]
    assert all(np.array_equal(one.data, other.data) for one, other in zip(first, again, strict=True))
    real = [one for one in first if one.source != held_out.COMPOSED]
    assert (sum(one.smoke for one in real), sum(not one.smoke for one in real)) == (3, 3)
    composed = [one for one in first if one.source == held_out.COMPOSED]
    assert 1 <= len(composed) <= 3
    assert all(one.smoke for one in composed)
