"""How often each channel of a latent takes each value, with a straight-through gradient.

The B bins have width 1; bin i counts the values that round to i - B/2, medians taken off.
Forward gives exact counts, backward the gradient of a triangular kernel. Source: [ICIP24].
"""

from typing import Any

import torch
from torch import Tensor


def histogram(y: Tensor, bins: int) -> Tensor:
    """Shares of each channel's values in each bin: y [S, M, n], medians taken off, -> p [S, M, B].

    Rows sum to one: values outside count for the outermost bin (a coder escapes them). The gradient
    is that of p_i = mean of max(0, 1 - |y - i + B/2|), and zero outside.
    """
    return _Histogram.apply(y, bins)


def counts(symbols: Tensor, bins: int) -> Tensor:
    """How many integers [S, M, n] fall into each bin: int64 [S, M, B]."""
    samples, channels, _ = symbols.shape
    rows = samples * channels
    bin_ = (symbols + bins // 2).clamp(0, bins - 1)
    row = torch.arange(rows, device=symbols.device).view(samples, channels, 1)
    place = bin_ + bins * row
    return torch.bincount(place.flatten(), minlength=rows * bins).view(samples, channels, bins)


class _Histogram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, bins: int) -> Tensor:
        """Exact counts of the rounded values, as shares."""
        ctx.save_for_backward(y)
        return counts(torch.round(y).long(), bins).to(y.dtype) / y.shape[-1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """As a value between two bins grows, the lower bin loses what the upper one gains."""
        (y,), (gradient,) = ctx.saved_tensors, gradients
        bins = gradient.shape[-1]
        lower = torch.floor(y).long() + bins // 2
        slopes = torch.diff(gradient, dim=-1)
        inside = (lower >= 0) & (lower < bins - 1)
        slope = slopes.gather(-1, lower.clamp(0, bins - 2))
        return torch.where(inside, slope, 0) / y.shape[-1], None
