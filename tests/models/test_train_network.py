"""The network's shape, and what of it training may touch."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: extra `train`")

from models.train.network import GridNetwork, normalised  # noqa: E402


def test_one_probability_for_each_cell_of_sixteen_pixels() -> None:
    grid = GridNetwork().eval()(torch.zeros(2, 3, 96, 160)).detach()
    assert tuple(grid.shape) == (2, 6, 10)
    assert 0 < float(grid.min()) <= float(grid.max()) < 1


def test_a_fresh_network_expects_no_smoke_and_knows_the_trunk_by_heart() -> None:
    torch.manual_seed(3)
    one, other = GridNetwork().eval(), GridNetwork().eval()
    assert float(one(torch.zeros(1, 3, 64, 64)).detach().mean()) < 0.4
    for left, right in zip(one.early.parameters(), other.early.parameters(), strict=True):
        assert torch.equal(left, right)


def test_training_touches_neither_the_early_part_nor_the_trunks_batch_statistics() -> None:
    network = GridNetwork().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.SGD([part for part in network.parameters() if part.requires_grad], lr=0.1)
    network.logits(torch.randn(2, 3, 64, 64)).sum().backward()
    optimiser.step()
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    counted = {name for name in moved if "running" in name or "tracked" in name}
    assert not [name for name in moved if name.startswith("early")]
    assert not [name for name in counted if name.startswith(("fine", "coarse"))]
    assert {name.split(".")[0] for name in moved} == {"fine", "coarse", "from_fine", "from_coarse", "mixed", "cell"}


def test_pixels_become_what_the_card_says() -> None:
    assert normalised(torch.tensor([0, 127, 255], dtype=torch.uint8)).tolist() == [-127 / 128, 0.0, 1.0]


def test_training_leaves_the_trunks_neighbourhoods_as_they_were() -> None:
    learned = {name for name, part in GridNetwork().named_parameters() if part.requires_grad}
    assert not [name for name in learned if "_depthwise_conv" in name]
    assert [name for name in learned if name.startswith("fine") and "_project_conv" in name]


def test_bfloat16_in_training_says_nearly_what_float_says() -> None:
    torch.manual_seed(1)
    network, data = GridNetwork().train(), torch.randn(2, 3, 64, 96)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    with torch.no_grad():
        trained = network.logits(data)
        network.training = False
        assert torch.allclose(trained, network.logits(data), atol=0.2)
    assert trained.dtype == torch.float32
