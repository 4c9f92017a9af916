"""Trains the auxiliary decoders of a trained curve on Chamfer distance; the codec is frozen, its y_hat detached."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lcpc.codecs.point import TrainedCurve
from lcpc.config import Config, plain
from lcpc.data.base import PointClouds
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError
from lcpc.models.members import members_of
from lcpc.models.point_codec import PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.training import checkpoint
from lcpc.training.curve import tensors
from lcpc.training.loop import fit


def train_reconstruction(config: Config, size: str, curve: TrainedCurve, codec_digest: str, clouds: PointClouds,
                         target: Path, resume: Path) -> None:
    """Train one decoder for each lambda that the run looks at, and write them; `codec_digest` names the curve's weights."""
    if config.reconstruction is None or size not in config.reconstruction.sizes or curve.points not in config.reconstruction.points:
        raise ConfigError(f"run {config.run} reconstructs no {size} codec at P={curve.points}; see reconstruction: sizes, points")
    look, points = config.reconstruction, curve.points
    chosen = members_at(curve, look.lambdas)
    codec = members_of(curve.network, chosen)
    seed = seed_of(config.seed, "reconstruction", size, points) % 2**31
    decoder = ReconstructionDecoder(size, len(chosen), points, seed)

    def step(x: Tensor, label: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        loss = chamfer(decoder(latents(codec, x)), x.transpose(1, 2))
        return loss, {"Chamfer x 1000": 1000 * loss}

    settings = {name: value for name, value in plain(look.training).items() if name != "checkpoint_minutes"}
    identity = {"kind": "reconstruction", "shape": {"size": size, "members": len(chosen), "points": points, "seed": seed},
                "points": points, "lambdas": list(look.lambdas), "training": settings, "codec_digest": codec_digest,
                "dataset": clouds.name, "dataset_digest": clouds.digest}
    state: dict[str, Any] = fit(decoder, step, tensors(clouds), points, len(chosen), look.training, seed, resume, identity)
    checkpoint.save(target, {**identity, "state": state})
    resume.unlink(missing_ok=True)


def members_at(curve: TrainedCurve, lambdas: Sequence[float]) -> list[int]:
    """Numbers of the members at some lambdas. Raises ConfigError for one that the curve does not have."""
    missing = [value for value in lambdas if value not in curve.lambdas]
    if missing:
        raise ConfigError(f"the trained curve has no lambda {missing[0]:g}; it has {', '.join(f'{v:g}' for v in curve.lambdas)}")
    return [curve.lambdas.index(value) for value in lambdas]


@torch.no_grad()
def latents(codec: PointCodec, x: Tensor) -> Tensor:
    """y_hat [L, B, N] of clouds x [B, 3, P], rounded as at evaluation and cut off from the codec."""
    return codec.dequantise(codec.symbols(codec.analyse(x)))


def chamfer(made: Tensor, reference: Tensor) -> Tensor:
    """Chamfer distance, mean over a batch: made [L, B, P, 3], reference [B, Q, 3] -> [L].

    Mean squared distance of each point to the nearest of the other cloud, both ways added. The search for the nearest
    runs without a gradient, one member at a time; only the pairs found are differentiated, which is the same gradient.
    """
    there, back = zip(*(_nearest(cloud.detach(), reference) for cloud in made), strict=True)
    to_reference = made - _picked(reference.expand(len(made), -1, -1, -1), torch.stack(there))
    to_made = reference - _picked(made, torch.stack(back))
    return sum((difference.square().sum(-1).mean((1, 2)) for difference in (to_reference, to_made)), torch.zeros(len(made)))


@torch.no_grad()
def _nearest(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """For each point of a [B, P, 3] the nearest of b [B, Q, 3], and the other way round: [B, P], [B, Q]."""
    half = a.square().sum(-1, keepdim=True) / 2 + b.square().sum(-1).unsqueeze(1) / 2
    distance = torch.baddbmm(half, a, b.mT, alpha=-1)
    return distance.argmin(2), distance.argmin(1)


def _picked(points: Tensor, index: Tensor) -> Tensor:
    return points.gather(2, index.unsqueeze(-1).expand(-1, -1, -1, 3))
