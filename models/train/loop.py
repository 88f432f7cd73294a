"""The training loop: seeded, bounded by minutes or steps, resumable, on a GPU where there is one."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from models import pictures
from models.train import checkpoint, held_out, loss
from models.train.checkpoint import Progress
from models.train.held_out import Held, Judge, Verdict
from models.train.network import GridNetwork, normalised
from models.train.samples import Samples

LAST, BEST = "last.pt", "best.pt"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how: ends after `seconds` of training or `steps`, whichever is first."""

    seconds: float
    steps: int = 1_000_000
    batch: int = 16
    rate: float = 2e-4  # of the trunk, so low that it keeps what it knows of the world beyond our sources
    fresh_rate: float = 10.0  # times that: the head, which knows nothing yet
    look_every_s: float = 600.0
    average: float = 0.996
    threads: int = 2
    workers: int = 1

    def done(self, progress: Progress) -> float:
        """The part of the plan that is done, 0-1."""
        return min(1.0, max(progress.seconds / self.seconds, progress.step / self.steps))


@dataclass(slots=True)
class Run:
    """The parts of a run that change: the network, its running average (which is what ships), the optimiser."""

    network: GridNetwork
    average: GridNetwork
    optimiser: torch.optim.AdamW
    device: torch.device
    progress: Progress = field(default_factory=Progress)


Tell = Callable[[str], None]


def begun(seed: int, plan: Plan) -> Run:
    """A fresh run from the ImageNet weights."""
    torch.manual_seed(seed)
    torch.set_num_threads(plan.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network, average = (GridNetwork().to(device, memory_format=torch.channels_last) for _ in range(2))
    average.eval().load_state_dict(network.state_dict())
    fresh = [part for name, part in network.named_parameters() if not name.startswith(("early", "fine", "coarse"))]
    trunk = [part for part in (*network.fine.parameters(), *network.coarse.parameters()) if part.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": fresh, "scale": plan.fresh_rate}, {"params": trunk, "scale": 1.0}], lr=plan.rate, weight_decay=0.02
    )
    return Run(network, average, optimiser, device)


def resumed(run: Run, path: Path) -> Run:
    """The run as it was kept in `path`."""
    run.progress, states = checkpoint.read(path)
    run.network.load_state_dict(states["network"])
    run.average.load_state_dict(states["average"])
    run.optimiser.load_state_dict(states["optimiser"])
    return run


def train(
    run: Run, plan: Plan, samples: Samples, held: tuple[Held, ...], out: Path, now: Callable[[], float], tell: Tell
) -> Progress:
    """Train until the plan is done, look at the held-out pictures now and then, keep the last and the best in `out`.

    `now` is a clock in seconds; the seconds of looking count as training.
    """
    start = now() - run.progress.seconds
    looked = run.progress.seconds
    for data, target, smoke in _batches(samples, plan, run.progress.step):
        current = _step(run, plan, data, target, smoke)
        run.progress = replace(run.progress, step=run.progress.step + 1, seconds=now() - start)
        finished = plan.done(run.progress) >= 1.0
        if run.progress.step % 10 == 0:
            tell(_line(run.progress, plan, current))
        if finished or run.progress.seconds - looked >= plan.look_every_s:
            tell(_look(run, held, out))
            looked = now() - start
        if finished:
            break
    return run.progress


def judge(network: GridNetwork, device: torch.device) -> Judge:
    """The network as a judge of 8-bit inputs."""

    def score(data: NDArray[np.uint8]) -> float:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            pixels = torch.as_tensor(data, device=device)[None].contiguous(memory_format=torch.channels_last)
            return float(loss.picture_score(network.logits(normalised(pixels)))[0])

    return score


def _batches(samples: Samples, plan: Plan, step: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches from where the run stands; the same step always has the same samples."""
    wanted = range(step * plan.batch, plan.steps * plan.batch)
    loader: DataLoader[object] = DataLoader(
        samples,
        batch_size=plan.batch,
        sampler=wanted,
        num_workers=plan.workers,
        worker_init_fn=_one_thread,
        persistent_workers=False,
    )
    yield from loader


def _one_thread(_: int) -> None:
    pictures.use_threads(0)
    torch.set_num_threads(1)


def _step(run: Run, plan: Plan, data: Tensor, target: Tensor, smoke: Tensor) -> float:
    done = plan.done(run.progress)
    warm = min(1.0, (run.progress.step + 1) / 30)
    for group in run.optimiser.param_groups:
        group["lr"] = plan.rate * group["scale"] * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
    run.network.train()
    logits = run.network.logits(normalised(data.to(run.device)).contiguous(memory_format=torch.channels_last))
    value = loss.total(logits, target.to(run.device), smoke.to(run.device))
    run.optimiser.zero_grad(set_to_none=True)
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimiser.step()
    _averaged(run, plan)
    return float(value.detach())


def _averaged(run: Run, plan: Plan) -> None:
    """Move the average towards the network; faster at the start, where it would else remember ImageNet."""
    keep = min(plan.average, (run.progress.step + 1) / (run.progress.step + 10))
    with torch.no_grad():
        for mean, value in zip(run.average.parameters(), run.network.parameters(), strict=True):
            mean.lerp_(value, 1 - keep)
        for mean, value in zip(run.average.buffers(), run.network.buffers(), strict=True):
            mean.copy_(value)


def _line(progress: Progress, plan: Plan, value: float) -> str:
    return f"step {progress.step} {progress.seconds:.0f} s {plan.done(progress):.0%} loss {value:.3f}"


def _look(run: Run, held: tuple[Held, ...], out: Path) -> str:
    seen: Verdict = held_out.verdict(held, judge(run.average, run.device))
    better = seen.goal > run.progress.best
    if better:
        run.progress = replace(run.progress, best=seen.goal, best_step=run.progress.step)
    states = {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
    }
    checkpoint.write(out / LAST, run.progress, states)
    if better:
        checkpoint.write(out / BEST, run.progress, {"average": states["average"]})
    return (
        f"step {run.progress.step} held out: near {seen.near:.4f} unseen {seen.unseen:.4f} "
        f"composed {seen.composed:.4f} mean {seen.goal:.4f}{' (best)' if better else ''}"
    )
