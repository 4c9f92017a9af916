"""Entropy bottleneck for L members side by side: one fully factorized, non-parametric density a member and channel.

Source: Ballé et al., *Variational image compression with a scale hyperprior*, appendix 6.1, as in CompressAI's
`EntropyBottleneck` (a test holds the two equal). Medians and supports are solved from the learned cumulative by
bisection once training is done, where the documents chase them with an auxiliary loss (Adam, 5e-2): the same
definition, solved exactly.
"""

import itertools
import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAIL_MASS = 1e-4
FILTERS = (1, 3, 3, 3, 3, 1)
INIT_SCALE = 10.0
LEAST_LIKELIHOOD = 1e-9
REACH = 2.0**14
HALVINGS = 40


class LowerBound(torch.autograd.Function):
    """max(x, bound), whose gradient still passes where it would raise x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float) -> Tensor:
        """Clamp from below."""
        ctx.save_for_backward(x)
        ctx.bound = bound
        return x.clamp(min=bound)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Pass the gradient where x is above the bound, or where descent would raise it."""
        (x,), (gradient,) = ctx.saved_tensors, gradients
        return gradient * ((x >= ctx.bound) | (gradient < 0)), None


class StackedBottleneck(nn.Module):
    """L x N learned densities; likelihoods of y [L, B, N] under uniform noise or rounding."""

    def __init__(self, members: int, channels: int, generator: torch.Generator) -> None:
        super().__init__()
        self.members, self.channels = members, channels
        scale = INIT_SCALE ** (1 / (len(FILTERS) - 1))
        pairs = list(itertools.pairwise(FILTERS))
        size = members * channels
        self.matrices = nn.ParameterList(
            torch.full((size, wide, narrow), math.log(math.expm1(1 / scale / wide))) for narrow, wide in pairs)
        self.biases = nn.ParameterList(
            torch.empty(channels, wide, 1).uniform_(-0.5, 0.5, generator=generator).repeat(members, 1, 1) for _, wide in pairs)
        self.factors = nn.ParameterList(torch.zeros(size, wide, 1) for _, wide in pairs[:-1])

    def logits_cumulative(self, y: Tensor) -> Tensor:
        """Logits of the cumulative of each density: [L * N, 1, n] -> [L * N, 1, n]."""
        logits = y
        for index, (matrix, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            logits = torch.baddbmm(bias, F.softplus(matrix), logits)
            if index < len(self.factors):
                logits = logits + torch.tanh(self.factors[index]) * torch.tanh(logits)
        return logits

    def likelihood(self, y: Tensor) -> Tensor:
        """P(y - 1/2 < Y < y + 1/2) of each element: [L, B, N] -> [L, B, N], at least 1e-9."""
        columns = y.permute(0, 2, 1).reshape(self.members * self.channels, 1, -1)
        both = self.logits_cumulative(torch.cat([columns - 0.5, columns + 0.5], dim=2))
        lower, upper = both.chunk(2, dim=2)
        sign = torch.where(lower + upper > 0, -1.0, 1.0)  # subtract in the tail where floats are dense
        value = (torch.sigmoid(sign * upper) - torch.sigmoid(sign * lower)).abs()
        bounded = LowerBound.apply(value, LEAST_LIKELIHOOD)
        return bounded.view(self.members, self.channels, -1).permute(0, 2, 1)

    @torch.no_grad()
    def quantile(self, mass: float) -> Tensor:
        """Where the cumulative of each density reaches `mass`: [L, N]."""
        target = math.log(mass / (1 - mass))
        low = torch.full((self.members * self.channels, 1, 1), -REACH)
        high = -low
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = self.logits_cumulative(middle) > target
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        return ((low + high) / 2).view(self.members, self.channels)

    @torch.no_grad()
    def probabilities(self, median: Tensor, first: Tensor, length: int) -> Tensor:
        """P of the symbols first .. first + length - 1 around the medians: [L, N] each -> [L, length, N]."""
        steps = torch.arange(length, dtype=median.dtype)
        return self.likelihood(median.unsqueeze(1) + first.unsqueeze(1) + steps.view(1, -1, 1))
