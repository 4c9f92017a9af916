"""Integer latents of training photographs with their places kept, for models of neighbourhoods.

The base takes most of a training's time, so the latents are kept in files beside the state of the
training, each with what it was made from.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lcpc import checkpoints
from lcpc.data.photographs import Photographs
from lcpc.log import progress
from lcpc.models.image_factorized import STEP, ImageBase
from lcpc.results.fingerprint import code_digest
from lcpc.trainer.loop import round_generator
from lcpc.training._latents import whole_steps

Grid = NDArray[np.int16]
"""Integers of a latent [M, h, w]."""
MOST_ENLARGED = 1.8
"""Photographs of 0.15 megapixels, enlarged so much, are as smooth as those of 0.5."""


def grids(base: ImageBase, photos: Photographs, version: int, seed: int,
          folder: Path) -> list[Grid]:
    """Latents of all photographs: as they are (version 0), or mirrored and enlarged at random.

    Read from `folder` where they were made before from the same weights, photographs and code.
    """
    if known := kept(base, photos, version, seed, folder):
        return known
    generator = round_generator(seed, version)
    shown = progress(photos.rgb, f"latents, version {version}", len(photos.rgb))
    made = [_grid(base, rgb, version, generator) for rgb in shown]
    identity = _identity(base, photos, version, seed)
    checkpoints.save(_file(folder, version), {"identity": identity, "grids": made})
    return [grid.numpy() for grid in made]


def kept(base: ImageBase, photos: Photographs, version: int, seed: int,
         folder: Path) -> list[Grid]:
    """The same where they are in `folder`, else none."""
    path = _file(folder, version)
    if not path.is_file():
        return []
    content = checkpoints.read(path)
    if content["identity"] != _identity(base, photos, version, seed):
        return []
    return [grid.numpy() for grid in content["grids"]]


def _file(folder: Path, version: int) -> Path:
    return folder / f"latents_version{version}.pt"


def _identity(base: ImageBase, photos: Photographs, version: int, seed: int) -> dict[str, Any]:
    """Everything that latents depend on; unchanged photographs (version 0) depend on no seed."""
    return {
        "dataset_digest": photos.digest, "weights_digest": _digest(base), "version": version,
        "seed": seed if version else 0, "code": code_digest(__name__)}


def _digest(base: ImageBase) -> str:
    """SHA-256 of the weights of a base."""
    digest = hashlib.sha256()
    for value in base.state_dict().values():
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


@torch.no_grad()
def _grid(base: ImageBase, rgb: NDArray[np.uint8], version: int,
          generator: torch.Generator) -> Tensor:
    x = whole_steps(rgb)
    if version:
        x = _varied(x, generator)
    return base.symbols(base.analyse(x))[0].clamp(-(1 << 15), (1 << 15) - 1).short()


def _varied(x: Tensor, generator: torch.Generator) -> Tensor:
    """A part of the picture, mirrored and enlarged at random, of the size of the whole."""
    size, mirror, row, column = torch.rand(4, generator=generator).tolist()
    height, width = x.shape[2:]
    factor = 1 + (MOST_ENLARGED - 1) * size
    larger = [int(factor * (side + STEP)) for side in (height, width)]
    x = F.interpolate(x, size=larger, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = int(row * (larger[0] - height)), int(column * (larger[1] - width))
    x = x[:, :, top:top + height, left:left + width]
    x = x.flip(3) if mirror < 0.5 else x
    return x.contiguous(memory_format=torch.channels_last)
