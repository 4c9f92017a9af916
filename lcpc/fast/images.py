"""The transforms of an image base on an accelerator: 16-bit convolutions, and divisive
normalisations as products of matrices with a backward pass of their own.

    s = x^2, n = beta + s gamma^T;  GDN: y = x n^(-1/2),  IGDN: y = x n^(1/2);  rows x [P, N]

What is kept and moved has the type that the convolutions give (16 bits under autocast); sums are
float32 in every kernel. A normalisation is bound by memory: plain autograd moves twice as much.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from lcpc.models.bottleneck import LowerBound
from lcpc.models.image_transforms import GDN

Values: TypeAlias = dict[GDN, tuple[Tensor, Tensor]]
"""(beta [N], gamma [N, N]) of each normalisation."""


class Normalisation(torch.autograd.Function):
    """GDN or IGDN of x [B, N, H, W], channels last in memory, in the type of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, beta: Tensor, gamma: Tensor, inverse: bool) -> Tensor:
        """Normalise, and keep what backward needs."""
        with torch.autocast(x.device.type, enabled=False):
            rows = _rows(x)
            beta, gamma = beta.to(x.dtype), gamma.to(x.dtype)
            square = rows * rows
            norm = torch.addmm(beta, square, gamma.t())
            scale = norm.sqrt_() if inverse else norm.rsqrt_()
            y = rows * scale
        ctx.inverse = inverse
        ctx.save_for_backward(rows, square, scale, y, gamma)
        return _image(y, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of x, and of beta and gamma in float32."""
        rows, square, scale, y, gamma = ctx.saved_tensors
        g_y = _rows(gradient)
        direct = g_y * scale
        if ctx.inverse:
            factor, slope = 0.5, (g_y * rows).div_(scale)
        else:
            factor, slope = -0.5, (direct * y).mul_(scale)
        # factor * slope is the gradient of n
        g_square = slope @ gamma
        g_rows = torch.addcmul(direct, rows, g_square, value=2 * factor)
        g_gamma = factor * (slope.t() @ square).float()
        g_beta = factor * slope.sum(0, dtype=torch.float32)
        return _image(g_rows, gradient), g_beta, g_gamma, None


def _rows(x: Tensor) -> Tensor:
    # [B, N, H, W] -> [B H W, N]
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def _image(rows: Tensor, like: Tensor) -> Tensor:
    batch, channels, height, width = like.shape
    # [B H W, N] -> [B, N, H, W]
    return rows.view(batch, height, width, channels).permute(0, 3, 1, 2)


def normalisations(*transforms: nn.Sequential) -> Values:
    """beta and gamma of all normalisations of some transforms, in a few kernels for all of them."""
    layers = [layer for layers in transforms for layer in layers if isinstance(layer, GDN)]
    trained = [tensor for layer in layers for tensor in (layer.beta, layer.gamma)]
    forms = [form for layer in layers for form in (layer.beta_reparam, layer.gamma_reparam)]
    sizes = [tensor.numel() for tensor in trained]
    bounds = _spread([form.lower_bound.bound for form in forms], sizes)
    pedestals = _spread([form.pedestal for form in forms], sizes)
    bounded = LowerBound.apply(torch.cat([tensor.flatten() for tensor in trained]), bounds)
    parts = (bounded.square() - pedestals).split(sizes)
    values = [part.view_as(tensor) for part, tensor in zip(parts, trained, strict=True)]
    return dict(zip(layers, zip(values[::2], values[1::2], strict=True), strict=True))


def _spread(values: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    pairs = zip(values, sizes, strict=True)
    return torch.cat([value.expand(size) for value, size in pairs])


def transformed(layers: Iterable[nn.Module], x: Tensor, values: Values) -> Tensor:
    """g_a or g_s of x [B, C, H, W], channels last in memory."""
    for layer in layers:
        if isinstance(layer, GDN):
            x = Normalisation.apply(x, *values[layer], layer.inverse)
        else:
            x = layer(x)
    return x
