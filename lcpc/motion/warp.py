"""Moves images and tensors: bilinear, in exact coordinates, so that whole steps change no value."""

from collections.abc import Sequence

import numpy as np
import torch

from lcpc.motion.lattice import Lattice, grid
from lcpc.motion.transforms import Affine, Positions


def interpolate(source: torch.Tensor, positions: Positions) -> torch.Tensor:
    """Values of `source` [C, H, W] at positions [..., 2] (x, y): [C, ...]; borders are repeated.

    torch's grid_sample takes coordinates in -1..1 as float32, in which whole steps are inexact.
    """
    channels, height, width = source.shape
    inside = positions.reshape(-1, 2).clip(0, (width - 1, height - 1))
    low = np.floor(inside).astype(np.int64)
    high = np.minimum(low + 1, (width - 1, height - 1))
    part = inside - low
    rows = source.reshape(channels, height * width).T.contiguous()
    total = torch.zeros(len(inside), channels, dtype=source.dtype)
    for x, weight_x in ((low[:, 0], 1 - part[:, 0]), (high[:, 0], part[:, 0])):
        for y, weight_y in ((low[:, 1], 1 - part[:, 1]), (high[:, 1], part[:, 1])):
            weight = torch.from_numpy(weight_x * weight_y).to(source.dtype)
            total += rows[torch.from_numpy(y * width + x)] * weight[:, None]
    return total.T.reshape(channels, *positions.shape[:-1])


def moved_crops(photo: torch.Tensor, size_px: int, affines: Sequence[Affine]) -> torch.Tensor:
    """The central crop of `photo` [3, H, W] after each motion: [B, 3, size_px, size_px].

    Content that enters the crop comes from the photograph around it, or repeats its border.
    Raises ValueError for a photograph smaller than the crop.
    """
    height, width = photo.shape[1:]
    if min(height, width) < size_px:
        raise ValueError(f"a photograph of {width} x {height} pixels has no crop of {size_px}; "
                         "choose a smaller size")
    corner = np.array([(width - size_px) // 2, (height - size_px) // 2], dtype=np.float64)
    pixels, centre = grid(size_px, size_px), ((size_px - 1) / 2, (size_px - 1) / 2)
    sources = np.stack([affine.inverse()(pixels, centre) for affine in affines])
    return interpolate(photo, sources + corner).transpose(0, 1)


def compensated(tensor: torch.Tensor, lattice: Lattice, affines: Sequence[Affine]) -> torch.Tensor:
    """`tensor` [C, h, w] moved by the rescaled motion of each transform: [B, C, h, w]."""
    positions = lattice.positions()
    sources = np.stack([positions + lattice.rescaled_motion(affine) for affine in affines])
    return interpolate(tensor, sources).transpose(0, 1)
