"""Exact operations that make pointwise blocks cheap: affine map + ReLU with its moments, affine
map + max-pool.

A block is Conv1d (kernel 1), BatchNorm, ReLU: y = ReLU(s (w h - m) + beta) for each output
channel, m and v the batch mean and variance of w h, s = gamma / sqrt(v + eps). With mu = E[h] and
S = Cov[h] over all points of the batch,

    m = w mu,    v = w S w^T,    y = ReLU(W' h + t),    W' = s w,    t = beta - W' mu,

so the batch norm costs two moments of the block's *input*, and its activations are written once,
after the ReLU. mu, S, W' and t are small; their gradients are plain autograd's.

Shapes: the clouds of a batch lie in C chunks of c clouds, M networks side by side, M = 1 where all
of them read the same h: h [C, M, K, c, P], W' [M, O, K], t [M, O]. A chunk is worked through while
it is in the cache, forward and back: its product, ReLU and share of the moments in one go, its
gradients in another. As many chunks as there are threads go side by side, a batch of products, one
for each core: two cores that share one product wait for each other.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

RESPONSES = 1 << 20
"""Responses (floats) that a thread works out at a time in the search for the max: 4 MiB stay in
the cache that cores share."""

FEWEST = 32
"""Channels that are searched at a time at least: fewer make a poor product."""

ACCELERATED = 1 << 27
"""Floats (512 MiB) that an accelerator works on at a time, whatever a processor's cache would
hold."""

WIDE = 64
"""From this many channels on those of a point lie together, where the max gathers and scatters
them as rows."""


def at_a_time(floats: int, device: torch.device) -> int:
    """How many floats to work on at a time: `floats` on a processor, for its cache; an accelerator
    wants few, large pieces."""
    return floats if device.type == "cpu" else ACCELERATED


def side_by_side(count: int) -> Iterator[slice]:
    """Chunks 0 .. count - 1, as many at a time as there are threads."""
    threads = torch.get_num_threads()
    return (slice(first, first + threads) for first in range(0, count, threads))


def repeated(value: Tensor, times: int) -> Tensor:
    """What belongs to M networks, for chunks side by side: [M, ...] -> [times M, ...]."""
    return value.expand(times, *value.shape).flatten(0, 1)


def laid_out(h: Tensor, networks: int, channels: int) -> Tensor:
    """Room for what a block makes of h [C, M, K, c, P]: [C, L, O', c, P], the points of a channel
    together in memory, or, of many channels, the channels of a point."""
    (chunks, shared, _), clouds = h.shape[:3], h.shape[3:]
    if channels < WIDE or networks > shared:
        return h.new_empty(chunks, networks, channels, *clouds)
    return h.new_empty(chunks, networks, *clouds, channels).permute(0, 1, 4, 2, 3)


def multiply(a: Tensor, b: Tensor, out: Tensor, kept: float = 0) -> None:
    """kept out + a b into `out`, a batch of products; they go side by side only where the result
    lies in order."""
    if not out.is_contiguous():
        a, b, out = b.mT, a.mT, out.mT
    torch.baddbmm(out, a, b, beta=kept, out=out)


class Spread:
    """Mean and covariance of points that come some chunks at a time, taken about the mean of the
    first that come.

    E[h h^T] - mu mu^T about the origin would lose digits where the mean is large.
    """

    def __init__(self) -> None:
        self.count = 0

    def add(self, h: Tensor) -> None:
        """Take in chunks [g, M, K, n]; never more at a time than the first time."""
        if not self.count:
            self.centre = h.mean((0, -1)).unsqueeze(-1)
            self.total = torch.zeros_like(self.centre)
            self.product = h.new_zeros(len(h), *h.shape[1:3], h.shape[2])
            self.room = torch.empty_like(h)
        moved = torch.sub(h, self.centre, out=self.room[:len(h)])
        self.total += moved.sum((0, -1)).unsqueeze(-1)
        flat = moved.flatten(0, 1)
        self.product[:len(h)].flatten(0, 1).baddbmm_(flat, flat.mT)
        self.count += len(h) * h.shape[-1]

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean [M, K] and covariance [M, K, K] of what came."""
        offset = self.total / self.count
        mean = (self.centre + offset).squeeze(-1)
        return mean, self.product.sum(0) / self.count - offset @ offset.mT


@torch.no_grad()
def moments(h: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [M, K] and covariance [M, K, K] of h [C, M, K, c, P] over its points; no gradient
    passes."""
    spread = Spread()
    for chunks in side_by_side(len(h)):
        spread.add(h[chunks].flatten(3))
    return spread.moments()


class AffineReLU(torch.autograd.Function):
    """y = ReLU(W' h + t) and the moments of y: h [C, M, K, c, P] -> y [C, L, O', c, P],
    mean [L, O'], covariance [L, O', O'].

    L `networks` have O' = M O / L outputs each; without `moments`, the last two are empty. With
    g_y, g_mu, g_S the gradients of the three and N points in all, y gets g_y + g_mu / N + (g_S +
    g_S^T)(y - mu) / N (that its own mean moves in S too adds nothing: centred points sum to zero),
    ReLU masks it, and W', t and h follow as for any affine map. Keeps its input and its
    output, nothing else.
    """

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, shift: Tensor, networks: int,
                moments: bool = True) -> tuple[Tensor, Tensor, Tensor]:
        """Chunk by chunk: one product, rectified in place, and its share of the moments."""
        y = laid_out(h, networks, weight[..., 0].numel() // networks)
        spread = Spread()
        for chunks in side_by_side(len(h)):
            part, out = h[chunks].flatten(3), y[chunks].flatten(3)
            flat = out.view(len(part) * len(weight), -1, part.shape[-1])
            multiply(repeated(weight, len(part)), part.flatten(0, 1), flat)
            flat.add_(repeated(shift, len(part)).unsqueeze(-1)).relu_()
            if moments:
                spread.add(out)
        mean, covariance = spread.moments() if moments else (h.new_empty(0), h.new_empty(0))
        ctx.save_for_backward(h, weight, y, mean)
        return y, mean, covariance

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, g_y: Tensor, g_mean: Tensor, g_covariance: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Gradients of h, W' and t; h's only where somebody asks."""
        h, weight, y, mean = ctx.saved_tensors
        if mean.numel():
            count = y[:, 0, 0].numel()
            pull = (g_covariance + g_covariance.mT) / count
            offset = g_mean.unsqueeze(-1) / count - pull @ mean.unsqueeze(-1)
        g_h = torch.empty_like(h) if ctx.needs_input_grad[0] else None
        together = min(len(h), torch.get_num_threads())
        # turned, since K <= O: few long rows make a slow product
        g_weight = weight.new_zeros(together, *weight.mT.shape)
        g_shift = weight.new_zeros(together, *weight.shape[:2])
        room = torch.empty_like(y[:together]).flatten(3)
        for chunks in side_by_side(len(h)):
            part, out, g = (
                h[chunks].flatten(3).flatten(0, 1),
                y[chunks].flatten(3).flatten(0, 1),
                g_y[chunks].flatten(3),
            )
            size = len(g)
            g_product = room[:size].flatten(0, 1)
            if mean.numel():
                g = torch.add(g, offset, out=room[:size])
                multiply(repeated(pull, size), out, g_product, kept=1)
            torch.ops.aten.threshold_backward(g.view_as(out), out, 0, grad_input=g_product)
            g = g_product.view(len(part), -1, part.shape[-1])
            g_weight[:size].flatten(0, 1).baddbmm_(part, g.mT)
            g_shift[:size] += g.sum(-1).view(size, *weight.shape[:2])
            if g_h is not None:
                multiply(repeated(weight.mT, size), g, g_h[chunks].flatten(3).flatten(0, 1))
        return g_h, g_weight.sum(0).mT, g_shift.sum(0), None, None


class AffineMax(torch.autograd.Function):
    """max_p (W' h_p + t) of each cloud: h [C, M, K, c, P], W' [M, O, K], t [M, O] -> [M, O, C c],
    without the responses.

    The max of an affine map is reached at one point p*(b, o), so with g [M, O, B]

        d/dW'_o = sum_b g_ob h_b,p*
        d/dh_b,p = sum_{o: p*(b, o) = p} g_ob W'_o
        d/dt_o = sum_b g_ob,

    which are two weighted sums over M O B winners instead of M O B P responses (table rows by
    `embedding_bag`). Of equal points one gets the gradient of all; the gradients of W' and t don't
    depend on which.
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
        chunks, networks, _, clouds, points = h.shape
        first = torch.arange(0, chunks * networks * clouds * points, points, device=h.device)
        first = first.view(chunks, networks, clouds).transpose(0, 1)
        winners = index + first.flatten(1).unsqueeze(1)  # numbers in the whole of h
        of_columns = points > weight.shape[1]  # fewer winners than points
        g_h, g_weight = (_from_columns if of_columns else _from_rows)(
            h, weight, winners, g, ctx.needs_input_grad[0]
        )
        return g_h, g_weight, g.sum(-1)


def _from_rows(
    h: Tensor, weight: Tensor, winners: Tensor, g: Tensor, asked: bool
) -> tuple[Tensor | None, Tensor]:
    """Gradients of h (where it is asked for) and W' from g [M, O, B] and the numbers of the
    winners among the points of h.

    Both are sums of rows: of the points that a channel wins by, and of the channels that a point
    wins.
    """
    table = h.permute(0, 1, 3, 4, 2).flatten(0, 3)
    g_weight = F.embedding_bag(
        winners.flatten(0, 1), table, per_sample_weights=g.flatten(0, 1), mode="sum"
    ).view_as(weight)
    if not asked:
        return None, g_weight
    ordered, order = winners.flatten().sort()
    first = torch.searchsorted(ordered, torch.arange(len(table), device=h.device))
    channel = order.div(winners.shape[-1], rounding_mode="floor")
    g_table = F.embedding_bag(
        channel, weight.flatten(0, 1), first, per_sample_weights=g.flatten()[order], mode="sum"
    )
    return g_table.view(*h.shape[:2], *h.shape[3:], -1).permute(0, 1, 4, 2, 3), g_weight


def _from_columns(
    h: Tensor, weight: Tensor, winners: Tensor, g: Tensor, asked: bool
) -> tuple[Tensor | None, Tensor]:
    """The same as `_from_rows`, without turning h and its gradient."""
    chunks, networks = h.shape[:2]
    points = h[0, 0, 0].numel()
    g_h = torch.zeros_like(h) if asked else None
    g_weight = torch.zeros_like(weight)
    for c, m in ((c, m) for c in range(chunks) for m in range(networks)):
        clouds = slice(c * h.shape[3], (c + 1) * h.shape[3])
        number = (winners[m, :, clouds] - (c * networks + m) * points).flatten()
        share = g[m, :, clouds]
        picked = h[c, m].flatten(1).index_select(1, number).unflatten(1, share.shape)
        g_weight[m] += (picked * share).sum(-1).t()
        if g_h is not None:
            values = (weight[m].t().unsqueeze(-1) * share).flatten(1)
            g_h[c, m].flatten(1).scatter_add_(1, number.expand_as(values), values)
    return g_h, g_weight


def best_points(h: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Largest response W' h_p of each cloud and its point p*: values and indices [M, O, C c] of h
    [C, M, K, c, P]."""
    chunks, members, _, batch, points = h.shape
    value = h.new_empty(members, weight.shape[1], chunks, batch)
    index = torch.empty(value.shape, dtype=torch.long, device=h.device)
    room = h.new_empty(0)
    for clouds, size, outputs in _searched(
        batch, points, weight.shape[1], at_a_time(RESPONSES, h.device)
    ):
        for c, m in ((c, m) for c in range(chunks) for m in range(members)):
            part = (
                h[c, m, :, clouds].unflatten(1, (-1, size)).flatten(2).transpose(0, 1)
            )  # [g, K, size P]
            rows = repeated(weight[m:m + 1, outputs], len(part))
            if room.shape != (shape := (*rows.shape[:2], part.shape[2])):
                room = h.new_empty(shape)
            torch.bmm(rows, part, out=room)
            for target, values in zip(
                (value, index), largest(room.unflatten(2, (size, points))), strict=True
            ):
                target[m, outputs, c, clouds] = values.transpose(0, 1).flatten(1)
    return value.flatten(2), index.flatten(2)


def _searched(
    batch: int, points: int, outputs: int, responses: int
) -> Iterator[tuple[slice, int, slice]]:
    """Clouds to search at a time, how many of them are one thread's, and the channels: `responses`
    for each thread."""
    fewer = min(outputs, max(FEWEST, responses // points))
    size, first = min(batch, max(1, responses // (fewer * points))), 0
    while first < batch:
        threads = max(1, min(torch.get_num_threads(), (batch - first) // size))
        count = min(threads * size, batch - first)
        for channel in range(0, outputs, fewer):
            yield slice(first, first + count), count // threads, slice(channel, channel + fewer)
        first += count


def largest(response: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum over the last axis and the last index of it; `response` is written over.

    A maximum is a few times faster without its index, which is the largest number among those of
    the points that reach it.
    """
    value, exact = response.amax(-1), torch.promote_types(response.dtype, torch.float32)
    number = torch.arange(response.shape[-1], dtype=exact, device=response.device)
    return value, response.eq_(value.unsqueeze(-1)).to(exact).mul_(number).amax(-1).long()
