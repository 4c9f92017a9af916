"""How often each channel of a latent takes each value: exact counts forward, a triangular kernel's gradient backward.

The B bins have width 1; bin i stands for the values that round to i - B/2, with the median of the channel as zero.
Source: [ICIP24], the straight-through histogram.
"""

from typing import Any

import torch
from torch import Tensor


def histogram(y: Tensor, bins: int) -> Tensor:
    """Shares of the values of each channel that fall into each bin: y [S, M, n], medians taken off, -> p [S, M, B].

    Rows sum to one: what lies outside counts for the outermost bin (a coder escapes it). The gradient is that of
    p_i = mean of max(0, 1 - |y - i + B/2|), and nothing outside.
    """
    return _Histogram.apply(y, bins)


def counts(symbols: Tensor, bins: int) -> Tensor:
    """How many integers [S, M, n] fall into each bin: int64 [S, M, B]."""
    samples, channels, _ = symbols.shape
    place = (symbols + bins // 2).clamp(0, bins - 1)
    place = place + bins * torch.arange(samples * channels).view(samples, channels, 1)
    return torch.bincount(place.flatten(), minlength=samples * channels * bins).view(samples, channels, bins)


class _Histogram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, bins: int) -> Tensor:
        """Exact counts of the rounded values, as shares."""
        ctx.save_for_backward(y)
        return counts(torch.round(y).long(), bins).to(y.dtype) / y.shape[-1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """A value between two bins takes from the lower and gives to the upper as it grows."""
        (y,), (gradient,) = ctx.saved_tensors, gradients
        bins = gradient.shape[-1]
        lower = torch.floor(y).long() + bins // 2
        slopes = torch.diff(gradient, dim=-1)
        inside = (lower >= 0) & (lower < bins - 1)
        slope = slopes.gather(-1, lower.clamp(0, bins - 2))
        return torch.where(inside, slope, 0) / y.shape[-1], None
