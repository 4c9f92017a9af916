"""Trains the auxiliary decoders of a trained curve on Chamfer distance; the codec is frozen, its y_hat detached."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.config import Config, plain
from lcpc.data.base import PointClouds
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError
from lcpc.models.draws import Draws
from lcpc.models.members import member_at, members_of
from lcpc.models.point_codec import PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.training import checkpoint
from lcpc.training.curve import tensors
from lcpc.training.loop import fit
from lcpc.training.work import Work


def train_reconstruction(config: Config, size: str, curve: TrainedCurve, codec_digest: str, clouds: PointClouds,
                         target: Path, resume: Path, work: Work | None = None) -> None:
    """Train one decoder for each lambda that the run looks at, and write them; `codec_digest` names the curve's weights."""
    look, points = config.reconstruction, curve.points
    if look is None or (size, points) not in config.curves_of(look):
        raise ConfigError(f"run {config.run} reconstructs no {size} codec at P={points}; see reconstruction: sizes, points")
    chosen = [member_at(curve.lambdas, value) for value in look.lambdas]
    codec = members_of(curve.network, chosen)
    seed = seed_of(config.seed, "reconstruction", size, points) % 2**31
    decoder = ReconstructionDecoder(size, len(chosen), points, seed)

    def step(x: Tensor, label: Tensor, generator: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        loss = chamfer(decoder(latents(codec, x)), x.transpose(1, 2))
        return loss, {"Chamfer x 1000": 1000 * loss}

    settings = {name: value for name, value in plain(look.training).items() if name != "checkpoint_minutes"}
    identity = {"kind": "reconstruction", "shape": {"size": size, "members": len(chosen), "points": points, "seed": seed},
                "points": points, "lambdas": list(look.lambdas), "training": settings, "codec_digest": codec_digest,
                "dataset": clouds.name, "dataset_digest": clouds.digest}
    state: dict[str, Any] = fit(decoder, step, tensors(clouds), points, len(chosen), look.training, seed, resume, identity,
                                work=work)
    checkpoint.save(target, {**identity, "state": state})
    resume.unlink(missing_ok=True)


@torch.no_grad()
def latents(codec: PointCodec, x: Tensor) -> Tensor:
    """y_hat [L, B, N] of clouds x [B, 3, P], rounded as at evaluation and cut off from the codec."""
    return codec.dequantise(codec.symbols(codec.analyse(x)))


def chamfer(made: Tensor, reference: Tensor) -> Tensor:
    """Chamfer distance, mean over a batch: made [L, B, P, 3], reference [B, Q, 3] -> [L].

    Mean squared distance of each point to the nearest of the other cloud, both ways added. The search for the nearest
    needs no gradient (k-d trees, seven times faster here than all distances); the pairs found are differentiated.
    """
    there, back = nearest(made.detach(), reference)
    to_reference = made - _picked(reference.expand(len(made), -1, -1, -1), there)
    to_made = reference - _picked(made, back)
    return to_reference.square().sum(-1).mean((1, 2)) + to_made.square().sum(-1).mean((1, 2))


def nearest(made: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """For each point the number of the nearest of the other cloud: [L, B, P] into the reference, [L, B, Q] back."""
    from scipy.spatial import cKDTree

    there = torch.empty(made.shape[:3], dtype=torch.long)
    back = torch.empty(len(made), *reference.shape[:2], dtype=torch.long)
    for index, cloud in enumerate(reference.numpy()):
        tree = cKDTree(cloud)
        for member, points in enumerate(made[:, index].numpy()):
            there[member, index] = torch.from_numpy(tree.query(points)[1])
            back[member, index] = torch.from_numpy(cKDTree(points).query(cloud)[1])
    return there, back


def _picked(points: Tensor, index: Tensor) -> Tensor:
    return points.gather(2, index.unsqueeze(-1).expand(-1, -1, -1, 3))
