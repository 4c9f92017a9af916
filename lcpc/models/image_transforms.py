"""g_a and g_s of bmshj2018-factorized: convolutions of stride 2 with divisive normalisations.

    g_a: x  -> conv -> GDN  -> conv -> GDN  -> conv -> GDN  -> conv -> y
    g_s: y^ -> conv^T -> IGDN -> conv^T -> IGDN -> conv^T -> IGDN -> conv^T -> x^

    GDN: x_i / sqrt(beta_i + sum_j gamma_ij x_j^2)        IGDN: x_i * sqrt(beta_i + ...)

Names of weights, their first values for a seed, and every result are those of CompressAI's
`FactorizedPrior` (a test holds the two equal), whose import alone would take 20 s of processor
time. Source: Ballé et al., *End-to-end optimized image compression*.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.models.bottleneck import FactorizedDensity, LowerBound

KERNEL, STRIDE = 5, 2
LAYERS = 4
RGB = 3
OFFSET = 2.0**-18
"""Trained values are the roots of beta and gamma, plus the square of this."""
LEAST_BETA = 1e-6
FIRST_GAMMA = 0.1
FIRST_SPREAD = 8.0
"""Gives the first y a standard deviation of some 4, and the first x^ one of some 1/4."""


class Bound(nn.Module):
    """Holds the least value of a trained tensor, where CompressAI's weights have it."""

    def __init__(self, bound: float) -> None:
        super().__init__()
        self.bound: Tensor
        self.register_buffer("bound", torch.tensor([bound]))


class NonNegative(nn.Module):
    """Trained value v -> max(v, bound)^2 - pedestal, which is never below `least`."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.pedestal: Tensor
        self.register_buffer("pedestal", torch.tensor([OFFSET**2]))
        self.lower_bound = Bound((least + OFFSET**2) ** 0.5)

    def trained(self, value: Tensor) -> Tensor:
        """The trained tensor that gives `value`."""
        return torch.sqrt(torch.max(value + self.pedestal, self.pedestal))

    def forward(self, trained: Tensor) -> Tensor:
        """The value that a trained tensor gives."""
        bounded: Tensor = LowerBound.apply(trained, self.lower_bound.bound)
        return bounded**2 - self.pedestal


class GDN(nn.Module):
    """Divisive normalisation over channels, or its approximate inverse: [B, N, H, W] to the
    same."""

    def __init__(self, channels: int, inverse: bool = False) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta_reparam, self.gamma_reparam = NonNegative(LEAST_BETA), NonNegative(0.0)
        self.beta = nn.Parameter(self.beta_reparam.trained(torch.ones(channels)))
        gamma = FIRST_GAMMA * torch.eye(channels)
        self.gamma = nn.Parameter(self.gamma_reparam.trained(gamma))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x [B, N, H, W]."""
        beta, gamma = self.beta_reparam(self.beta), self.gamma_reparam(self.gamma)
        norm = F.conv2d(x**2, gamma[..., None, None], beta)
        scale = torch.sqrt(norm) if self.inverse else torch.rsqrt(norm)
        return x * scale


def transforms(n: int, m: int, seed: int) -> tuple[nn.Sequential, nn.Sequential]:
    """(g_a, g_s) with N and M channels, their first weights drawn as CompressAI draws them after
    `torch.manual_seed(seed)`."""
    generator = torch.Generator().manual_seed(seed)
    FactorizedDensity(m, generator)  # CompressAI's network draws its density first
    g_a = _transform([RGB, n, n, n, m], False, generator)
    g_s = _transform([m, n, n, n, RGB], True, generator)
    return g_a, g_s


@torch.no_grad()
def spread(g_a: nn.Sequential, g_s: nn.Sequential) -> None:
    """Scale first weights such that y has a spread beyond that of its noise, and x^ that of images.

    As drawn, a convolution shrinks what passes by 3^(1/2) and a transposed one by 12^(1/2): y is
    lost in the noise and x^ a constant for hundreds of steps.
    """
    for factor, transform in ((3**0.5, g_a), (12**0.5, g_s)):
        for layer in transform[::2]:
            layer.get_parameter("weight").mul_(factor)
    g_a[-1].get_parameter("weight").mul_(FIRST_SPREAD)
    for layer in (g_s[0], g_s[-1]):
        layer.get_parameter("weight").div_(FIRST_SPREAD)


def _transform(widths: list[int], inverse: bool, generator: torch.Generator) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(LAYERS):
        layers.append(_convolution(widths[index], widths[index + 1], inverse, generator))
        layers.append(GDN(widths[index + 1], inverse))
    return nn.Sequential(*layers[:-1])


def _convolution(c_in: int, c_out: int, inverse: bool, generator: torch.Generator) -> nn.Module:
    layer: nn.Conv2d | nn.ConvTranspose2d
    if inverse:
        layer = nn.ConvTranspose2d(
            c_in, c_out, KERNEL, STRIDE, KERNEL // 2, STRIDE - 1, device="meta")
    else:
        layer = nn.Conv2d(c_in, c_out, KERNEL, STRIDE, KERNEL // 2, device="meta")
    layer.to_empty(device=torch.get_default_device())
    nn.init.kaiming_uniform_(layer.weight, math.sqrt(5), generator=generator)
    # fan-in as torch counts it, from the second axis of a transposed convolution too
    limit = 1 / math.sqrt(layer.weight[0].numel())
    assert layer.bias is not None
    nn.init.uniform_(layer.bias, -limit, limit, generator=generator)
    return layer
