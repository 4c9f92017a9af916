"""Exact operations that make pointwise blocks cheap: affine map + ReLU with its moments, affine map + max-pool.

A block is Conv1d (kernel 1), BatchNorm, ReLU: y = ReLU(s (w h - m) + beta) for each output channel, m and v the batch mean
and variance of w h, s = gamma / sqrt(v + eps). With mu = E[h] and S = Cov[h] over all points of the batch,

    m = w mu,    v = w S w^T,    y = ReLU(W' h + t),    W' = s w,    t = beta - W' mu,

so the batch norm costs two moments of the block's *input*, and its activations are written once, after the ReLU.
mu, S, W' and t are small; their gradients are plain autograd's.

Shapes: the clouds of a batch lie in C chunks of c clouds, M networks side by side, M = 1 where all of them read the same h:
h [C, M, K, c, P], W' [M, O, K], t [M, O]. A chunk is worked through while it is in the cache, forward and back: its
product, ReLU and share of the moments in one go, its gradients in another.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

RESPONSES = 1 << 20
"""Responses (floats) worked out at a time in the search for the max: 4 MiB stay in the cache of a core."""

LONG, COLUMNS = 128, 32
"""From this many points on, the search for the max takes two steps: among columns, then within the best column."""


class Spread:
    """Mean and covariance of points that come a chunk at a time, taken about the mean of the first chunk.

    E[h h^T] - mu mu^T about the origin would lose digits where the mean is large.
    """

    def __init__(self) -> None:
        self.count = 0

    def add(self, h: Tensor) -> None:
        """Take in a chunk [M, K, n]."""
        if not self.count:
            self.centre = h.mean(-1, keepdim=True)
            self.total = torch.zeros_like(self.centre)
            self.product = h.new_zeros(*h.shape[:2], h.shape[1])
        moved = h - self.centre
        self.total += moved.sum(-1, keepdim=True)
        self.product.baddbmm_(moved, moved.mT)
        self.count += h.shape[-1]

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean [M, K] and covariance [M, K, K] of what came."""
        offset = self.total / self.count
        return (self.centre + offset).squeeze(-1), self.product / self.count - offset @ offset.mT


@torch.no_grad()
def moments(h: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [M, K] and covariance [M, K, K] of h [C, M, K, c, P] over its points; no gradient passes."""
    spread = Spread()
    for chunk in h.flatten(3):
        spread.add(chunk)
    return spread.moments()


class AffineReLU(torch.autograd.Function):
    """y = ReLU(W' h + t) and the moments of y: h [C, M, K, c, P] -> y [C, L, O', c, P], mean [L, O'], covariance [L, O', O'].

    L `networks` have O' = M O / L outputs each; without `moments`, the last two are empty. With g_y, g_mu, g_S the gradients
    of the three and N points in all, y gets g_y + g_mu / N + (g_S + g_S^T)(y - mu) / N (that its own mean moves in S too adds
    nothing: centred points sum to zero), ReLU masks it, and W', t and h follow as for any affine map. Keeps its input and its
    output, nothing else.
    """

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, shift: Tensor, networks: int,
                moments: bool = True) -> tuple[Tensor, Tensor, Tensor]:
        """Chunk by chunk: one product, rectified in place, and its share of the moments."""
        y = h.new_empty(len(h), networks, weight[..., 0].numel() // networks, *h.shape[3:])
        spread = Spread()
        for chunk, out in zip(h.flatten(3), y.flatten(3), strict=True):
            torch.bmm(weight, chunk, out=out.view(len(weight), -1, chunk.shape[-1])).add_(shift.unsqueeze(-1)).relu_()
            if moments:
                spread.add(out)
        mean, covariance = spread.moments() if moments else (h.new_empty(0), h.new_empty(0))
        ctx.save_for_backward(h, weight, y, mean)
        return y, mean, covariance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g_y: Tensor, g_mean: Tensor, g_covariance: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of h, W' and t; h's only where somebody asks."""
        h, weight, y, mean = ctx.saved_tensors
        if mean.numel():
            count = y[:, 0, 0].numel()
            pull = (g_covariance + g_covariance.mT) / count
            offset = g_mean.unsqueeze(-1) / count - pull @ mean.unsqueeze(-1)
        g_h = torch.empty_like(h) if ctx.needs_input_grad[0] else None
        g_weight, g_shift = torch.zeros_like(weight), weight.new_zeros(weight.shape[:2])
        for index, (chunk, out, g_out) in enumerate(zip(h.flatten(3), y.flatten(3), g_y.flatten(3), strict=True)):
            g = torch.add(g_out, offset).baddbmm_(pull, out) if mean.numel() else g_out
            g = torch.ops.aten.threshold_backward(g, out, 0).view(len(weight), -1, g.shape[-1])
            g_weight.baddbmm_(g, chunk.mT)
            g_shift += g.sum(-1)
            if g_h is not None:
                torch.bmm(weight.mT, g, out=g_h[index].flatten(2))
        return g_h, g_weight, g_shift, None, None


class AffineMax(torch.autograd.Function):
    """max_p (W' h_p + t) of each cloud: h [C, M, K, c, P], W' [M, O, K], t [M, O] -> [M, O, C c], without the responses.

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
        clouds, points = h.shape[3:]
        few = points > weight.shape[1]  # fewer winners than points
        pick, put = (_picked_columns, _put_columns) if few else (_picked_rows, _put_rows)
        g_h = torch.empty_like(h) if ctx.needs_input_grad[0] else None
        g_weight = torch.zeros_like(weight)
        rows = index.unflatten(-1, (-1, clouds)) + torch.arange(clouds) * points  # number of each winner in its chunk
        shares = g.unflatten(-1, (-1, clouds))
        for c, chunk in enumerate(h.flatten(3)):
            for m, one in enumerate(chunk):
                where, share = rows[m, :, c], shares[m, :, c].contiguous()
                g_weight[m] += pick(one, where, share)
                if g_h is not None:
                    put(g_h[c, m].flatten(1), weight[m], where, share)
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
    """Largest response W' h_p of each cloud and its point p*: values and indices [M, O, C c] of h [C, M, K, c, P]."""
    chunks, members, _, batch, points = h.shape
    outputs = weight.shape[1]
    clouds = max(1, RESPONSES // (outputs * points))
    value = h.new_empty(members, outputs, chunks, batch)
    index = torch.empty(value.shape, dtype=torch.long)
    for c, m in ((c, m) for c in range(chunks) for m in range(members)):
        for b in range(0, batch, clouds):
            part = h[c, m, :, b:b + clouds]
            response = (weight[m] @ part.flatten(1)).view(outputs, -1, points)
            value[m, :, c, b:b + clouds], index[m, :, c, b:b + clouds] = largest(response)
    return value.flatten(2), index.flatten(2)


def largest(response: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum over the last axis and an index of it. Long axes in two steps: a maximum without index is ten times faster."""
    points = response.shape[-1]
    if points < LONG or points % COLUMNS:
        value, index = response.max(-1)
        return value, index
    rows = response.unflatten(-1, (-1, COLUMNS))
    value, column = rows.amax(-2).max(-1)
    candidates = rows.gather(-1, column[..., None, None].expand(*rows.shape[:-1], 1)).squeeze(-1)
    return value, candidates.argmax(-1) * COLUMNS + column
