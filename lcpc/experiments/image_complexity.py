"""Weights and multiply-accumulates of the distribution model and of a hyperprior, as built."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import HIGH_RATE, LOW_RATE, Config, ImageNetwork
from lcpc.experiments import Rows, is_read
from lcpc.jobs import Job, JobContext, rows
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from torch import Tensor, nn

IMAGE_PX = (512, 768)
NETWORKS = (LOW_RATE, HIGH_RATE)

KIND = "image_complexity"
FILES = ("csv", "json")
MACS = "multiply-accumulates of one pass over the pixels of a 768 x 512 image"
COLUMNS = {
    "run": Column("string", "name of the run"),
    "model": Column("string", "proposed or bmshj2018-hyperprior"),
    "configuration": Column("string", "settings, as Table 2.3 writes them"),
    "analysis_params": Column("integer", "weights of the convolutions of h_a,q or h_a"),
    "analysis_macs_per_pixel": Column("float", MACS),
    "synthesis_params": Column("integer", "weights of the convolutions of h_s,q or h_s"),
    "synthesis_macs_per_pixel": Column("float", MACS),
    "total_params_without": Column("integer", "parameters of bmshj2018-factorized of that M_y"),
    "total_params_with": Column("integer", "the same with the weights of h_a,q and h_s,q"),
    "evidence": Column("string", "measured: counted on the built modules"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for a run with images, if one of its tables reads the rows."""
    if config.images and is_read(config, KIND):
        values = {"networks": [vars(network) for network in NETWORKS]}
        title = "layers of the distribution model and of a hyperprior, counted"
        yield Job(config.run, __name__, rows(config.run, KIND, "image_codec"), title, (), values)


def run(job: Job, context: JobContext) -> Rows:
    """Count the layers."""
    frame = counted().assign(run=job.run, evidence="measured", status="done", note="")
    return Rows(frame)


def counted() -> DataFrame:
    """One row a configuration of Table 2.3; totals for the distribution model alone."""
    models = [_distribution_row(network) for network in NETWORKS]
    hyperpriors = [_hyperprior_row(network.n, network.m) for network in NETWORKS]
    columns = {"total_params_without": "Int64", "total_params_with": "Int64"}
    return frame_of([*models, *hyperpriors]).astype(columns)


def _distribution_row(network: ImageNetwork) -> dict[str, Any]:
    import torch

    from lcpc.models.distribution_codec import DistributionShape, analysis, synthesis
    from lcpc.models.image_factorized import ImageBase

    shape = DistributionShape(network.m, network.n_q, network.m_q, network.bins)
    p = torch.zeros(1, shape.m_y, shape.bins)
    q = torch.zeros(1, shape.m_q, shape.positions)
    counts = _sides(analysis(shape), p, synthesis(shape), q)
    words = (shape.m_y, shape.n_q, shape.m_q, shape.kernel, shape.groups, shape.bins)
    base_params = density_and_transforms(ImageBase(network.n, network.m, seed=0))
    own_params = counts["analysis_params"] + counts["synthesis_params"]
    return {
        "model": "proposed",
        "configuration": f"(M_y,N_q,M_q,K,G,B)=({','.join(map(str, words))})", **counts,
        "total_params_without": base_params, "total_params_with": base_params + own_params}


def _hyperprior_row(n: int, m: int) -> dict[str, Any]:
    import torch

    from lcpc.models.image_factorized import STEP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns at CompressAI's import
        from compressai.models.google import ScaleHyperprior

        network = ScaleHyperprior(n, m)
    height, width = (side // STEP for side in IMAGE_PX)
    y, z = torch.zeros(1, m, height, width), torch.zeros(1, n, height // 4, width // 4)
    counts = _sides(network.h_a, y, network.h_s, z)
    return {"model": "bmshj2018-hyperprior", "configuration": f"(N,M)=({n},{m})", **counts}


def _sides(h_a: "nn.Module", y: "Tensor", h_s: "nn.Module", z: "Tensor") -> dict[str, Any]:
    pixels = IMAGE_PX[0] * IMAGE_PX[1]
    return {
        "analysis_params": weights(h_a), "analysis_macs_per_pixel": macs(h_a, y) / pixels,
        "synthesis_params": weights(h_s), "synthesis_macs_per_pixel": macs(h_s, z) / pixels}


def density_and_transforms(base: "nn.Module") -> int:
    """Parameters of a base: g_a, g_s with biases, and its densities."""
    return sum(value.numel() for value in base.parameters())


def convolutions(network: "nn.Module") -> "list[nn.Module]":
    """All convolutions of a network."""
    from torch import nn

    kinds = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)
    return [layer for layer in network.modules() if isinstance(layer, kinds)]


def weight_count(layer: "nn.Module") -> int:
    """Weights of a convolution, without biases."""
    weight: Tensor = layer.weight  # type: ignore[assignment]
    return weight.numel()


def weights(network: "nn.Module") -> int:
    """Weights of all convolutions, without biases, as the documents count them."""
    return sum(map(weight_count, convolutions(network)))


def macs(network: "nn.Module", x: "Tensor") -> int:
    """Multiply-accumulates of the convolutions in one pass of x [1, C, ...] through a network.

    A weight works once for each position of the output, or of the input of a transposed one.
    """
    import torch

    counts: list[int] = []

    def count(layer: "nn.Module", inputs: "tuple[Tensor, ...]", output: "Tensor") -> None:
        """A forward hook that notes the multiply-accumulates of one layer."""
        is_transposed = getattr(layer, "transposed", False)
        side = inputs[0] if is_transposed else output
        counts.append(weight_count(layer) * side[0, 0].numel())

    hooks = [layer.register_forward_hook(count) for layer in convolutions(network)]
    try:
        with torch.no_grad():
            network(x)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(counts)
