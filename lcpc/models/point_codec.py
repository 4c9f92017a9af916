"""The proposed point codec [MMSP23], one network for one lambda, and the PointNet of its size full.

    x ─► g_a ─► × gain × 10 ─► y ─► round ─► y_hat ─► × gain × 10 ─► h ─► logits
                                      └► entropy bottleneck ─► R = -log2 p(y_hat)

    x:    a cloud [3, P]; y: its latents [N]; logits [K], one a class

    g_a:  (Conv1d, kernel 1) ─► BN ─► ReLU, one to five times (Table I), then a max over the points.
          Channels are shuffled between two convolutions with groups.
    h:    Linear 512 ─► BN ─► ReLU ─► Linear 256 ─► BN ─► ReLU ─► dropout ─► Linear K

Training minimises L = R + lambda D, D the cross-entropy in nats. In training, noise U(-1/2, 1/2)
takes the place of rounding. `lcpc.fast` trains all lambdas of a curve at once; the result is this
network.
"""

import math

import torch
from torch import Tensor, nn

from lcpc.metrics.architectures import POINT_DECODER, POINT_ENCODERS
from lcpc.models.bottleneck import EntropyBottleneck, FactorizedDensity

GAIN = 10.0
"""Constant factor on both learned gains."""
DROPOUT = 0.3


class PointCodec(nn.Module):
    """The codec of one lambda. `size`: full, lite or micro.

    head_norm: BN and ReLU after the 256 layer, as the paper draws; without, the published code's
    plain layer.
    latents: N, where it is not that of Table I, because channels were pruned.
    """

    def __init__(
        self, size: str, classes: int = 40, head_norm: bool = True, latents: int = 0, seed: int = 1
    ) -> None:
        super().__init__()
        self.size, self.classes, self.head_norm = size, classes, head_norm
        self.latents = latents or POINT_ENCODERS[size][-1][0]
        self.g_a = analysis_transform(size, self.latents)
        self.gain = nn.Parameter(torch.ones(self.latents))
        self.entropy_bottleneck = EntropyBottleneck(self.latents)
        self.gain_decoder = nn.Parameter(torch.ones(self.latents))
        self.h = classifier(self.latents, classes, head_norm)
        draw_weights(self, seed)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [B, K] and likelihoods of the latents [B, N] of clouds x [B, 3, P]."""
        y = self.analyse(x)
        y_hat, likelihoods = self.entropy_bottleneck(y)
        return self.classify(y_hat), likelihoods

    def analyse(self, x: Tensor) -> Tensor:
        """Latents y [B, N] of clouds x [B, 3, P]."""
        y: Tensor = self.g_a(x) * (self.gain * GAIN)
        return y

    def classify(self, y_hat: Tensor) -> Tensor:
        """Logits [B, K] of decoded latents [B, N]."""
        logits: Tensor = self.h(y_hat * (self.gain_decoder * GAIN))
        return logits

    def rate_bits(self, y_hat: Tensor) -> Tensor:
        """The model's estimate of the rate, -log2 p(y_hat): [B, N] -> [B], float64."""
        likelihoods = self.entropy_bottleneck.likelihood(y_hat)
        return -torch.log2(likelihoods).sum(-1, dtype=torch.float64)


class PointClassifier(nn.Module):
    """PointNet without input transforms: the blocks of size full, no bottleneck. It classifies
    decoded clouds."""

    def __init__(self, classes: int = 40, head_norm: bool = True, seed: int = 1) -> None:
        super().__init__()
        self.classes, self.head_norm = classes, head_norm
        self.g_a = analysis_transform("full")
        self.h = classifier(POINT_ENCODERS["full"][-1][0], classes, head_norm)
        draw_weights(self, seed)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, K] of clouds x [B, 3, P]."""
        logits: Tensor = self.h(self.g_a(x))
        return logits


class MaxPool(nn.Module):
    """Maximum over the points of a cloud: [B, C, P] -> [B, C]."""

    def forward(self, h: Tensor) -> Tensor:
        """The largest value of each channel."""
        return h.amax(-1)


def analysis_transform(size: str, latents: int = 0) -> nn.Sequential:
    """g_a of Table I: clouds [B, 3, P] to features [B, N], whatever the order of the points."""
    layers: list[nn.Module] = []
    inputs, groups_before = 3, 1
    blocks = POINT_ENCODERS[size]
    for index, (width, groups) in enumerate(blocks):
        is_last = index == len(blocks) - 1
        outputs = latents if latents and is_last else width
        if groups > 1 and groups_before > 1:
            layers.append(nn.ChannelShuffle(groups_before))
        convolution = nn.Conv1d(inputs, outputs, kernel_size=1, groups=groups, bias=False)
        layers += [convolution, nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)]
        inputs, groups_before = outputs, groups
    return nn.Sequential(*layers, MaxPool())


def classifier(inputs: int, classes: int, head_norm: bool) -> nn.Sequential:
    """h: features [B, N] to logits [B, K]."""
    wide, narrow = POINT_DECODER[:2]
    norm: list[nn.Module] = [nn.BatchNorm1d(narrow), nn.ReLU()] if head_norm else []
    return nn.Sequential(
        nn.Linear(inputs, wide), nn.BatchNorm1d(wide), nn.ReLU(),
        nn.Linear(wide, narrow), *norm,
        nn.Dropout(DROPOUT), nn.Linear(narrow, classes),
    )


@torch.no_grad()
def draw_weights(network: nn.Module, seed: int) -> None:
    """PyTorch's initial values, U(-1/sqrt(fan-in), 1/sqrt(fan-in)), drawn layer by layer from one
    seed."""
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            bound = 1 / math.sqrt(layer.weight.shape[1])
            weight = layer.weight.T if isinstance(layer, nn.Linear) else layer.weight
            weight.copy_(torch.empty(weight.shape).uniform_(-bound, bound, generator=generator))
            if layer.bias is not None:
                layer.bias.uniform_(-bound, bound, generator=generator)
        elif isinstance(layer, FactorizedDensity):
            layer.draw_biases(generator)
