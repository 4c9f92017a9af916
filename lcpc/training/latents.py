"""Latents of training photographs under a frozen base, computed once and held in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy.histogram import counts
from lcpc.log import progress
from lcpc.models.image_factorized import STEP, ImageBase

LONGEST_SIDE = 1024
"""Pixels of a side that are used; larger photographs lose their margins."""

CROPS = 5
"""Histograms of each version of a photograph: of all of it, and of crops at random."""

LEAST_CROP = 0.6
"""Of the sides."""

LIMIT_BYTES, COUNT_BYTES = 2 << 30, 2


@dataclass(frozen=True)
class Histograms:
    """counts: int16 [n, M, bins] of n pieces of latents; positions: float [n], values of a channel in each."""

    counts: Tensor
    positions: Tensor

    def __len__(self) -> int:
        """Pieces."""
        return len(self.counts)


@torch.no_grad()
def latents(base: ImageBase, photos: Sequence[NDArray[np.uint8]]) -> list[Tensor]:
    """y of each photograph [H, W, 3], cropped to whole latent steps: half precision [M, h * w] each."""
    return [base.analyse(whole_steps(rgb))[0].flatten(1).half() for rgb in progress(photos, "latents", len(photos))]


def whole_steps(rgb: NDArray[np.uint8]) -> Tensor:
    """The middle of a picture [H, W, 3] as x [1, 3, 16 h, 16 w], values 0 to 1, channels last in memory."""
    height, width = (min(side, LONGEST_SIDE) // STEP * STEP for side in rgb.shape[:2])
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    pixels = torch.from_numpy(np.require(rgb, requirements="W")[top:top + height, left:left + width])
    return pixels.unsqueeze(0).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def histograms(base: ImageBase, photos: Sequence[NDArray[np.uint8]], versions: int, bins: int, seed: int) -> Histograms:
    """Histograms of `versions` of each photograph: as it is, and enlarged and recoloured at random, each with its crops.

    Of more photographs than memory is for, every so many is taken.
    """
    generator = torch.Generator().manual_seed(seed)
    photos = photos[::-(-len(photos) * versions * CROPS * base.m * bins * COUNT_BYTES // LIMIT_BYTES)]
    pieces = [piece for rgb in progress(photos, "histograms", len(photos))
              for x in _versions(whole_steps(rgb), versions, generator)
              for piece in _pieces(base.symbols(base.analyse(x))[0], generator)]
    return Histograms(torch.stack([counts(piece.flatten(1).unsqueeze(0), bins)[0].short() for piece in pieces]),
                      torch.tensor([float(piece[0].numel()) for piece in pieces]))


def _versions(x: Tensor, versions: int, generator: torch.Generator) -> Iterator[Tensor]:
    yield x
    for _ in range(versions - 1):
        yield recoloured(enlarged(x, generator), generator).contiguous(memory_format=torch.channels_last)


def enlarged(x: Tensor, generator: torch.Generator) -> Tensor:
    """1 to 1.8 times as large, at most LONGEST_SIDE, whole latent steps: small photographs get the statistics of large ones."""
    factor = 1 + 0.8 * torch.rand((), generator=generator).item()
    height, width = (max(STEP, min(int(side * factor), LONGEST_SIDE) // STEP * STEP) for side in x.shape[2:])
    return F.interpolate(x, size=(height, width), mode="bicubic", antialias=True).clamp(0, 1)


def recoloured(x: Tensor, generator: torch.Generator) -> Tensor:
    """Gamma, saturation, contrast and gains of the colours changed at random: [1, 3, H, W] with values 0 to 1."""
    normal = torch.randn(6, generator=generator)
    x = x ** torch.exp(0.35 * normal[0])
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2.2 * torch.rand((), generator=generator)
    x = x.mean() + (x - x.mean()) * torch.exp(0.3 * normal[1])
    gains = torch.exp(0.25 * normal[2] + 0.15 * normal[3:])
    return (x * gains.view(1, 3, 1, 1)).clamp(0, 1)


def _pieces(symbols: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    yield symbols
    for _ in range(CROPS - 1):
        draw = torch.rand(4, generator=generator).tolist()
        (top, height), (left, width) = (_stretch(side, *pair) for side, pair in
                                        zip(symbols.shape[1:], (draw[:2], draw[2:]), strict=True))
        yield symbols[:, top:top + height, left:left + width]


def _stretch(side: int, size: float, place: float) -> tuple[int, int]:
    """(begin, length) of a part of a side, at least LEAST_CROP of it; size and place are drawn from 0 to 1."""
    length = max(1, int(side * (LEAST_CROP + (1 - LEAST_CROP) * size)))
    return int(place * (side - length + 1)), length
