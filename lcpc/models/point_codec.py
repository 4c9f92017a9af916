"""The proposed point codec [MMSP23]: x -> g_a -> y -> Q -> y_hat -> MLP -> logits, for all lambdas of a curve at once.

    x ──► g_a ──► x gain x 10 ──► y ──► round ──► y_hat ──► x gain x 10 ──► MLP ──► logits
                                            └► entropy bottleneck ──► R
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lcpc.models.bottleneck import StackedBottleneck
from lcpc.models.draws import Draws, uniform
from lcpc.models.point_encoder import DECODER, ENCODERS, PointEncoder
from lcpc.models.point_head import PointHead

GAIN = 10.0


@dataclass(frozen=True)
class Shape:
    """What rebuilds a network: size (full, lite, micro), members L, BN behind the 256 layer, seed of the weights."""

    size: str
    members: int
    head_norm: bool = True
    seed: int = 1


class PointCodec(nn.Module):
    """L point codecs of one size. Training adds noise U(-1/2, 1/2) to y; evaluation rounds around the medians.

    `latent`: how many latents it has, where it is to be a part of one of its size (`lcpc.models.members.part_of`); 0 is all.
    """

    def __init__(self, shape: Shape, latent: int = 0) -> None:
        super().__init__()
        self.shape = shape
        generator = torch.Generator().manual_seed(shape.seed)
        widths = ENCODERS[shape.size]
        if latent:
            widths = replace(widths, channels=(*widths.channels[:-1], latent))
        self.latent = widths.channels[-1]
        self.g_a = PointEncoder(widths, shape.members, generator)
        self.gain = nn.Parameter(torch.ones(shape.members, 1, self.latent))
        self.gain_decoder = nn.Parameter(torch.ones(shape.members, 1, self.latent))
        self.bottleneck = StackedBottleneck(shape.members, self.latent, generator)
        self.head = PointHead(shape.members, self.latent, DECODER, shape.head_norm, generator)
        self.median: Tensor
        self.register_buffer("median", torch.zeros(shape.members, self.latent))

    def analyse(self, x: Tensor) -> Tensor:
        """Latents y [L, B, N] of clouds x [B, 3, P]."""
        return self.g_a(x) * (self.gain * GAIN)

    def classify(self, y_hat: Tensor, generator: Draws) -> Tensor:
        """Logits [L, B, K] of decoded latents [L, B, N]."""
        return self.head(y_hat * (self.gain_decoder * GAIN), generator)

    def forward(self, x: Tensor, generator: Draws) -> tuple[Tensor, Tensor]:
        """Logits [L, B, K] and rate [L, B] in bits, with one draw of noise shared by all members."""
        y_tilde = self.noisy(x, generator)
        rate_bits = self.rates(y_tilde).sum(-1)
        return self.classify(y_tilde, generator), rate_bits

    def noisy(self, x: Tensor, generator: Draws) -> Tensor:
        """y + U(-1/2, 1/2) [L, B, N] of clouds x [B, 3, P]."""
        y = self.analyse(x)
        return y + (uniform(y.shape[1:], generator, y.device) - 0.5)

    def rates(self, y: Tensor) -> Tensor:
        """Bits of each latent of y [L, B, N]: [L, B, N]."""
        return -torch.log2(self.bottleneck(y))

    @torch.no_grad()
    def settle(self) -> None:
        """Solve the medians that evaluation rounds around; call it once after training."""
        self.median.copy_(self.bottleneck.quantile(0.5))

    def symbols(self, y: Tensor) -> Tensor:
        """Integers that are coded, round(y - median): [L, B, N] int64."""
        return torch.round(y - self.median.unsqueeze(1)).long()

    def dequantise(self, symbols: Tensor) -> Tensor:
        """y_hat [L, B, N] of coded integers."""
        return symbols.to(self.median.dtype) + self.median.unsqueeze(1)


class PointClassifier(nn.Module):
    """PointNet without transforms (same blocks as full, no bottleneck): judge of decoded input clouds."""

    def __init__(self, seed: int = 1, head_norm: bool = True) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        widths = ENCODERS["full"]
        self.g_a = PointEncoder(widths, 1, generator)
        self.head = PointHead(1, widths.channels[-1], DECODER, head_norm, generator)

    def forward(self, x: Tensor, generator: Draws) -> Tensor:
        """Logits [1, B, K] of clouds x [B, 3, P]."""
        return self.head(self.g_a(x), generator)


def shape_of(description: dict[str, Any]) -> Shape:
    """A `Shape` from the plain mapping that a checkpoint holds."""
    return Shape(size=str(description["size"]), members=int(description["members"]),
                 head_norm=bool(description["head_norm"]), seed=int(description["seed"]))
