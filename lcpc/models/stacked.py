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

    def update(self, running: tuple[Tensor, Tensor], mean: Tensor, var: Tensor, count: int) -> None:
        """Move running statistics towards those of a batch of `count` values a channel (the variance unbiased)."""
        running[0].lerp_(mean.detach(), self.momentum)
        running[1].lerp_(var.detach() * (count / max(count - 1, 1)), self.momentum)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise [L, B, C] over the batch (training) or by the running statistics."""
        mean, var = self.running_mean, self.running_var
        if self.training:  # two plain means: torch.var_mean is many times slower on the CPU
            mean = x.mean(1)
            var = (x - mean.unsqueeze(1)).square().mean(1)
            self.update((self.running_mean, self.running_var), mean, var, x.shape[1])
        scale = self.weight * torch.rsqrt(var + self.eps)
        return torch.addcmul((self.bias - mean * scale).unsqueeze(1), x, scale.unsqueeze(1))


class StackedPointwise(nn.Module):
    """The weights of L grouped convolutions of kernel size 1 without bias; `lcpc.models.point_encoder` applies them."""

    def __init__(self, members: int, c_in: int, c_out: int, groups: int, generator: torch.Generator) -> None:
        super().__init__()
        self.c_in, self.c_out, self.groups = c_in, c_out, groups
        self.weight = nn.Parameter(uniform(members, (groups, c_out // groups, c_in // groups), c_in // groups, generator))

    def matrix(self, shuffle: int = 1) -> Tensor:
        """The matrix [L, C_out, C_in] that convolves a point: groups as blocks on its diagonal.

        With `shuffle` G, a channel shuffle of the input (G groups of C -> C groups of G) is in the order of its columns,
        so that no activations move.
        """
        if self.groups == 1:
            dense = self.weight[:, 0]
        else:
            diagonal = torch.eye(self.groups, dtype=self.weight.dtype, device=self.weight.device)
            dense = (diagonal.view(1, self.groups, 1, self.groups, 1) * self.weight.unsqueeze(3)).flatten(3).flatten(1, 2)
        return dense.unflatten(-1, (-1, shuffle)).transpose(-1, -2).flatten(-2) if shuffle > 1 else dense
