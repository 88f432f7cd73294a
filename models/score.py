"""How good a detector is on a folder of labelled pictures: overall and by source."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import interval, metrics, pictures
from models.card import Facts, Scores
from models.detection import Detector
from models.interval import Figure
from models.manifest import Picture

Figures = dict[str, float | int | None]
ALL = "all"
Intervals = dict[str, tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture's truth and the score it was given; `path` where it can be looked at again."""

    smoke: bool
    score: float
    source: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over all pictures and of each source, see `figures` for the names; `intervals` by source, "all" too."""

    overall: Figures
    by_source: dict[str, Figures]
    intervals: dict[str, Intervals]

    def as_json(self) -> dict[str, object]:
        """As `luxi model score --json` prints it."""
        by_source = {source: {**row, "intervals": self.intervals[source]} for source, row in self.by_source.items()}
        return {**self.overall, "intervals": self.intervals[ALL], "by_source": by_source}

    @property
    def rows(self) -> list[tuple[str, Figures]]:
        """The whole first, then each source."""
        return [(ALL, self.overall), *self.by_source.items()]


def judged(
    rows: Iterable[Picture], detector: Detector, tell: Callable[[int], None] = lambda _: None
) -> Iterator[Judged]:
    """Each picture's score, one by one; `tell` hears how many are done. OSError, ValueError for unreadable ones."""
    for done, picture in enumerate(rows, start=1):
        found = detector.detect(pictures.load(picture.path))
        yield Judged(picture.smoke, found.score, picture.source, picture.path)
        tell(done)


def report(rows: Iterable[Judged], threshold: float) -> Report:
    """The figures of judged pictures; `threshold` is the score from which a picture is called smoke."""
    found = list(rows)
    groups = {
        source: [one for one in found if one.source == source] for source in sorted({one.source for one in found})
    }
    return Report(
        figures(found, threshold),
        {source: figures(group, threshold) for source, group in groups.items()},
        {source: intervals(group, threshold) for source, group in ((ALL, found), *groups.items())},
    )


def figures(rows: list[Judged], threshold: float) -> Figures:
    """Number of pictures, number with smoke, ROC-AUC, AP, precision and recall at the threshold, recall at 1 and 5 %
    false positives; None where a class that a figure needs is missing.
    """
    truth, scores = _columns(rows)
    found = {name: figure(truth, scores) for name, figure in _figures(threshold).items()}
    return {"pictures": len(rows), "with_smoke": int(truth.sum()), **found}


def intervals(rows: list[Judged], threshold: float) -> Intervals:
    """The 95 % bootstrap interval of each figure."""
    truth, scores = _columns(rows)
    return {name: interval.bootstrap(truth, scores, figure) for name, figure in _figures(threshold).items()}


def _columns(rows: list[Judged]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return np.array([one.smoke for one in rows], np.bool_), np.array([one.score for one in rows], np.float64)


def _figures(threshold: float) -> dict[str, Figure]:
    return {
        "roc_auc": metrics.roc_auc,
        "ap": metrics.average_precision,
        "precision": lambda truth, scores: metrics.precision_recall(truth, scores, threshold)[0],
        "recall": lambda truth, scores: metrics.precision_recall(truth, scores, threshold)[1],
        "recall_at_fpr_1pct": lambda truth, scores: metrics.recall_at_fpr(truth, scores, 0.01),
        "recall_at_fpr_5pct": lambda truth, scores: metrics.recall_at_fpr(truth, scores, 0.05),
    }


def noted(facts: Facts, name: str, found: Report) -> Facts:
    """A card's facts with the figures on the set `name`, in the place of those that were there."""
    others = tuple(row for row in facts.scores if row.set != name)
    scores = tuple(
        Scores.model_validate({"set": name, "source": source, **_rounded(row)}) for source, row in found.rows
    )
    return facts.model_copy(update={"scores": others + scores})


def _rounded(row: Figures) -> Figures:
    kept = {key: value for key, value in row.items() if key != "with_smoke"}
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in kept.items()}


def table(report: Report) -> str:
    """The report for people: one line for all pictures and one for each source, intervals of 95 % beside figures."""
    wide = max(len(name) for name, _ in report.rows)
    names = list(report.overall)
    lines = ["  ".join([" " * wide, *(_padded(name, name) for name in names)])]
    for source, found in report.rows:
        sure = report.intervals[source]
        cells = [_padded(name, cell(found[name], sure.get(name))) for name in names]
        lines.append("  ".join([source.ljust(wide), *cells]))
    return "\n".join(lines)


def cell(value: float | None, sure: tuple[float, float] | None) -> str:
    """A figure with its interval, as `.932 (.901-.958)`."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{value:.3f}" + (f" ({sure[0]:.2f}-{sure[1]:.2f})" if sure else "")


def _padded(name: str, text: str) -> str:
    return text.rjust(len(name) if name in {"pictures", "with_smoke"} else 18)
