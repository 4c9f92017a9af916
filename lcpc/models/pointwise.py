"""Three exact operations that make pointwise blocks cheap: moments of the input, affine map + ReLU, affine map + max-pool.

A block is Conv1d (kernel 1), BatchNorm, ReLU: y = ReLU(s (w h - m) + beta) for each output channel, m and v the batch mean
and variance of w h, s = gamma / sqrt(v + eps). With mu = E[h] and S = Cov[h] over all points of the batch,

    m = w mu,    v = w S w^T,    y = ReLU(W' h + t),    W' = s w,    t = beta - W' mu,

so the batch norm costs two moments of the block's *input*, and its activations are written once, after the ReLU.
mu, S, W' and t are small; their gradients are plain autograd's. Shapes here have M networks side by side, M = 1 where
all of them read the same h: h [M, K, N], W' [M, O, K], t [M, O], N points (clouds x points).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

RESPONSES = 1 << 20
"""Responses (floats) worked out at a time in the search for the max: 4 MiB stay in the cache of a core."""


LONG, PARTS = 256, 16
"""From this many points on, the search for the max takes two steps: over this many parts, then within the best."""


class Moments(torch.autograd.Function):
    """Mean [M, K] and covariance [M, K, K] of h [M, K, N] over its points.

    Gradient: h_n gets g_mu / N from the mean and (G + G^T)(h_n - mu) / N from the covariance; that h's own mean moves in
    S too adds nothing, since the centred points sum to zero. One matrix product, no activation-sized temporary but itself.
    """

    @staticmethod
    def forward(ctx: Any, h: Tensor) -> tuple[Tensor, Tensor]:
        """Centred before the product: E[h h^T] - mu mu^T would lose digits where the mean is large."""
        mean = h.mean(-1)
        centred = h - mean.unsqueeze(-1)
        covariance = centred @ centred.mT / h.shape[-1]
        ctx.save_for_backward(h, mean)
        return mean, covariance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_mean: Tensor, g_covariance: Tensor) -> Tensor:
        """d loss / d h [M, K, N]."""
        h, mean = ctx.saved_tensors
        pull = (g_covariance + g_covariance.mT) / h.shape[-1]
        offset = g_mean.unsqueeze(-1) / h.shape[-1] - pull @ mean.unsqueeze(-1)
        return torch.baddbmm(offset, pull, h)


class AffineReLU(torch.autograd.Function):
    """ReLU(W' h + t): h [M, K, N], W' [M, O, K], t [M, O] -> [M, O, N]; keeps its input and its output, nothing else."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, shift: Tensor) -> Tensor:
        """One matrix product, rectified in place."""
        y = torch.baddbmm(shift.unsqueeze(-1), weight, h).relu_()
        ctx.save_for_backward(h, weight, y)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_y: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        """Gradients of h, W' and t; h's only where somebody asks."""
        h, weight, y = ctx.saved_tensors
        g_z = torch.ops.aten.threshold_backward(g_y, y, 0)
        g_h = weight.mT @ g_z if ctx.needs_input_grad[0] else None
        return g_h, g_z @ h.mT, g_z.sum(-1)


class AffineMax(torch.autograd.Function):
    """max_p (W' h_p + t) of each cloud: h [M, K, B, P], W' [M, O, K], t [M, O] -> [M, O, B], without the responses.

    The max of an affine map is reached at one point p*(b, o), so with g [M, O, B]

        d/dW'_o = sum_b g_ob h_b,p*      d/dh_b,p = sum_{o: p*(b, o) = p} g_ob W'_o      d/dt_o = sum_b g_ob,

    which are two weighted sums over M O B winners instead of M O B P responses (table rows by `embedding_bag`).
    Of equal points one gets the gradient of all; the gradients of W' and t don't depend on which.
    """

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, shift: Tensor) -> Tensor:
        """Searches with the responses in the cache, a few clouds at a time."""
        value, index = best_points(h, weight)
        ctx.save_for_backward(h, weight, index)
        return value + shift.unsqueeze(-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        """Gradients of h, W' and t; h's only where somebody asks."""
        h, weight, index = ctx.saved_tensors
        rows = index + torch.arange(h.shape[2]) * h.shape[3]  # number of each winner among all points of the batch
        few = h.shape[3] > weight.shape[1]  # fewer winners than points
        pick, put = (_picked_columns, _put_columns) if few else (_picked_rows, _put_rows)
        g_weight = torch.stack([pick(*one) for one in zip(h.flatten(2), rows, g, strict=True)])
        if not ctx.needs_input_grad[0]:
            return None, g_weight, g.sum(-1)
        g_h = torch.empty_like(h)
        for one in zip(g_h.flatten(2), weight, rows, g, strict=True):
            put(*one)
        return g_h, g_weight, g.sum(-1)


def _picked_rows(h: Tensor, rows: Tensor, g: Tensor) -> Tensor:
    """sum_b g [O, B] h[:, rows [O, B]]: [O, K]."""
    return F.embedding_bag(rows, h.t().contiguous(), per_sample_weights=g, mode="sum")


def _put_rows(target: Tensor, weight: Tensor, rows: Tensor, g: Tensor) -> None:
    """For each point the sum of g_ob W'_o over the (o, b) that it wins, into target [K, N]."""
    ordered, order = rows.flatten().sort()
    offsets = torch.searchsorted(ordered, torch.arange(target.shape[1]))
    channel = order.div(rows.shape[1], rounding_mode="floor")
    target.copy_(F.embedding_bag(channel, weight, offsets, per_sample_weights=g.flatten()[order], mode="sum").t())


def _picked_columns(h: Tensor, rows: Tensor, g: Tensor) -> Tensor:
    """The same as `_picked_rows`, without turning h."""
    picked = h.index_select(1, rows.flatten()).unflatten(1, rows.shape)
    return (picked * g).sum(-1).t()


def _put_columns(target: Tensor, weight: Tensor, rows: Tensor, g: Tensor) -> None:
    """The same as `_put_rows`, without turning the target."""
    values = (weight.t().unsqueeze(-1) * g).flatten(1)
    target.zero_().scatter_add_(1, rows.flatten().expand_as(values), values)


def best_points(h: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Largest response W' h_p of each cloud and its point p*: values and indices [M, O, B] of h [M, K, B, P]."""
    members, _, batch, points = h.shape
    outputs = weight.shape[1]
    clouds = max(1, RESPONSES // (outputs * points))
    value = h.new_empty(members, outputs, batch)
    index = torch.empty(members, outputs, batch, dtype=torch.long)
    for m in range(members):
        for b in range(0, batch, clouds):
            part = h[m, :, b:b + clouds]
            response = (weight[m] @ part.flatten(1)).view(outputs, -1, points)
            value[m, :, b:b + clouds], index[m, :, b:b + clouds] = largest(response)
    return value, index


def largest(response: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum over the last axis and an index of it. Long axes in two steps: a maximum without index is ten times faster."""
    points = response.shape[-1]
    if points < LONG or points % PARTS:
        value, index = response.max(-1)
        return value, index
    parts = response.unflatten(-1, (PARTS, points // PARTS))
    value, column = parts.amax(-2).max(-1)
    candidates = parts.gather(-1, column[..., None, None].expand(*response.shape[:-1], PARTS, 1)).squeeze(-1)
    return value, candidates.argmax(-1) * (points // PARTS) + column
