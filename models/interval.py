"""How sure a figure is: bootstrap intervals over pictures (pure)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Figure = Callable[[NDArray[np.bool_], NDArray[np.float64]], float | None]
ROUNDS = 400
COVERS = 0.95


def bootstrap(truth: ArrayLike, scores: ArrayLike, figure: Figure, seed: int = 1) -> tuple[float, float] | None:
    """The percentile interval that covers 95 % of a figure's values when the pictures are drawn again with replacement.

    Drawn within each class, so that neither is ever missing. None where the figure can't be had. Efron, Tibshirani,
    "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    smoke, values = np.asarray(truth, np.bool_), np.asarray(scores, np.float64)
    if figure(smoke, values) is None:
        return None
    rng = np.random.default_rng(seed)
    groups = [group for group in (np.flatnonzero(smoke), np.flatnonzero(~smoke)) if group.size]
    drawn = (np.concatenate([rng.choice(group, group.size) for group in groups]) for _ in range(ROUNDS))
    found = [value for rows in drawn if (value := figure(smoke[rows], values[rows])) is not None]
    low, high = np.quantile(found, [(1 - COVERS) / 2, (1 + COVERS) / 2]) if found else (0.0, 1.0)
    return float(low), float(high)
