"""Bootstrap intervals: around the figure, narrower with more pictures, the same each time."""

import numpy as np
import pytest

from models import interval, metrics


def drawn(count: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 2 == 0
    return truth, rng.normal(0, 1, count) + truth


def test_the_interval_holds_the_figure_and_narrows_with_the_pictures() -> None:
    widths = []
    for count in (40, 4000):
        truth, scores = drawn(count)
        auc = metrics.roc_auc(truth, scores)
        found = interval.bootstrap(truth, scores, metrics.roc_auc)
        assert auc is not None
        assert found is not None
        assert found[0] <= auc <= found[1]
        widths.append(found[1] - found[0])
    assert widths[1] < widths[0] / 4


def test_its_width_is_that_of_hanley_and_mcneil() -> None:
    """Hanley, McNeil, Radiology 143 (1982): the standard error of an area, from the area and the two counts."""
    truth, scores = drawn(400)
    auc, found = metrics.roc_auc(truth, scores), interval.bootstrap(truth, scores, metrics.roc_auc)
    assert auc is not None
    assert found is not None
    q1, q2, each = auc / (2 - auc), 2 * auc**2 / (1 + auc), 200
    error = np.sqrt((auc * (1 - auc) + (each - 1) * (q1 - auc**2) + (each - 1) * (q2 - auc**2)) / each**2)
    assert found[1] - found[0] == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_the_same_pictures_have_the_same_interval() -> None:
    truth, scores = drawn(60)
    assert interval.bootstrap(truth, scores, metrics.roc_auc) == interval.bootstrap(truth, scores, metrics.roc_auc)


def test_a_figure_that_cannot_be_had_has_no_interval() -> None:
    assert interval.bootstrap([False, False], [0.1, 0.2], metrics.roc_auc) is None


def test_perfect_scores_are_sure_as_far_as_these_pictures_go() -> None:
    assert interval.bootstrap([True, True, False], [0.9, 0.8, 0.1], metrics.roc_auc) == (1.0, 1.0)
