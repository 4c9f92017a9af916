"""Entropy bottleneck: one fully factorized, non-parametric density a channel.

The cumulative c of a channel is a small network whose slope is never negative:

    c(y) = sigmoid(h_5(... h_1(y))),   h_k(x) = u + tanh(a_k) tanh(u),   u = softplus(H_k) x + b_k
    P(y) = c(y + 1/2) - c(y - 1/2)

with widths 1, 3, 3, 3, 3, 1 and no tanh in the last layer. Source: Ballé et al., *Variational image
compression with a scale hyperprior*, appendix 6.1, as in CompressAI's `EntropyBottleneck` (a test
holds the two equal). The medians are solved from the learned cumulative by bisection once training
is done, where the documents chase them with an auxiliary loss: the same definition, solved
exactly.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.models._cumulative import Cumulative

TAIL_MASS = 1e-4
"""Probability outside the support of a channel's coding table, both sides together."""
FILTERS = (1, 3, 3, 3, 3, 1)
INIT_SCALE = 10.0
LEAST_LIKELIHOOD = 1e-9
REACH = 2.0**14
"""Quantiles are searched in -REACH ... REACH."""
HALVINGS = 40


class LowerBound(torch.autograd.Function):
    """max(x, bound), whose gradient still passes where it would raise x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float | Tensor) -> Tensor:
        """Clamp from below."""
        ctx.save_for_backward(x)
        ctx.bound = bound
        return x.clamp(min=bound)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Pass the gradient where x is above the bound, or where descent would raise it."""
        (x,), (gradient,) = ctx.saved_tensors, gradients
        return gradient * ((x >= ctx.bound) | (gradient < 0)), None


class FactorizedDensity(nn.Module):
    """One density a channel: likelihoods of y [..., C] under uniform noise or rounding."""

    def __init__(self, channels: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.channels = channels
        pairs = list(itertools.pairwise(FILTERS))
        scale = INIT_SCALE ** (1 / len(pairs))
        self.matrices = nn.ParameterList(
            torch.full((channels, c_out, c_in), math.log(math.expm1(1 / scale / c_out)))
            for c_in, c_out in pairs)
        self.biases = nn.ParameterList(torch.zeros(channels, c_out, 1) for _, c_out in pairs)
        self.factors = nn.ParameterList(torch.zeros(channels, c_out, 1) for _, c_out in pairs[:-1])
        self.draw_biases(generator)

    @torch.no_grad()
    def draw_biases(self, generator: torch.Generator | None) -> None:
        """Initial biases U(-1/2, 1/2); all other values start as constants."""
        for bias in self.biases:
            bias.uniform_(-0.5, 0.5, generator=generator)

    def forward(self, y: Tensor) -> Any:
        """P(y - 1/2 < Y < y + 1/2) of each element: [..., C] -> [..., C], at least 1e-9."""
        return self.likelihood(y)

    def likelihood(self, y: Tensor) -> Tensor:
        """P(y - 1/2 < Y < y + 1/2) of each element: [..., C] -> [..., C], at least 1e-9."""
        rows = y.reshape(-1, self.channels)
        lower, upper = self.logits_cumulative(torch.cat([rows - 0.5, rows + 0.5])).chunk(2)
        sign = torch.where(
            lower + upper > 0, -1.0, 1.0
        )  # subtract in the tail where floats are dense
        value = (torch.sigmoid(sign * upper) - torch.sigmoid(sign * lower)).abs()
        bounded: Tensor = LowerBound.apply(value, LEAST_LIKELIHOOD)
        return bounded.view(y.shape)

    def logits_cumulative(self, y: Tensor) -> Tensor:
        """Logits of c(y): [n, C] -> [n, C]."""
        logits: Tensor = Cumulative.apply(y, *self._planes())
        return logits

    def _planes(self) -> Iterator[Tensor]:
        """H, b and f of each layer as `Cumulative` takes them, the densities along the last
        axis."""
        below: Tensor | None = None
        for index, (weight, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            matrix = F.softplus(weight)
            yield matrix.permute(1, 2, 0).contiguous()
            shifted = bias if below is None else bias - matrix @ below
            yield shifted.squeeze(-1).t().contiguous()
            if index < len(self.factors):
                below = torch.tanh(self.factors[index])
                yield 2 * below.squeeze(-1).t().contiguous()

    @torch.no_grad()
    def quantile(self, mass: float) -> Tensor:
        """Where the cumulative of each density reaches `mass`: [C]."""
        target = math.log(mass / (1 - mass))
        low = torch.full((1, self.channels), -REACH, device=self.matrices[0].device)
        high = -low
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_above = self.logits_cumulative(middle) > target
            low = torch.where(is_above, low, middle)
            high = torch.where(is_above, middle, high)
        return ((low + high) / 2)[0]

    @torch.no_grad()
    def probabilities(self, median: Tensor, first: Tensor, length: int) -> Tensor:
        """P of the symbols first ... first + length - 1 around the medians: [..., C] -> [...,
        length, C]."""
        steps = torch.arange(length, dtype=median.dtype, device=median.device)
        y = median.unsqueeze(-2) + first.unsqueeze(-2) + steps.view(-1, 1)
        return self.likelihood(y)


class EntropyBottleneck(FactorizedDensity):
    """Noise U(-1/2, 1/2) on y in training, rounding around the medians in evaluation; and
    likelihoods."""

    def __init__(self, channels: int, generator: torch.Generator | None = None) -> None:
        super().__init__(channels, generator)
        self.medians: Tensor
        self.register_buffer("medians", torch.zeros(channels))

    def forward(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """y_hat [B, C] and its likelihoods [B, C] of latents y [B, C]."""
        y_hat = self._noisy(y) if self.training else self.dequantise(self.symbols(y))
        return y_hat, self.likelihood(y_hat)

    def _noisy(self, y: Tensor) -> Tensor:
        return y + (torch.rand_like(y) - 0.5)

    def symbols(self, y: Tensor) -> Tensor:
        """Integers to code, round(y - median): [B, C] int64."""
        return torch.round(y - self.medians).long()

    def dequantise(self, symbols: Tensor) -> Tensor:
        """y_hat [B, C] of coded integers."""
        return symbols.to(self.medians.dtype) + self.medians

    @torch.no_grad()
    def solve_medians(self) -> None:
        """Solve the medians that evaluation rounds around; call it once after training."""
        self.medians.copy_(self.quantile(0.5))
