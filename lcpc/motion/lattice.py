"""Pixels at the centres of the positions of a feature tensor, and the pixels each of them sees.

Position i of a tensor sees the pixels stride*i + low ... stride*i + high, so its centre is pixel
stride*i + offset with offset = (low + high)/2. Where padding differs between both sides
(TensorFlow's `same`), the offset is not 0; `receptive_field` computes it from the layers.
"""

import math
from dataclasses import dataclass

import numpy as np

from lcpc.motion.transforms import Affine, Centre, Positions, motion


@dataclass(frozen=True)
class LatticeAxis:
    """One axis of a tensor: `count` positions over `size_px` pixels; the first sees low to high."""

    count: int
    size_px: int
    stride: int
    low: int
    high: int

    @property
    def offset(self) -> float:
        """Pixel at the centre of position 0."""
        return (self.low + self.high) / 2

    @property
    def reach_px(self) -> float:
        """Pixels to either side that a position sees, by the layers' shapes alone."""
        return (self.high - self.low) / 2

    def clean(self, reach_px: float) -> tuple[float, float]:
        """First and last position that sees nothing outside the image within `reach_px`.

        There is none where first > last.
        """
        first = math.ceil((reach_px - self.offset) / self.stride)
        last = math.floor((self.size_px - 1 - reach_px - self.offset) / self.stride)
        return max(first, 0), min(last, self.count - 1)


@dataclass(frozen=True)
class Lattice:
    """Both axes of a tensor."""

    x: LatticeAxis
    y: LatticeAxis

    @property
    def centre(self) -> Centre:
        """Centre of the image, in pixels."""
        return (self.x.size_px - 1) / 2, (self.y.size_px - 1) / 2

    @property
    def reach_px(self) -> float:
        """The further of the two axes."""
        return max(self.x.reach_px, self.y.reach_px)

    def positions(self) -> Positions:
        """All positions of the tensor: [height, width, 2]."""
        return grid(self.x.count, self.y.count)

    def to_pixels(self, positions: Positions) -> Positions:
        """Centres of positions [..., 2], in pixels."""
        return positions * (self.x.stride, self.y.stride) + (self.x.offset, self.y.offset)

    def rescaled_motion(self, affine: Affine) -> Positions:
        """The motion of the tensor, v~(x) = v(s x + o) / s at each position: [height, width, 2].

        Source: latent space motion analysis (ICASSP 2021), v~(x, y) = v(s^k x, s^k y) / s^k, with
        the offset o of the layer.
        """
        pixels = self.to_pixels(self.positions())
        return motion(affine, pixels, self.centre) / (self.x.stride, self.y.stride)


def grid(width: int, height: int) -> Positions:
    """Positions (x, y) of a raster: [height, width, 2]."""
    columns, rows = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    return np.stack(np.meshgrid(columns, rows), axis=-1)
