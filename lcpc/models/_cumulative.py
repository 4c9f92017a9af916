"""The cumulatives of many small densities at once, a column each: exact, forward and back.

The matrices of a density are so small that products of matrices would cost more than they multiply:
here each weight is a row [C] that meets whole rows of values. Backward works the layers out again,
a piece at a time in the cache, instead of keeping some 25 values for each element of y.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

ROWS, COLUMNS = 1 << 8, 1 << 11
"""Values, and densities, of one piece: all its layers stay in the cache of a core. An accelerator
takes all at once."""

CumulativeLayer: TypeAlias = tuple[Tensor, Tensor, Tensor | None]
"""One layer of C densities: H [w', w, C], b [w', C] and, but for the last layer, f [w', C]."""


class Cumulative(torch.autograd.Function):
    """Logits [n, C] of the cumulatives of C densities at y [n, C].

    x' = u + f sigmoid(2 u) with u = H x + b in each layer, of widths 1, 3, 3, 3, 3, 1. This is the
    documents' u + a tanh(u) with f = 2 a, where b of the next layer takes H a off: the sigmoid
    costs a quarter of the tanh.
    """

    @staticmethod
    def forward(ctx: Any, y: Tensor, *planes: Tensor) -> Tensor:
        """`planes` holds H, b and f of each layer in turn; the last layer has no f."""
        ctx.save_for_backward(y, *planes)
        logits = torch.empty_like(y)
        for rows, columns, layers in _pieces(y, planes):
            logits[rows, columns] = _layers_forward(y[rows, columns], layers)[0]
        return logits

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_logits: Tensor) -> tuple[Tensor, ...]:
        """Gradients of y and of all planes."""
        y, *planes = ctx.saved_tensors
        g_y = torch.empty_like(y)
        g_planes = [torch.zeros_like(plane) for plane in planes]
        for rows, columns, layers in _pieces(y, planes):
            _, kept = _layers_forward(y[rows, columns], layers)
            shares = [plane[..., columns] for plane in g_planes]
            g_y[rows, columns] = _layers_backward(g_logits[rows, columns], layers, kept, shares)
        return g_y, *g_planes


def _pieces(y: Tensor,
            planes: Sequence[Tensor]) -> Iterator[tuple[slice, slice, list[CumulativeLayer]]]:
    wide, high = (COLUMNS, ROWS) if y.device.type == "cpu" else (y.shape[1], len(y))
    for start in range(0, y.shape[1], wide):
        columns = slice(start, start + wide)
        parts = [plane[..., columns] for plane in planes]
        layers = list(zip(parts[::3], parts[1::3], [*parts[2::3], None], strict=True))
        for first in range(0, len(y), high):
            yield slice(first, first + high), columns, layers


def _layers_forward(
    y: Tensor, layers: list[CumulativeLayer]
) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Logits [n, c] of y [n, c], and x [w, n, c] and sigmoid(2 u) [w', n, c] of each layer."""
    x, kept = y.unsqueeze(0), []
    for matrix, bias, factor in layers:
        u = torch.addcmul(bias.unsqueeze(1), matrix[:, 0].unsqueeze(1), x[0])
        for j in range(1, len(x)):
            u.addcmul_(matrix[:, j].unsqueeze(1), x[j])
        bend = u if factor is None else torch.sigmoid(u + u)
        kept.append((x, bend))
        x = u if factor is None else torch.addcmul(u, factor.unsqueeze(1), bend)
    return x[0], kept


def _layers_backward(g: Tensor, layers: list[CumulativeLayer], kept: list[tuple[Tensor, Tensor]],
                     shares: list[Tensor]) -> Tensor:
    """Gradient of y [n, c] from that of the logits; those of the planes are added to `shares`."""
    g = g.unsqueeze(0)
    for number in reversed(range(len(layers))):
        (matrix, _, factor), (x, bend) = layers[number], kept[number]
        g_matrix, g_bias = shares[3 * number:3 * number + 2]
        if factor is not None:
            shares[3 * number + 2] += (g * bend).sum(1)
            slope = torch.addcmul(bend, bend, bend, value=-1)
            g = slope.mul_(2 * factor.unsqueeze(1)).add_(1).mul_(g)
        g_bias += g.sum(1)
        for j in range(len(x)):
            g_matrix[:, j] += (g * x[j]).sum(1)
        below = matrix[0].unsqueeze(1) * g[0]
        for i in range(1, len(g)):
            below.addcmul_(matrix[i].unsqueeze(1), g[i])
        g = below
    return g[0]
