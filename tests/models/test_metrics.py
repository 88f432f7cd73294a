"""The figures against their definitions, counted out by brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import metrics

# Few distinct scores, so that ties are the rule.
ROWS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1)), max_size=40
)
Rows = list[tuple[bool, float]]


def parted(rows: Rows) -> tuple[list[bool], list[float]]:
    return [smoke for smoke, _ in rows], [score for _, score in rows]


def called_at(rows: Rows, threshold: float) -> tuple[int, int]:
    """Hits and false positives."""
    called = [smoke for smoke, score in rows if score >= threshold]
    return sum(called), len(called) - sum(called)


@given(ROWS)
def test_auc_is_the_share_of_pairs_in_order(rows: Rows) -> None:
    smoky, clear = [s for is_smoke, s in rows if is_smoke], [s for is_smoke, s in rows if not is_smoke]
    found = metrics.roc_auc(*parted(rows))
    if not smoky or not clear:
        assert found is None
        return
    pairs = [1.0 if s > c else 0.5 if s == c else 0.0 for s in smoky for c in clear]
    assert found == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)


@given(ROWS)
def test_auc_turns_round_with_the_scores(rows: Rows) -> None:
    truth, scores = parted(rows)
    found, turned = metrics.roc_auc(truth, scores), metrics.roc_auc(truth, [-score for score in scores])
    if found is not None and turned is not None:
        assert found + turned == pytest.approx(1.0)


@given(ROWS)
def test_average_precision_is_the_sum_over_thresholds(rows: Rows) -> None:
    truth, scores = parted(rows)
    expected, before = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        hits, wrong = called_at(rows, threshold)
        recall = hits / sum(truth) if any(truth) else 0.0
        expected += (recall - before) * hits / (hits + wrong)
        before = recall
    found = metrics.average_precision(truth, scores)
    assert found == (pytest.approx(expected) if any(truth) else None)


@given(ROWS, st.floats(0, 1))
def test_precision_and_recall_are_counted(rows: Rows, threshold: float) -> None:
    truth, scores = parted(rows)
    hits, wrong = called_at(rows, threshold)
    precision, recall = metrics.precision_recall(truth, scores, threshold)
    assert precision == (pytest.approx(hits / (hits + wrong)) if hits + wrong else None)
    assert recall == (pytest.approx(hits / sum(truth)) if any(truth) else None)


@given(ROWS, st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.5, 1.0]))
def test_recall_at_a_rate_is_the_best_that_any_threshold_allows(rows: Rows, fpr: float) -> None:
    truth, scores = parted(rows)
    negatives = len(truth) - sum(truth)
    found = metrics.recall_at_fpr(truth, scores, fpr)
    if not negatives or not any(truth):
        assert found is None
        return
    allowed = [called_at(rows, threshold) for threshold in [*scores, 2.0]]
    best = max(hits / sum(truth) for hits, wrong in allowed if wrong <= fpr * negatives + 1e-9)
    assert found == pytest.approx(best)


@given(ROWS, st.sampled_from([0.0, 0.02, 0.1, 0.99]))
def test_the_threshold_at_a_rate_keeps_it(rows: Rows, fpr: float) -> None:
    truth, scores = parted(rows)
    threshold = metrics.threshold_at_fpr(truth, scores, fpr)
    clear = [score for smoke, score in rows if not smoke]
    if threshold is None:
        assert not clear
    else:
        assert sum(score >= threshold for score in clear) <= fpr * len(clear) + 1e-9


def test_a_known_example() -> None:
    """Fawcett 2006, "An introduction to ROC analysis", figure 3: 20 instances; the area counted by hand from it."""
    truth = [c == "p" for c in "ppnpppnnpnpnpnnnpnpn"]
    scores = [0.9, 0.8, 0.7, 0.6, 0.55, 0.54, 0.53, 0.52, 0.51, 0.505, 0.4, 0.39, 0.38, 0.37, 0.36, 0.35, 0.34, 0.33]
    scores += [0.30, 0.1]
    assert metrics.roc_auc(truth, scores) == pytest.approx(0.68)
    assert metrics.precision_recall(truth, scores, 0.54) == (pytest.approx(5 / 6), pytest.approx(0.5))


@pytest.mark.parametrize("scores", [[0.1], [0.1, float("nan")], [0.1, float("inf")]])
def test_what_cannot_be_scored_is_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="expected two rows"):
        metrics.roc_auc([True, False], scores)
