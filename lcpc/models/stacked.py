"""Layers for whole curves: L networks of one shape side by side, so that all lambdas of a curve train in one pass.

Every parameter and buffer has a leading member axis [L, ...]; member l never touches another, so that training L
members together equals training each alone (same seed, up to the order of floating-point sums).
"""

import math

import torch
from torch import Tensor, nn


def uniform(members: int, shape: tuple[int, ...], fan_in: int, generator: torch.Generator) -> Tensor:
    """Initial values U(-1/sqrt(fan_in), 1/sqrt(fan_in)), the same for all members: [L, *shape]."""
    bound = 1 / math.sqrt(fan_in)
    value = torch.empty(shape).uniform_(-bound, bound, generator=generator)
    return value.expand(members, *shape).clone()


class StackedLinear(nn.Module):
    """L fully connected layers: [L, B, C_in] -> [L, B, C_out]."""

    def __init__(self, members: int, c_in: int, c_out: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(uniform(members, (c_in, c_out), c_in, generator))
        self.bias = nn.Parameter(uniform(members, (1, c_out), c_in, generator))

    def forward(self, x: Tensor) -> Tensor:
        """Affine map of each member's batch."""
        return torch.baddbmm(self.bias, x, self.weight)


class StackedNorm(nn.Module):
    """Batch normalisation with statistics, scale and shift a member and channel: [L, C]."""

    def __init__(self, members: int, channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(members, channels))
        self.bias = nn.Parameter(torch.zeros(members, channels))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.zeros(members, channels))
        self.register_buffer("running_var", torch.ones(members, channels))

    def affine(self, mean: Tensor, var: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Scale and shift [L, C] that normalise by the batch's statistics (training) or the running ones."""
        if self.training:
            self._update(mean.detach(), var.detach() * count / max(count - 1, 1))
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(var + self.eps)
        return scale, self.bias - mean * scale

    def _update(self, mean: Tensor, var: Tensor) -> None:
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var, self.momentum)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise [L, B, C] or [L, B, C, P] over all but members and channels."""
        over = (1,) if x.dim() == 3 else (1, 3)
        shape = (x.shape[0], 1, x.shape[2]) + (1,) * (x.dim() - 3)
        mean = var = x.new_empty(0)
        if self.training:  # two plain means: torch.var_mean is many times slower on the CPU
            mean = x.mean(over)
            var = (x - mean.view(shape)).square().mean(over)
        scale, shift = self.affine(mean, var, x.numel() // (x.shape[0] * x.shape[2]))
        return torch.addcmul(shift.view(shape), x, scale.view(shape))


class StackedPointwise(nn.Module):
    """L grouped convolutions of kernel size 1 without bias: [L or 1, B, C_in, P] -> [L, B, C_out, P]."""

    def __init__(self, members: int, c_in: int, c_out: int, groups: int, generator: torch.Generator) -> None:
        super().__init__()
        self.c_in, self.c_out, self.groups = c_in, c_out, groups
        self.weight = nn.Parameter(uniform(members, (groups, c_out // groups, c_in // groups), c_in // groups, generator))

    def split(self, h: Tensor) -> Tensor:
        """Input by groups: [., B, C_in, P] -> [., B, G, C_in / G, P]."""
        return h.unflatten(2, (self.groups, self.c_in // self.groups))

    def forward(self, h: Tensor) -> Tensor:
        """Convolve every point."""
        return torch.matmul(self.weight.unsqueeze(1), self.split(h)).flatten(2, 3)


def channel_shuffle(h: Tensor, groups: int) -> Tensor:
    """Interleave the channels of the groups: [L, B, G * C, P] -> [L, B, C * G, P]."""
    return h.unflatten(2, (groups, -1)).transpose(2, 3).flatten(2, 3)
