"""What checkpoints are chosen by: pictures held out of `train`, and far smoke composed on scenes held out too."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models import metrics, pictures
from models.train import framing
from models.train.compose import Scene
from models.train.samples import Material, Samples

UNSEEN = "flares"  # a source that `train` doesn't have at all
COMPOSED = "composed"


class Judge(Protocol):
    """Whatever gives a score for each input (3 x height x width, RGB, 8 bits)."""

    def __call__(self, data: NDArray[np.uint8]) -> float:
        """The score of one input, 0-1."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """One held-out input with its truth and where it comes from."""

    data: NDArray[np.uint8]
    smoke: bool
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """ROC-AUC on held-out near smoke, on the source that is in no training picture, and on composed far smoke."""

    near: float
    unseen: float
    composed: float

    @property
    def goal(self) -> float:
        """What a checkpoint is chosen by: the mean of the three, so that none is bought with another."""
        return (self.near + self.unseen + self.composed) / 3


def prepared(material: Material, seed: int, size: tuple[int, int], limit: int) -> tuple[Held, ...]:
    """At most `limit` held-out inputs of each kind, the same for the same seed."""
    rng = np.random.default_rng(seed)
    composer = Samples(material, seed, size, size)
    held = []
    for group in (material.smoky, material.clear):
        for number in rng.permutation(len(group))[:limit]:
            picture = group[int(number)]
            frame = pictures.load(picture.path)
            scene = Scene(frame, np.zeros(frame.shape[:2], np.uint8))
            held.append(Held(framing.framed(scene, *size)[0], picture.smoke, picture.source))
            made = None if picture.smoke or picture.boxes else composer.with_plume(rng, scene)
            if made:
                held.append(Held(framing.framed(made, *size)[0], smoke=True, source=COMPOSED))
    return tuple(held)


def verdict(held: tuple[Held, ...], judge: Judge) -> Verdict:
    """The judge's three figures; .5 where a kind is missing, as of one who guesses."""
    scores = np.array([judge(one.data) for one in held])
    smoke = np.array([one.smoke for one in held])
    source = np.array([one.source for one in held])
    clear = ~smoke

    def auc(rows: NDArray[np.bool_]) -> float:
        found = metrics.roc_auc(smoke[rows], scores[rows])
        return 0.5 if found is None else found

    unseen = source == UNSEEN
    return Verdict(
        auc(~unseen & (source != COMPOSED)),
        auc(unseen | (clear & ~unseen)),
        auc((source == COMPOSED) | (clear & ~unseen)),
    )
