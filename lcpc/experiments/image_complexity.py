"""Weights and multiply-accumulates of the distribution model and of a scale hyperprior, counted on networks that are built."""

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from lcpc.config import HIGH_RATE, LOW_RATE, ImageNetwork
from lcpc.models.distribution_codec import STRIDE, DistributionShape, analysis, synthesis
from lcpc.models.image_factorized import STEP, ImageBase

if TYPE_CHECKING:
    import pandas

IMAGE_PX = (512, 768)
NETWORKS = (LOW_RATE, HIGH_RATE)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)


def counted() -> "pandas.DataFrame":
    """One row a configuration of Table 2.3; totals for the distribution model alone."""
    import pandas

    rows = [*(_distribution_row(network) for network in NETWORKS), *(_hyperprior_row(one.n, one.m) for one in NETWORKS)]
    columns = {"total_params_without": "Int64", "total_params_with": "Int64"}
    return pandas.DataFrame(rows).astype(columns)


def _distribution_row(network: ImageNetwork) -> dict[str, Any]:
    shape = DistributionShape(network.m, network.n_q, network.m_q, network.bins)
    p, q = torch.zeros(1, shape.m_y, shape.bins), torch.zeros(1, shape.m_q, shape.bins // STRIDE)
    row = _sides(analysis(shape), p, synthesis(shape), q)
    words = (shape.m_y, shape.n_q, shape.m_q, shape.kernel, shape.groups, shape.bins)
    without = density_and_transforms(ImageBase(network.n, network.m, seed=0))
    return {"model": "proposed", "configuration": f"(M_y,N_q,M_q,K,G,B)=({','.join(map(str, words))})", **row,
            "total_params_without": without,
            "total_params_with": without + row["analysis_params"] + row["synthesis_params"]}


def _hyperprior_row(n: int, m: int) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch, about what CompressAI does at its import
        from compressai.models.google import ScaleHyperprior

        network = ScaleHyperprior(n, m)
    height, width = (side // STEP for side in IMAGE_PX)
    y, z = torch.zeros(1, m, height, width), torch.zeros(1, n, height // 4, width // 4)
    return {"model": "bmshj2018-hyperprior", "configuration": f"(N,M)=({n},{m})", **_sides(network.h_a, y, network.h_s, z)}


def _sides(h_a: nn.Module, y: Tensor, h_s: nn.Module, z: Tensor) -> dict[str, Any]:
    pixels = IMAGE_PX[0] * IMAGE_PX[1]
    return {"analysis_params": weights(h_a), "analysis_macs_per_pixel": macs(h_a, y) / pixels,
            "synthesis_params": weights(h_s), "synthesis_macs_per_pixel": macs(h_s, z) / pixels}


def density_and_transforms(base: ImageBase) -> int:
    """Parameters of a base: g_a, g_s with biases, and its densities."""
    return sum(value.numel() for part in (base.g_a, base.g_s, base.bottleneck) for value in part.parameters())


def weights(network: nn.Module) -> int:
    """Weights of all convolutions of a network, without biases, as the documents count them."""
    return sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, CONVOLUTIONS))


@torch.no_grad()
def macs(network: nn.Module, x: Tensor) -> int:
    """Multiply-accumulates of the convolutions in one real pass of x [1, C, ...] through a network.

    Every weight works once for each position of the output, or of the input where a convolution is transposed.
    """
    total = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        side = inputs[0] if isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d) else output
        total += layer.weight.numel() * side[0, 0].numel()  # type: ignore[operator]

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, CONVOLUTIONS)]
    try:
        network(x)
    finally:
        for hook in hooks:
            hook.remove()
    return total
