"""The auxiliary decoder [MMSP23, Fig. 4]: an MLP from y_hat back to points, for looking at what a latent holds."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from lcpc.models.point_encoder import ENCODERS
from lcpc.models.stacked import StackedLinear

HIDDEN = {"full": (256, 256, 512), "lite": (64, 64, 256), "micro": (64, 64, 256)}
"""Widths between y_hat and the 3 P coordinates."""


class ReconstructionDecoder(nn.Module):
    """L decoders y_hat [L, B, N] -> points [L, B, P, 3], ReLU between. They see y_hat detached: the codec learns nothing."""

    def __init__(self, size: str, members: int, points: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        widths = (ENCODERS[size].channels[-1], *HIDDEN[size], 3 * points)
        self.linear = nn.ModuleList(
            StackedLinear(members, a, b, generator) for a, b in pairwise(widths))

    def forward(self, y_hat: Tensor) -> Tensor:
        """Clouds of decoded latents; no gradient passes into `y_hat`."""
        h = y_hat.detach()
        for linear in self.linear[:-1]:
            h = torch.relu(linear(h))
        return self.linear[-1](h).unflatten(-1, (-1, 3))
