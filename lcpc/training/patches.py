"""Random patches of photographs that lie in memory as uint8, drawn from a generator, mirrored at random."""

from collections.abc import Sequence

import torch
from torch import Tensor


def step_generator(seed: int, step: int) -> torch.Generator:
    """The random numbers of one step: they follow from its number, so that a resumed run draws the same ones."""
    return torch.Generator().manual_seed(seed * 1_000_003 + step)


def patches(photos: Sequence[Tensor], batch: int, side: int, generator: torch.Generator) -> Tensor:
    """Patches with values 0 to 1, channels last in memory: [B, 3, side, side]; photos are uint8 [H, W, 3], none smaller."""
    chosen = torch.randint(len(photos), (batch,), generator=generator).tolist()
    drawn = torch.stack([_patch(photos[index], side, generator) for index in chosen])
    return drawn.permute(0, 3, 1, 2).float().div_(255)


def _patch(photo: Tensor, side: int, generator: torch.Generator) -> Tensor:
    top, left, mirrored = torch.rand(3, generator=generator).tolist()
    y, x = int(top * (photo.shape[0] - side + 1)), int(left * (photo.shape[1] - side + 1))
    patch = photo[y:y + side, x:x + side]
    return patch.flip(1) if mirrored < 0.5 else patch
