"""Classifier behind the bottleneck: a plain MLP, N -> 512 -> 256 -> K, for L members side by side."""

import torch
from torch import Tensor, nn

from lcpc.models.draws import Draws, uniform
from lcpc.models.stacked import StackedLinear, StackedNorm

DROPOUT = 0.3


def dropout(h: Tensor, rate: float, generator: Draws) -> Tensor:
    """Drop units, the same for all members, scaled to keep the mean: [L, B, C]."""
    keep = uniform(h.shape[1:], generator, h.device) >= rate
    return h * (keep / (1 - rate))


class PointHead(nn.Module):
    """L decoders of the documents' widths; `norm_last` puts BN and ReLU behind the 256 layer too (the paper's drawing)."""

    def __init__(self, members: int, c_in: int, widths: tuple[int, ...], norm_last: bool, generator: torch.Generator) -> None:
        super().__init__()
        inputs = (c_in, *widths[:-1])
        self.linear = nn.ModuleList(
            StackedLinear(members, a, b, generator) for a, b in zip(inputs, widths, strict=True))
        hidden = widths[:-1] if norm_last else widths[:-2]
        self.norm = nn.ModuleList(StackedNorm(members, width) for width in hidden)

    def forward(self, y: Tensor, generator: Draws) -> Tensor:
        """Logits [L, B, K] of features [L, B, N]; the generator draws the dropout (training only)."""
        h = y
        for index, linear in enumerate(self.linear[:-1]):
            h = linear(h)
            if index < len(self.norm):
                h = torch.relu(self.norm[index](h))
        if self.training:
            h = dropout(h, DROPOUT, generator)
        return self.linear[-1](h)
