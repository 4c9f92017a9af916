"""Weights and multiply-accumulates of the distribution model and of a hyperprior, as built."""

import warnings
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import HIGH_RATE, LOW_RATE, Config, ImageNetwork
from lcpc.experiments import STATUS, Rows, is_read
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
    **STATUS,
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
    from lcpc.models.layers import trained_values

    shape = DistributionShape(network.m, network.n_q, network.m_q, network.bins)
    p = torch.zeros(1, shape.m_y, shape.bins)
    q = torch.zeros(1, shape.m_q, shape.positions)
    counts = _sides(analysis(shape), p, synthesis(shape), q)
    words = (shape.m_y, shape.n_q, shape.m_q, shape.kernel, shape.groups, shape.bins)
    base_params = trained_values(ImageBase(network.n, network.m, seed=0))
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
    analysis_params, analysis_macs = weights_and_macs(h_a, y)
    synthesis_params, synthesis_macs = weights_and_macs(h_s, z)
    return {
        "analysis_params": analysis_params, "analysis_macs_per_pixel": analysis_macs / pixels,
        "synthesis_params": synthesis_params, "synthesis_macs_per_pixel": synthesis_macs / pixels}


def weights_and_macs(network: "nn.Module", x: "Tensor") -> tuple[int, int]:
    """Weights without biases, and multiply-accumulates of one pass of x [1, C, ...].

    A weight works once for each position of the output, or of the input of a transposed layer.
    """
    import torch

    from lcpc.models.layers import LayerTracer

    with torch.no_grad(), LayerTracer(network) as tracer:
        network(x)
    weights = macs = 0
    for layer in (traced.layer for traced in tracer.layers):
        _, *positions = layer.before if "Transpose" in layer.kind else layer.after
        weights += layer.weights
        macs += layer.weights * prod(positions)
    return weights, macs
