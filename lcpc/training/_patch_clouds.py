"""Clouds of N points with the centroids of their patches, as IPDAE's training takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.entropy import octree_cells
from lcpc.models.ipdae import (
    cell_centres,
    cells_of,
    centroid_count,
    farthest_points,
    octree_depth,
    taken,
)

CHUNK_POINTS = 1 << 15
"""Points of the clouds that are sampled at a time, few enough for a processor's cache."""


@dataclass(frozen=True)
class PatchClouds:
    """Clouds [n, N, 3], slices of the stored ones, and the indices of their centroids [n, S]."""

    points: Tensor
    centroids: Tensor

    @staticmethod
    def of(stored: Tensor, count: int, patch: int) -> "PatchClouds":
        """Slices of `count` points of stored clouds [n, M, 3]: independent samples of a shape, the
        first of which is what codecs code."""
        slices = stored.shape[1] // count
        points = stored[:, :slices * count].reshape(-1, count, 3)
        centroids = centroid_count(count, patch)
        chunks = points.split(max(1, CHUNK_POINTS // count))
        chosen = [farthest_points(unit_cube(chunk), centroids) for chunk in chunks]
        return PatchClouds(points, torch.cat(chosen).int())

    @property
    def size(self) -> int:
        """Points of a cloud, N."""
        return self.points.shape[1]

    @property
    def depth(self) -> int:
        """Levels of the octree of the centroids."""
        return octree_depth(self.centroids.shape[1])

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Clouds in the unit cube [B, N, 3] and their decoded centroids [B, S, 3]."""
        x = unit_cube(self.points[rows])
        cells = cells_of(taken(x, self.centroids[rows].long()), self.depth)
        return x, cell_centres(cells, self.depth)

    def codes(self) -> NDArray[np.int64]:
        """Morton codes of all centroids [n, S]."""
        chunks = torch.arange(len(self.points)).split(max(1, CHUNK_POINTS // self.size))
        cells = [cells_of(self._centroids(rows), self.depth) for rows in chunks]
        return octree_cells.codes_of(torch.cat(cells).numpy(), self.depth)

    def _centroids(self, rows: Tensor) -> Tensor:
        return taken(unit_cube(self.points[rows]), self.centroids[rows].long())


def unit_cube(clouds: Tensor) -> Tensor:
    """Clouds [B, N, 3] centred, their longest side 1; clouds of equal points lie in 0."""
    low, high = clouds.amin(1, keepdim=True), clouds.amax(1, keepdim=True)
    side = (high - low).amax(2, keepdim=True)
    return (clouds - (low + high) / 2) / torch.where(side > 0, side, 1)


def octree_counts(data: Sequence[PatchClouds]) -> NDArray[np.int64]:
    """How often each occupancy is, in each context of `lcpc.entropy.octree_cells`."""
    return octree_cells.counts_of([(clouds.codes(), clouds.depth) for clouds in data])
