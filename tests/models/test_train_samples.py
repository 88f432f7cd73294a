"""Samples depend on seed and index alone, and hold what they are labelled with."""

from pathlib import Path

import numpy as np
import picture_kit
import pytest

from models import pictures
from models.train import samples
from models.train.samples import Material, Samples

SIZE = (128, 96)
PART = (96, 64)


@pytest.fixture
def material(tmp_path: Path) -> Material:
    smoke_on_black = [np.zeros((60, 80, 3), np.uint8) for _ in range(6)]
    for frame in smoke_on_black[3:]:
        frame[20:, 30:55] = 180
    plumes = picture_kit.film(tmp_path / "plumes.avi", smoke_on_black)
    scenes = picture_kit.film(tmp_path / "scenes.avi", [picture_kit.meadow(n, 320, 240) for n in range(5)])
    return samples.gathered(picture_kit.folder(tmp_path), "train", (plumes,), (scenes,))


def test_material_is_of_its_split_alone(material: Material) -> None:
    assert len(material.smoky) == len(material.clear) == 2
    assert {picture.split for picture in material.smoky + material.clear} == {"train"}
    assert len(material.scenes) == 2
    assert len(material.plumes) == 1  # of every third frame, the black one has no smoke to lift


def test_the_same_index_is_the_same_sample_whatever_came_before(material: Material) -> None:
    one, other = Samples(material, 3, SIZE, PART), Samples(material, 3, SIZE, PART)
    for index in range(5):
        other[index]
    for left, right in zip(one[9], other[9], strict=True):
        assert np.array_equal(left, right)


def test_another_seed_gives_another_sample(material: Material) -> None:
    assert not np.array_equal(Samples(material, 3, SIZE, PART)[0][0], Samples(material, 4, SIZE, PART)[0][0])


def test_shapes_and_labels_agree(material: Material) -> None:
    drawn = [Samples(material, 1, SIZE, PART)[index] for index in range(60)]
    for data, grid, smoke in drawn:
        assert (data.shape, data.dtype, grid.shape) == ((3, 64, 96), np.uint8, (4, 6))
        assert smoke or not (grid == 1.0).any()
    smoky = sum(float(smoke) for _, _, smoke in drawn)
    assert 20 <= smoky < 60


def test_a_split_without_one_of_both_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 pictures with smoke and 0 without"):
        samples.gathered(picture_kit.folder(tmp_path), "trial", (), ())


def test_a_film_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="can't be opened"):
        samples.frames(tmp_path / "none.avi", 1)


def test_cuts_of_flames_are_not_taken_for_smoke(tmp_path: Path) -> None:
    folder = picture_kit.folder(tmp_path)
    orange = np.full((120, 160, 3), (20, 110, 240), np.uint8)
    for number in range(2):
        (folder / f"train-s{number}.jpg").write_bytes(pictures.jpeg(orange))
    stream = Samples(samples.gathered(folder, "train", (), ()), 1, SIZE, PART)
    assert [stream._cut(np.random.default_rng(seed)) for seed in range(5)] == [None] * 5
