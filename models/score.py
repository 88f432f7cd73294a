"""How good a detector is on a folder of labelled pictures: overall and by source."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from models import metrics, pictures
from models.card import Facts, Scores
from models.detection import Detector
from models.manifest import Picture

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture's truth and the score it was given."""

    smoke: bool
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over all pictures and of each source; see `figures` for the names."""

    overall: Figures
    by_source: dict[str, Figures]

    def as_json(self) -> dict[str, object]:
        """As `luxi model score --json` prints it."""
        return {**self.overall, "by_source": self.by_source}


def judged(
    rows: Iterable[Picture], detector: Detector, tell: Callable[[int], None] = lambda _: None
) -> Iterator[Judged]:
    """Each picture's score, one by one; `tell` hears how many are done. OSError, ValueError for unreadable ones."""
    for done, picture in enumerate(rows, start=1):
        yield Judged(picture.smoke, detector.detect(pictures.load(picture.path)).score, picture.source)
        tell(done)


def report(rows: Iterable[Judged], threshold: float) -> Report:
    """The figures of judged pictures; `threshold` is the score from which a picture is called smoke."""
    found = list(rows)
    sources = sorted({one.source for one in found})
    return Report(
        figures(found, threshold),
        {source: figures([one for one in found if one.source == source], threshold) for source in sources},
    )


def figures(rows: list[Judged], threshold: float) -> Figures:
    """Number of pictures, number with smoke, ROC-AUC, AP, precision and recall at the threshold, recall at 1 and 5 %
    false positives; None where a class that a figure needs is missing.
    """
    truth, scores = [one.smoke for one in rows], [one.score for one in rows]
    precision, recall = metrics.precision_recall(truth, scores, threshold)
    return {
        "pictures": len(rows),
        "with_smoke": sum(truth),
        "roc_auc": metrics.roc_auc(truth, scores),
        "ap": metrics.average_precision(truth, scores),
        "precision": precision,
        "recall": recall,
        "recall_at_fpr_1pct": metrics.recall_at_fpr(truth, scores, 0.01),
        "recall_at_fpr_5pct": metrics.recall_at_fpr(truth, scores, 0.05),
    }


def noted(facts: Facts, name: str, found: Report) -> Facts:
    """A card's facts with the figures on the set `name`, in the place of those that were there."""
    rows = [("all", found.overall), *found.by_source.items()]
    others = tuple(row for row in facts.scores if row.set != name)
    scores = tuple(Scores.model_validate({"set": name, "source": source, **_rounded(row)}) for source, row in rows)
    return facts.model_copy(update={"scores": others + scores})


def _rounded(row: Figures) -> Figures:
    kept = {key: value for key, value in row.items() if key != "with_smoke"}
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in kept.items()}


def table(report: Report) -> str:
    """The report for people: one line for all pictures and one for each source."""
    rows = [("all", report.overall), *report.by_source.items()]
    wide = max(len(name) for name, _ in rows)
    names = list(report.overall)
    lines = ["  ".join([" " * wide, *(name.rjust(5) for name in names)])]
    for source, found in rows:
        cells = [_cell(found[name]).rjust(max(5, len(name))) for name in names]
        lines.append("  ".join([source.ljust(wide), *cells]))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
