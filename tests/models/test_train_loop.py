"""Training steps: bounded, seeded, and after a power cut the same as without one."""

from pathlib import Path

import picture_kit
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")

from models.train import checkpoint, held_out, loop, samples  # noqa: E402
from models.train.checkpoint import Progress  # noqa: E402
from models.train.loop import Plan  # noqa: E402
from models.train.samples import Samples  # noqa: E402

SIZE = (96, 64)
PLAN = Plan(seconds=1e6, steps=4, batch=2, look_every_s=0.0, threads=1, workers=0)


class PowerCutError(Exception):
    """Raised by a test in the midst of a run."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_kit.folder(tmp_path_factory.mktemp("pictures"))


def trained(folder: Path, out: Path, *, cut_at: int | None = None, resume: bool = False) -> loop.Run:
    """Four steps on a clock that stands, so that only steps count."""
    out.mkdir(exist_ok=True)
    run = loop.begun(5, PLAN)
    if resume:
        run = loop.resumed(run, out / loop.LAST)
    stream = Samples(samples.gathered(folder, "train", (), ()), 5, SIZE, SIZE)
    held = held_out.prepared(samples.gathered(folder, "val", (), ()), 7, SIZE, 2)

    def tell(line: str) -> None:
        if cut_at is not None and line.startswith(f"step {cut_at} held out"):
            raise PowerCutError

    loop.train(run, PLAN, stream, held, out, lambda: 0.0, tell)
    return run


def weights(run: loop.Run) -> list["torch.Tensor"]:
    return [value.clone() for part in (run.network, run.average) for value in part.state_dict().values()]


def test_a_run_that_was_cut_ends_like_one_that_was_not(folder: Path, tmp_path: Path) -> None:
    whole = trained(folder, tmp_path / "whole")
    with pytest.raises(PowerCutError):
        trained(folder, tmp_path / "cut", cut_at=2)
    assert checkpoint.read(tmp_path / "cut" / loop.LAST)[0].step == 2
    again = trained(folder, tmp_path / "cut", resume=True)
    assert again.progress.step == whole.progress.step == 4
    assert all(torch.equal(left, right) for left, right in zip(weights(whole), weights(again), strict=True))


def test_steps_move_the_network_and_the_average_follows(folder: Path, tmp_path: Path) -> None:
    fresh, run = loop.begun(5, PLAN), trained(folder, tmp_path / "run")
    assert not torch.equal(fresh.network.cell.weight, run.network.cell.weight)
    assert not torch.equal(fresh.average.cell.weight, run.average.cell.weight)
    assert (tmp_path / "run" / loop.BEST).is_file()


def test_a_plan_is_done_by_time_or_by_steps() -> None:
    plan = Plan(seconds=100, steps=10)
    assert plan.done(Progress(step=5, seconds=20)) == 0.5
    assert plan.done(Progress(step=1, seconds=80)) == 0.8
    assert plan.done(Progress(step=50, seconds=900)) == 1.0


def test_a_checkpoint_is_whole_or_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    progress = Progress(3, 1.5, 0.9, 2)
    checkpoint.write(path, progress, {"network": {"weight": torch.ones(2)}})
    assert list(tmp_path.iterdir()) == [path]
    found, states = checkpoint.read(path)
    assert found == progress
    assert set(states) == {"network"}


def test_there_is_nothing_to_resume_where_nothing_was_kept(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"last\.pt"):
        checkpoint.read(tmp_path / "last.pt")
