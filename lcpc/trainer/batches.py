"""Batches of training clouds: points, order and scale are drawn once an epoch, from the random
numbers of that epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lcpc.config import Training
from lcpc.fast.random_numbers import RandomSource, uniform


def batches(points: Tensor, label: Tensor, count: int, training: Training,
            generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches x [B, 3, P], label [B] of clouds [n, M, 3] in random order; a last batch of one
    cloud is dropped."""
    order = torch.randperm(len(points), generator=generator)
    for index in order.split(training.batch):
        if len(index) > 1:
            yield augment(points[index], count, training, generator), label[index]


def augment(clouds: Tensor, count: int, training: Training, generator: torch.Generator) -> Tensor:
    """`count` points of each cloud [B, M, 3], scaled, turned and jittered as `training` says: [B,
    3, P]."""
    batch, stored = clouds.shape[:2]
    points = clouds[:, :count]
    if training.fresh_points and (count < stored or training.replacement):
        index = subsample(batch, stored, count, training.replacement, generator)
        points = clouds.gather(1, index.unsqueeze(-1).expand(-1, -1, 3))
    jitter = 2 * torch.rand(batch, 1, 1, generator=generator) - 1
    points = points * (1 + training.scale_jitter * jitter)
    if training.rotation_degrees:
        points = points @ upright_rotations(batch, training.rotation_degrees, generator)
    if training.point_jitter:
        points = points + training.point_jitter * torch.randn(points.shape, generator=generator)
    return points.transpose(1, 2).contiguous()


def upright_rotations(batch: int, degrees: float, generator: torch.Generator) -> Tensor:
    """Rotations [B, 3, 3] about the third axis by angles from -/+ `degrees`."""
    angle = torch.deg2rad(degrees * (2 * torch.rand(batch, generator=generator) - 1))
    rotations = torch.zeros(batch, 3, 3)
    rotations[:, 0, 0] = rotations[:, 1, 1] = torch.cos(angle)
    rotations[:, 0, 1] = torch.sin(angle)
    rotations[:, 1, 0] = -rotations[:, 0, 1]
    rotations[:, 2, 2] = 1
    return rotations


def subsample(
    batch: int, stored: int, count: int, replacement: bool, generator: torch.Generator
) -> Tensor:
    """Indices [B, P] into the stored points; with replacement only where all of them are wanted."""
    if replacement and count == stored:
        return torch.randint(stored, (batch, count), generator=generator)
    return torch.rand(batch, stored, generator=generator).topk(count, dim=1).indices


@dataclass(frozen=True)
class Variation:
    """How each step varies its clouds x [B, 3, P], on the device; what is off is left out. It draws
    from the random numbers of the step, which a recorded step replays."""

    axis_scale_jitter: float = 0.0
    """Each axis of each cloud is scaled by a factor from 1 -/+ this."""
    shift: float = 0.0
    """Each cloud is moved along each axis by a distance from -/+ this."""
    reorders: bool = False
    """Whether the points take another order, one for the batch: it says which are centres."""

    def __call__(self, x: Tensor, source: RandomSource) -> Tensor:
        """The batch, varied."""
        one_an_axis = (len(x), 3, 1)
        if self.axis_scale_jitter:
            factor = 2 * uniform(one_an_axis, source, x.device) - 1
            x = x * (1 + self.axis_scale_jitter * factor)
        if self.shift:
            offset = 2 * uniform(one_an_axis, source, x.device) - 1
            x = x + self.shift * offset
        if self.reorders:
            order = uniform((x.shape[2],), source, x.device).argsort()
            x = x.index_select(2, order)
        return x
