"""One training job from a folder of pictures to the best checkpoint: what `luxi model train` runs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.train import held_out, loop, samples
from models.train.checkpoint import Progress
from models.train.loop import Plan

SIZE = (640, 384)  # width, height of what is judged
PART = (320, 320)  # of it, learned from at a time
HELD = 60  # held-out pictures of each kind looked at between steps
HELD_SEED = 7  # not the run's: runs are compared on the same held-out pictures


@dataclass(frozen=True, slots=True)
class Job:
    """What to train on: the folder (see models.manifest), films of smoke on black, films of scenes without smoke."""

    folder: Path
    out: Path
    seed: int
    plume_films: tuple[Path, ...] = ()
    scene_films: tuple[Path, ...] = ()


def run(job: Job, plan: Plan, tell: Callable[[str], None], *, resume: bool, held: int = HELD) -> Progress:
    """Train as planned; checkpoints go to `job.out`. ValueError or OSError where the material is wanting."""
    learn = samples.gathered(job.folder, "train", job.plume_films, job.scene_films)
    judge_by = samples.gathered(job.folder, "val", job.plume_films, ())
    inputs = held_out.prepared(judge_by, HELD_SEED, SIZE, held)
    job.out.mkdir(parents=True, exist_ok=True)
    state = loop.begun(job.seed, plan)
    if resume:
        state = loop.resumed(state, job.out / loop.LAST)
    stream = samples.Samples(learn, job.seed, SIZE, PART)
    return loop.train(state, plan, stream, inputs, job.out, time.monotonic, tell)
