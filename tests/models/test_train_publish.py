"""From a checkpoint to a card: where the thresholds come from, and how a card is written."""

import tomllib
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")

from models import card  # noqa: E402
from models.manifest import Picture  # noqa: E402
from models.score import Judged  # noqa: E402
from models.train import held_out, job, publish  # noqa: E402
from models.train.network import GridNetwork  # noqa: E402
from models.train.toml import rendered  # noqa: E402

WORK = job.Job(Path("pictures"), Path("out"), 1, (Path("a/plumes.mp4"),), (Path("b/scenes.mp4"),))


def clear(*scores: float, source: str = "yard") -> list[Judged]:
    return [Judged(False, score, source) for score in scores]


def test_the_threshold_lets_so_many_clear_pictures_pass() -> None:
    judged = clear(*(number / 1000 for number in range(100, 300)))  # 200 pictures: four may pass
    found = publish.threshold(judged)
    assert sum(one.score >= found for one in judged) == 4


def test_pictures_with_smoke_and_the_unseen_source_do_not_move_it() -> None:
    judged = clear(0.2, 0.3, 0.4)
    others = [Judged(True, 0.1, "yard"), *clear(0.99, source=held_out.UNSEEN)]
    assert publish.threshold(judged) == publish.threshold(judged + others)


@pytest.mark.parametrize(("scores", "expected"), [((0.0, 0.001), 0.05), ((0.9985, 1.0), 0.998), ((), 0.5)])
def test_it_stays_within_bounds(scores: tuple[float, ...], expected: float) -> None:
    assert publish.threshold(clear(*scores)) == expected


def test_sources_are_counted_by_licence_from_the_training_split_alone() -> None:
    rows = [
        Picture(Path("1"), smoke=True, source="a", split="train", licence="MIT"),
        Picture(Path("2"), smoke=False, source="a", split="train", licence="MIT"),
        Picture(Path("3"), smoke=False, source="a", split="val", licence="MIT"),
        Picture(Path("4"), smoke=False, source="b", split="train"),
    ]
    found = [(data.source, data.licence, data.pictures) for data in publish.sources(WORK, rows)]
    assert found[:2] == [("a", "MIT", 2), ("b", "unknown", 1)]
    assert found[2:] == [("plumes.mp4", "unknown", 1), ("scenes.mp4", "unknown", 1)]


def test_a_films_licence_is_the_one_that_its_manifest_names(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,licence\na.mp4,MIT\n", encoding="utf-8")
    work = job.Job(Path("pictures"), Path("out"), 1, (tmp_path / "a.mp4", tmp_path / "b.mp4"))
    assert [data.licence for data in publish.sources(work, [])] == ["MIT", "unknown"]


@pytest.mark.parametrize(("lost", "cheap"), [(0, True), (1, True), (40, False)])
def test_int8_goes_first_only_where_it_costs_little(lost: int, cheap: bool) -> None:
    def judged(missed: int) -> list[Judged]:
        smoky = [Judged(True, 0.0 if number < missed else 0.9, "yard") for number in range(200)]
        return smoky + clear(*(number / 1000 for number in range(100)))

    assert publish.cheap({"float32": judged(0), "int8": judged(lost)}) is cheap


@pytest.mark.parametrize("level", [0.05, 0.4, 0.93])
def test_after_calibration_what_scored_the_level_scores_one_half(level: float) -> None:
    network = GridNetwork().eval()
    frame = torch.randn(1, 3, 64, 64)
    before = network(frame).detach()
    publish.calibrate(network, level)
    after = network(frame).detach()
    assert torch.equal(before.argsort(), after.argsort())
    odds = before / (1 - before) * (1 - level) / level
    assert torch.allclose(after, odds / (1 + odds), atol=1e-5)


def test_a_written_card_is_toml_with_plain_values_before_tables(tmp_path: Path) -> None:
    model = tmp_path / "smoke-grid.onnx"
    model.write_bytes(b"a model")
    made = card.Training(command='luxi "quoted"', seconds=61, steps=5, started_from="ImageNet")
    facts = publish.facts({"float32": model}, made, publish.sources(WORK, []))
    text = rendered(facts)
    assert text.index("limits = [") < text.index("[input]") < text.index("[[data]]")
    assert tomllib.loads(text)["training"]["command"] == 'luxi "quoted"'
    assert card.parsed(text, "here") == facts
    (tmp_path / "smoke-grid.toml").write_text(text, encoding="utf-8")
    assert card.load(tmp_path / "smoke-grid.toml").verified() == b"a model"
