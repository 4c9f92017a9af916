"""Latents of training photographs under a frozen base, computed once and kept in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy.histogram import counts
from lcpc.log import progress
from lcpc.models.image_factorized import STEP, ImageBase

Pixels = NDArray[np.uint8]
"""Pixels [H, W, 3]."""
LONGEST_SIDE_PX = 1024
"""Larger photographs lose their margins."""
CROPS = 5
"""Histograms of each version of a photograph: of all of it, and of random crops."""
LEAST_CROP = 0.6
"""Least share of a side that a crop keeps."""
LIMIT_BYTES, COUNT_BYTES = 2 << 30, 2


@dataclass(frozen=True)
class Histograms:
    """counts: int16 [n, M, bins] of n pieces of latents; positions: float [n], values a channel."""

    counts: Tensor
    positions: Tensor

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.counts)

    def shares(self, chosen: slice | Tensor) -> Tensor:
        """Histograms p [S, M, bins] of the chosen pieces."""
        return self.counts[chosen].float() / self.positions[chosen].view(-1, 1, 1)


@torch.no_grad()
def latents(base: ImageBase, photos: Sequence[Pixels]) -> list[Tensor]:
    """y of each photograph, cropped to whole latent steps: half precision [M, h * w] each, where
    the base lies."""
    shown, device = progress(photos, "latents", len(photos)), base.median.device
    return [base.analyse(whole_steps(rgb).to(device))[0].flatten(1).half() for rgb in shown]


def whole_steps(rgb: Pixels) -> Tensor:
    """The middle of a picture as x [1, 3, 16 h, 16 w], values 0 to 1, channels last in memory."""
    height, width = (min(side, LONGEST_SIDE_PX) // STEP * STEP for side in rgb.shape[:2])
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    middle = np.require(rgb, requirements="W")[top:top + height, left:left + width]
    return torch.from_numpy(middle).unsqueeze(0).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def histograms(base: ImageBase, photos: Sequence[Pixels], versions: int, bins: int, seed: int,
               symbols: Sequence[Tensor] = ()) -> Histograms:
    """Histograms of `versions` of each photograph: as it is, and enlarged and recoloured.

    Each version comes with its crops. Of more photographs than fit the memory, every so many is
    taken. They are made, and stay, where the base lies. symbols: integers [M, h, w] of the
    photographs as they are, where they are known already.
    """
    device = base.median.device
    generator = torch.Generator().manual_seed(seed)
    needed_bytes = len(photos) * versions * CROPS * base.m * bins * COUNT_BYTES
    chosen = range(0, len(photos), -(-needed_bytes // LIMIT_BYTES))
    rows, positions = [], []
    for index in progress(chosen, "histograms", len(chosen)):
        x = whole_steps(photos[index]).to(device)
        known = symbols[index].to(device) if symbols else base.symbols(base.analyse(x))[0]
        others = _others(base, x, versions - 1, generator)
        for version in chain([known], others):
            for piece in _pieces(version, generator):
                rows.append(counts(piece.flatten(1).unsqueeze(0), bins)[0].short())
                positions.append(float(piece[0].numel()))
    return Histograms(torch.stack(rows), torch.tensor(positions, device=device))


def _others(base: ImageBase, x: Tensor, count: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Integers of a photograph enlarged and recoloured at random."""
    for _ in range(count):
        version = recoloured(enlarged(x, generator), generator)
        yield base.symbols(base.analyse(version.contiguous(memory_format=torch.channels_last)))[0]


def enlarged(x: Tensor, generator: torch.Generator) -> Tensor:
    """1 to 1.8 times as large, in whole latent steps: small photographs become like large ones."""
    factor = 1 + 0.8 * torch.rand((), generator=generator).item()
    sides = [min(int(side * factor), LONGEST_SIDE_PX) // STEP * STEP for side in x.shape[2:]]
    size = [max(STEP, side) for side in sides]
    return F.interpolate(x, size=size, mode="bicubic", antialias=True).clamp(0, 1)


def recoloured(x: Tensor, generator: torch.Generator) -> Tensor:
    """Random gamma, saturation, contrast and gains of the colours: [1, 3, H, W], values 0 to 1."""
    normal = torch.randn(6, generator=generator)
    x = x ** torch.exp(0.35 * normal[0])
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2.2 * torch.rand((), generator=generator)
    x = x.mean() + (x - x.mean()) * torch.exp(0.3 * normal[1])
    gains = torch.exp(0.25 * normal[2] + 0.15 * normal[3:])
    return (x * gains.view(1, 3, 1, 1).to(x.device)).clamp(0, 1)


def _pieces(symbols: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    """A latent [M, h, w] and random crops of it."""
    yield symbols
    for _ in range(CROPS - 1):
        row_size, row_place, column_size, column_place = torch.rand(4, generator=generator).tolist()
        top, height = _crop(symbols.shape[1], row_size, row_place)
        left, width = _crop(symbols.shape[2], column_size, column_place)
        yield symbols[:, top:top + height, left:left + width]


def _crop(side: int, size: float, place: float) -> tuple[int, int]:
    """(begin, length) of a part of a side, by two random numbers from 0 to 1."""
    length = max(1, int(side * (LEAST_CROP + (1 - LEAST_CROP) * size)))
    return int(place * (side - length + 1)), length
