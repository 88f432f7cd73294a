"""What the network is told, cell by cell and picture by picture."""

import math

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")

from models.train import loss  # noqa: E402
from models.train.framing import IGNORED  # noqa: E402


def grid(value: float) -> "torch.Tensor":
    return torch.full((1, 20, 20), value)


def logit(share: float) -> float:
    return math.log(share / (1 - share))


def test_the_score_is_the_mean_of_the_top_cells() -> None:
    logits = grid(logit(0.1))
    logits[0, 3, :2] = logit(0.9)
    assert float(loss.picture_score(logits)[0]) == pytest.approx((0.9 + 0.9 + 0.1 + 0.1) / 4, abs=1e-5)


def test_a_picture_with_smoke_lifts_only_cells_known_to_be_smoke() -> None:
    logits, target = grid(0.0).requires_grad_(), grid(IGNORED)
    target[0, 5, 5:7] = 1.0
    loss.picture_loss(logits, target, torch.ones(1)).backward()
    moved = logits.grad[0].nonzero().tolist()
    assert moved == [[5, 5], [5, 6]]
    assert float(logits.grad[0, 5, 5]) < 0  # a step against the gradient raises the cell


def test_a_picture_without_smoke_lowers_its_highest_cells() -> None:
    logits = grid(-3.0)
    logits[0, 2, 2:6] = 2.0
    logits.requires_grad_()
    loss.picture_loss(logits, grid(0.0), torch.zeros(1)).backward()
    assert logits.grad[0].nonzero().tolist() == [[2, 2], [2, 3], [2, 4], [2, 5]]
    assert float(logits.grad.min()) >= 0


def test_smoke_without_a_known_place_says_nothing_of_the_picture() -> None:
    assert float(loss.picture_loss(grid(0.3), grid(IGNORED), torch.ones(1))) == 0.0


def test_a_far_plume_weighs_as_much_as_a_near_one() -> None:
    far, near = grid(0.0), grid(0.0)
    far[0, 0, 0] = 1.0
    near[0, :10] = 1.0
    flat = grid(0.0)
    found = [float(loss.cell_loss(flat, target, torch.ones(1))) for target in (far, near)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_ignored_cells_say_nothing() -> None:
    target = grid(0.0)
    target[0, :10] = IGNORED
    logits = grid(-1.0)
    before = float(loss.cell_loss(logits, target, torch.zeros(1)))
    logits[0, :10] = 5.0
    assert float(loss.cell_loss(logits, target, torch.zeros(1))) == pytest.approx(before)


def test_being_right_costs_less_than_being_wrong() -> None:
    target = grid(0.0)
    target[0, 4:8, 4:8] = 1.0
    right = torch.where(target == 1.0, 4.0, -4.0)
    smoke = torch.ones(1)
    assert float(loss.total(right, target, smoke)) < float(loss.total(-right, target, smoke))
