"""How well scores part pictures with smoke from pictures without: ROC-AUC, AP, precision, recall (pure)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]


def roc_auc(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """The chance that a picture with smoke scores over one without, ties counting half; None where a class is missing.

    By ranks: Mann and Whitney's U over the number of pairs.
    """
    smoke, values = _checked(truth, scores)
    positives, negatives = int(smoke.sum()), int((~smoke).sum())
    if not positives or not negatives:
        return None
    u = float(_ranks(values)[smoke].sum()) - positives * (positives + 1) / 2
    return u / (positives * negatives)


def average_precision(truth: ArrayLike, scores: ArrayLike) -> float | None:
    """The area under precision over recall, by steps and without interpolation; tied scores fall together.

    None where no picture has smoke.
    """
    smoke, values = _checked(truth, scores)
    if not smoke.any():
        return None
    hits, taken = _cumulated(smoke, values)
    steps = np.diff(hits / int(smoke.sum()), prepend=0.0)
    return float((steps * hits / taken).sum())


def precision_recall(truth: ArrayLike, scores: ArrayLike, threshold: float) -> tuple[float | None, float | None]:
    """Precision and recall of "score at or over the threshold"; None where nothing is called or nothing is there."""
    smoke, values = _checked(truth, scores)
    called = values >= threshold
    hits = int((called & smoke).sum())
    return (
        hits / int(called.sum()) if called.any() else None,
        hits / int(smoke.sum()) if smoke.any() else None,
    )


def recall_at_fpr(truth: ArrayLike, scores: ArrayLike, fpr: float) -> float | None:
    """The best recall whose false-positive rate is at most `fpr` (0-1); None where a class is missing."""
    smoke, values = _checked(truth, scores)
    threshold = threshold_at_fpr(truth, scores, fpr)
    if threshold is None or not smoke.any():
        return None
    return float((values[smoke] >= threshold).mean())


def threshold_at_fpr(truth: ArrayLike, scores: ArrayLike, fpr: float) -> float | None:
    """The lowest threshold, just over a negative's score, at which at most `fpr` of the negatives are called.

    None where there are no negatives.
    """
    smoke, values = _checked(truth, scores)
    clear = np.sort(values[~smoke])[::-1]
    if not clear.size:
        return None
    allowed = int(fpr * clear.size + 1e-9)
    return float(np.nextafter(clear[allowed], np.inf)) if allowed < clear.size else float(values.min())


def _checked(truth: ArrayLike, scores: ArrayLike) -> tuple[Truth, Scores]:
    smoke, values = np.asarray(truth, np.bool_), np.asarray(scores, np.float64)
    if smoke.shape != values.shape or smoke.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"expected two rows of one length, finite scores; found {smoke.shape} and {values.shape}")
    return smoke, values


def _ranks(values: Scores) -> Scores:
    """Ranks from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[which], np.float64)


def _cumulated(smoke: Truth, values: Scores) -> tuple[Scores, Scores]:
    """From the highest score down, at the end of each run of equal scores: hits so far, pictures so far."""
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), values.size - 1)
    return np.cumsum(smoke[order])[ends].astype(np.float64), (ends + 1).astype(np.float64)
