"""A training run on disk: written beside, then renamed, so that a cut leaves the last whole one."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch

State = dict[str, object]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: steps and seconds of training done, the best goal so far and the step it was reached at."""

    step: int = 0
    seconds: float = 0.0
    best: float = 0.0
    best_step: int = 0


def write(path: Path, progress: Progress, states: dict[str, State]) -> None:
    """Keep the run as `path`."""
    beside = path.with_suffix(".new")
    torch.save({"progress": asdict(progress), **states}, beside)
    beside.replace(path)


def read(path: Path) -> tuple[Progress, dict[str, State]]:
    """The run kept as `path`; OSError where there is none."""
    kept = torch.load(path, map_location="cpu", weights_only=True)
    return Progress(**kept.pop("progress")), kept
