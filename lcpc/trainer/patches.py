"""Photographs to train image codecs on, and random patches of them, mirrored at random."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lcpc.config import data_root
from lcpc.data import photographs as data

if TYPE_CHECKING:
    from lcpc.jobs import JobContext


def photographs(context: "JobContext") -> data.Photographs:
    """The run's photographs to train on. Raises MissingData or DataError with the way out."""
    images = context.config.images
    assert images is not None
    if images.train == "photos":
        return data.embedded()[0]
    folder = data_root(context.root) / images.train_folder
    return data.folder(folder, images.base_patch, images.train_count)


def patches(photos: Sequence[Tensor], batch: int, side: int, generator: torch.Generator) -> Tensor:
    """Patches [B, 3, side, side], values 0 to 1, channels last, of uint8 photos [H, W, 3]."""
    indices = torch.randint(len(photos), (batch,), generator=generator).tolist()
    stacked = torch.stack([_patch(photos[index], side, generator) for index in indices])
    return stacked.permute(0, 3, 1, 2).float().div_(255)


def _patch(photo: Tensor, side: int, generator: torch.Generator) -> Tensor:
    height, width = photo.shape[:2]
    top, left, mirror = torch.rand(3, generator=generator).tolist()
    y, x = int(top * (height - side + 1)), int(left * (width - side + 1))
    patch = photo[y:y + side, x:x + side]
    return patch.flip(1) if mirror < 0.5 else patch
