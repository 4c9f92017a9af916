"""Entropy bottleneck for L members side by side: one fully factorized, non-parametric density a member and channel.

Source: Ballé et al., *Variational image compression with a scale hyperprior*, appendix 6.1, as in CompressAI's
`EntropyBottleneck` (a test holds the two equal). Medians and supports are solved from the learned cumulative by
bisection once training is done, where the documents chase them with an auxiliary loss (Adam, 5e-2): the same
definition, solved exactly.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

TAIL_MASS = 1e-4
FILTERS = (1, 3, 3, 3, 3, 1)
INIT_SCALE = 10.0
LEAST_LIKELIHOOD = 1e-9
REACH = 2.0**14
HALVINGS = 40
ROWS, COLUMNS = 1 << 8, 1 << 11
"""Values, and densities, that are worked on at a time: all layers of a piece stay in the cache of a core. An accelerator takes
all at once."""

Planes: TypeAlias = tuple[Tensor, Tensor, Tensor | None]
"""One layer of C densities: H [w', w, C], b [w', C] and, but for the last layer, f [w', C]."""


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


class Cumulative(torch.autograd.Function):
    """Logits [n, C] of the cumulatives of C densities at y [n, C], one density a column.

    x' = u + f sigmoid(2 u), u = H x + b for each layer, of widths 1, 3, 3, 3, 3, 1. The matrices are so small that products of
    matrices would cost more than they multiply: each weight is a row [C] that meets whole rows of values. Backward works the
    layers out again, a piece at a time in the cache, instead of keeping some 25 values for each one of y.
    """

    @staticmethod
    def forward(ctx: Any, y: Tensor, *flat: Tensor) -> Tensor:
        """`flat` holds H, b and f of each layer in turn; the last layer has no f."""
        ctx.save_for_backward(y, *flat)
        logits = torch.empty_like(y)
        for rows, columns, layers in _pieces(y, flat):
            logits[rows, columns] = _through(y[rows, columns], layers)[0]
        return logits

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_logits: Tensor) -> tuple[Tensor, ...]:
        """Gradients of y and of all planes."""
        y, *flat = ctx.saved_tensors
        g_y, g_flat = torch.empty_like(y), [torch.zeros_like(plane) for plane in flat]
        for rows, columns, layers in _pieces(y, flat):
            _, kept = _through(y[rows, columns], layers)
            shares = [plane[..., columns] for plane in g_flat]
            g_y[rows, columns] = _back(g_logits[rows, columns], layers, kept, shares)
        return g_y, *g_flat


def _pieces(y: Tensor, flat: "tuple[Tensor, ...] | list[Tensor]") -> Iterator[tuple[slice, slice, list[Planes]]]:
    wide, high = (COLUMNS, ROWS) if y.device.type == "cpu" else (y.shape[1], len(y))
    for start in range(0, y.shape[1], wide):
        columns = slice(start, start + wide)
        planes = [plane[..., columns] for plane in flat]
        layers = list(zip(planes[::3], planes[1::3], [*planes[2::3], None], strict=True))
        for first in range(0, len(y), high):
            yield slice(first, first + high), columns, layers


def _through(y: Tensor, layers: list[Planes]) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Logits [n, c] of y [n, c], and x [w, n, c] and sigmoid(2 u) [w', n, c] of each layer for the way back."""
    x, kept = y.unsqueeze(0), []
    for matrix, bias, factor in layers:
        u = torch.addcmul(bias.unsqueeze(1), matrix[:, 0].unsqueeze(1), x[0])
        for j in range(1, len(x)):
            u.addcmul_(matrix[:, j].unsqueeze(1), x[j])
        bend = u if factor is None else torch.sigmoid(u + u)
        kept.append((x, bend))
        x = u if factor is None else torch.addcmul(u, factor.unsqueeze(1), bend)
    return x[0], kept


def _back(g: Tensor, layers: list[Planes], kept: list[tuple[Tensor, Tensor]], shares: list[Tensor]) -> Tensor:
    """Gradient of y [n, c] from that of the logits; those of the planes are added to `shares`."""
    g = g.unsqueeze(0)
    for number in reversed(range(len(layers))):
        (matrix, _, factor), (x, bend) = layers[number], kept[number]
        g_matrix, g_bias = shares[3 * number:3 * number + 2]
        if factor is not None:
            shares[3 * number + 2] += (g * bend).sum(1)
            slope = torch.addcmul(bend, bend, bend, value=-1).mul_(2 * factor.unsqueeze(1)).add_(1)
            g = slope.mul_(g)
        g_bias += g.sum(1)
        for j in range(len(x)):
            g_matrix[:, j] += (g * x[j]).sum(1)
        below = matrix[0].unsqueeze(1) * g[0]
        for i in range(1, len(g)):
            below.addcmul_(matrix[i].unsqueeze(1), g[i])
        g = below
    return g[0]


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

    def planes(self) -> Iterator[Tensor]:
        """H, b and f of each layer in turn (the last has no f), the densities along the last axis.

        The documents' u + a tanh(u) is u + 2 a sigmoid(2 u) - a: f = 2 a, and the next layer's b takes H a off. The sigmoid
        costs a quarter of the tanh.
        """
        below: Tensor | None = None
        for index, (weight, bias) in enumerate(zip(self.matrices, self.biases, strict=True)):
            matrix = F.softplus(weight)
            yield matrix.permute(1, 2, 0).contiguous()
            yield (bias if below is None else bias - matrix @ below).squeeze(-1).t().contiguous()
            if index < len(self.factors):
                below = torch.tanh(self.factors[index])
                yield 2 * below.squeeze(-1).t().contiguous()

    def logits_cumulative(self, y: Tensor) -> Tensor:
        """Logits of the cumulative of each density, a column each: [n, L * N] -> [n, L * N]."""
        logits: Tensor = Cumulative.apply(y, *self.planes())
        return logits

    def forward(self, y: Tensor) -> Tensor:
        """P(y - 1/2 < Y < y + 1/2) of each element: [L, B, N] -> [L, B, N], at least 1e-9."""
        columns = y.transpose(0, 1).flatten(1)
        lower, upper = self.logits_cumulative(torch.cat([columns - 0.5, columns + 0.5])).chunk(2)
        sign = torch.where(lower + upper > 0, -1.0, 1.0)  # subtract in the tail where floats are dense
        value = (torch.sigmoid(sign * upper) - torch.sigmoid(sign * lower)).abs()
        bounded = LowerBound.apply(value, LEAST_LIKELIHOOD)
        return bounded.view(-1, self.members, self.channels).transpose(0, 1)

    @torch.no_grad()
    def quantile(self, mass: float) -> Tensor:
        """Where the cumulative of each density reaches `mass`: [L, N]."""
        target = math.log(mass / (1 - mass))
        low = torch.full((1, self.members * self.channels), -REACH, device=self.matrices[0].device)
        high = -low
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = self.logits_cumulative(middle) > target
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        return ((low + high) / 2).view(self.members, self.channels)

    @torch.no_grad()
    def probabilities(self, median: Tensor, first: Tensor, length: int) -> Tensor:
        """P of the symbols first .. first + length - 1 around the medians: [L, N] each -> [L, length, N]."""
        steps = torch.arange(length, dtype=median.dtype, device=median.device)
        likelihood: Tensor = self(median.unsqueeze(1) + first.unsqueeze(1) + steps.view(1, -1, 1))
        return likelihood
