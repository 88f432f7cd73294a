"""What the network is told: the cells, where the boxes are to be trusted, and the picture as a whole."""

import math

import torch
from torch import Tensor
from torch.nn import functional

TOP_FRACTION = 0.01  # of the cells: four of 400 in training, ten of 960 after; their mean is the picture's score
NOISE = 0.02  # so many labels of pictures are taken to be wrong
SMOKY_PICTURES_CLEAR_CELLS = 0.4  # weight: boxes leave drifting smoke outside


def total(logits: Tensor, target: Tensor, smoke: Tensor) -> Tensor:
    """The loss of a batch: `logits` and `target` N x rows x columns, `smoke` N."""
    return picture_loss(logits, target, smoke) + cell_loss(logits, target, smoke)


def picture_score(logits: Tensor) -> Tensor:
    """N scores: the mean of the top fraction of each grid's probabilities."""
    cells = torch.sigmoid(logits.flatten(1))
    return cells.topk(_top(cells), dim=1).values.mean(dim=1)


def picture_loss(logits: Tensor, target: Tensor, smoke: Tensor) -> Tensor:
    """Cross-entropy of the picture's score, which with smoke is taken over the cells known to be smoke alone.

    Over all cells a network that doesn't know lifts a spot that every picture has, such as a corner, to the share of
    pictures with smoke, and stays there: seen in training, far plumes were then told at .46.
    """
    cells = torch.sigmoid(logits.flatten(1))
    known = target.flatten(1) == 1.0
    judged = torch.where((smoke[:, None] == 0) | known, cells, torch.full_like(cells, -1.0))
    top = judged.topk(_top(cells), dim=1).values
    counted = (top >= 0).float()
    likely = ((top * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1.0)).clamp(1e-4, 1 - 1e-4)
    losses = functional.binary_cross_entropy(likely, smoke * (1 - 2 * NOISE) + NOISE, reduction="none")
    return (losses * counted.amax(dim=1)).mean()


def cell_loss(logits: Tensor, target: Tensor, smoke: Tensor) -> Tensor:
    """Cross-entropy of the cells whose target is 1 or 0: the mean of each picture's smoky cells, and of its clear ones.

    By picture, because a far plume has five cells and a near one two hundred: taken together, the far ones are lost.
    """
    losses = functional.binary_cross_entropy_with_logits(logits, target.clamp(min=0.0), reduction="none")
    trust = 1 - (1 - SMOKY_PICTURES_CLEAR_CELLS) * smoke
    return (_means(losses, target == 1.0) + _means(losses, target == 0.0) * trust).mean()


def _means(losses: Tensor, cells: Tensor) -> Tensor:
    """The mean over the chosen cells of each picture; 0 where there are none."""
    chosen = cells.float()
    return (losses * chosen).sum(dim=(1, 2)) / chosen.sum(dim=(1, 2)).clamp(min=1.0)


def _top(cells: Tensor) -> int:
    count: int = cells.shape[1]
    return max(1, math.ceil(count * TOP_FRACTION))
