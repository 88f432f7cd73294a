"""An export is compared with its source, and one that differs is not let through."""

from pathlib import Path

import numpy as np
import picture_kit
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")
pytest.importorskip("onnx", reason="onnx is not installed: extra `train`")

from models import card, pictures  # noqa: E402
from models.detection import Frame  # noqa: E402
from models.geometry import Fit, Grid  # noqa: E402
from models.ort import OnnxDetector  # noqa: E402
from models.train import export, job, loop, publish  # noqa: E402
from models.train.export import Comparison  # noqa: E402
from models.train.loop import Plan  # noqa: E402
from models.train.network import GridNetwork  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> job.Job:
    """A job of two steps, trained and published: far too little to see smoke, enough to see the way."""
    root = tmp_path_factory.mktemp("made")
    (root / "pictures").mkdir()
    work = job.Job(picture_kit.folder(root / "pictures", each=8), root / "out", seed=2)
    plan = Plan(seconds=1e6, steps=2, batch=2, threads=1, workers=0)
    lines: list[str] = []
    job.run(work, plan, lines.append, resume=False, held=2)
    publish.published(work, "luxi model train pictures", lines.append)
    assert sum(line.startswith("export ") and "Comparison(pictures=2" in line for line in lines) == 2
    return work


def source_of(work: job.Job) -> GridNetwork:
    network = GridNetwork()
    network.load_state_dict(loop.checkpoint.read(work.out / loop.BEST)[1]["average"])
    return network.eval()


def test_a_job_ends_with_a_card_whose_model_can_be_used(made: job.Job) -> None:
    found = card.load(made.out / "smoke-grid.toml")
    detection = OnnxDetector(found).detect(picture_kit.smoky(1))
    assert 0 <= detection.score <= 1
    assert found.facts.training.steps in {1, 2}
    assert [(data.source, data.licence, data.pictures) for data in found.facts.data] == [
        ("yard", "CC BY 4.0", 2),
        ("near", "CC BY 4.0", 14),
    ]
    assert {file.precision for file in found.facts.files} == {"int8", "float32"}
    assert {scores.set for scores in found.facts.scores} == {"val int8", "val float32"}
    assert {scores.source for scores in found.facts.scores} == {"all", "near", "yard"}


def test_the_export_equals_its_source_on_frames_of_any_size(made: job.Job, tmp_path: Path) -> None:
    paths = []
    for number, (width, height) in enumerate([(160, 120), (64, 300), (513, 321)]):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(pictures.jpeg(picture_kit.smoky(number, width, height)))
    network, model = source_of(made), tmp_path / "again.onnx"
    export.export(network, job.SIZE, model)
    known = card.load(made.out / "smoke-grid.toml").facts
    facts = publish.facts({"float32": model}, known.training, known.data)
    found = export.compared(network, OnnxDetector(card.Card(tmp_path / "again.toml", facts)), paths)
    assert found.pictures == 3
    assert found.largest < 1e-4


class Dead:
    """An export as they were found published: every score zero."""

    def grid(self, frame: Frame) -> tuple[Grid, Fit]:
        return np.zeros((24, 40), np.float32), export.geometry.fitted(frame.shape[1], frame.shape[0], *job.SIZE)


def test_an_export_whose_scores_are_all_zero_is_found_out(made: job.Job, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(pictures.jpeg(picture_kit.smoky(1)))
    assert not export.compared(source_of(made), Dead(), [path]).sound


@pytest.mark.parametrize(
    ("comparison", "sound", "near"),
    [
        (Comparison(10, 1e-6, 1e-7, 0.9), True, True),
        (Comparison(10, 0.01, 1e-3, 0.9), False, True),
        (Comparison(10, 0.6, 0.05, 0.9), False, False),
        (Comparison(10, 0.0, 0.0, 0.0), False, False),
        (Comparison(0, 0.0, 0.0, 0.9), False, False),
    ],
)
def test_what_may_ship(comparison: Comparison, sound: bool, near: bool) -> None:
    assert (comparison.sound, comparison.near) == (sound, near)
