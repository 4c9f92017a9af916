"""Training batches: data resident in memory, one draw of points, order and scale an epoch, from the epoch's own seed."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import torch
from torch import Tensor

from lcpc.config import Training
from lcpc.models.draws import Draws

Step: TypeAlias = Callable[[Tensor, Tensor, Draws], tuple[Tensor, dict[str, Tensor]]]
"""Loss [L] and what to report of a batch x [B, 3, P], label [B]."""


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """The random numbers of one epoch: they follow from its number, so that a resumed run draws the same ones."""
    return torch.Generator().manual_seed(seed * 1_000_003 + epoch)


def batches(points: Tensor, label: Tensor, wanted: int, training: Training,
            generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches x [B, 3, P], label [B] of clouds points [n, M, 3], in random order; a last batch of one is dropped."""
    order = torch.randperm(len(points), generator=generator)
    for index in order.split(training.batch):
        if len(index) > 1:
            yield augment(points[index], wanted, training, generator), label[index]


def augment(clouds: Tensor, wanted: int, training: Training, generator: torch.Generator) -> Tensor:
    """Draw `wanted` points of each cloud [B, M, 3], then scale, turn and blur it as `training` says: [B, 3, P]."""
    batch, stored = clouds.shape[:2]
    if wanted == stored and not training.replacement:
        drawn = clouds
    else:
        drawn = clouds.gather(1, draw(batch, stored, wanted, training.replacement, generator).unsqueeze(-1).expand(-1, -1, 3))
    scale = 1 + training.scale_jitter * (2 * torch.rand(batch, 1, 1, generator=generator) - 1)
    moved = drawn * scale
    if training.rotation_degrees:
        moved = moved @ upright_rotations(batch, training.rotation_degrees, generator)
    if training.point_jitter:
        moved = moved + training.point_jitter * torch.randn(moved.shape, generator=generator)
    return moved.transpose(1, 2).contiguous()


def upright_rotations(batch: int, degrees: float, generator: torch.Generator) -> Tensor:
    """Rotations [B, 3, 3] about the third axis by angles from -/+ `degrees`."""
    angle = torch.deg2rad(degrees * (2 * torch.rand(batch, generator=generator) - 1))
    cos, sin, zero, one = torch.cos(angle), torch.sin(angle), torch.zeros(batch), torch.ones(batch)
    return torch.stack([cos, sin, zero, -sin, cos, zero, zero, zero, one], dim=1).view(batch, 3, 3)


def draw(batch: int, stored: int, wanted: int, replacement: bool, generator: torch.Generator) -> Tensor:
    """Indices [B, P] into the stored points; with replacement only where all of them are wanted."""
    if replacement and wanted == stored:
        return torch.randint(stored, (batch, wanted), generator=generator)
    return torch.rand(batch, stored, generator=generator).topk(wanted, dim=1).indices
