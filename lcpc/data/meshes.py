"""Triangle meshes, and polygons cut into triangles."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError

MAX_TRIANGLES = 1 << 25
MAX_CONCAVE_CORNERS = 1 << 12
"""Cutting a concave polygon takes time with the square of its corners."""
AT_ONCE = 1 << 18
WAY_OUT = "Write the mesh again or leave it out"

Points = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Mesh:
    """Triangles in space: `vertices` float64 [V, 3], `triangles` int32 [F, 3], indices of them."""

    vertices: Points
    triangles: Indices

    def area(self) -> Points:
        """Area of each triangle, [F]."""
        area = np.empty(len(self.triangles))
        for begin in range(0, len(area), AT_ONCE):
            corners = self.triangles[begin : begin + AT_ONCE].T
            a, b, c = (self.vertices[corner] for corner in corners)
            with np.errstate(over="ignore", invalid="ignore"):  # whoever samples it looks
                normals = np.cross(b - a, c - a)
                area[begin : begin + AT_ONCE] = np.linalg.norm(normals, axis=1) / 2
        return area


class Polygons:
    """The polygons of the file `path` as they are read: 4 bytes a corner."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._corners = array("i")
        self._counts = array("i")
        self._triangles = 0

    def add(self, corners: Iterable[int]) -> None:
        """Take a polygon. Raises OverflowError for an index beyond int32, DataError if too many."""
        before = len(self._corners)
        self._corners.extend(corners)
        count = len(self._corners) - before
        self._counts.append(count)
        self._triangles += max(count - 2, 0)
        if self._triangles > MAX_TRIANGLES or len(self._counts) > MAX_TRIANGLES:
            raise DataError(f"{self._path}: more than {MAX_TRIANGLES} triangles. {WAY_OUT}.")

    def mesh(self, vertices: Points) -> Mesh:
        """The mesh, without triangles of no area. Raises DataError if none is left."""
        corners, counts = np.array(self._corners, np.int32), np.array(self._counts, np.int32)
        if len(corners) and not 0 <= corners.min() <= corners.max() < len(vertices):
            raise DataError(f"{self._path}: a face has an index outside 0 to "
                            f"{len(vertices) - 1}. {WAY_OUT}.")
        if counts.max(initial=0) > MAX_CONCAVE_CORNERS:
            raise DataError(f"{self._path}: a face has {counts.max()} corners, at most "
                            f"{MAX_CONCAVE_CORNERS} are read. {WAY_OUT}.")
        mesh = Mesh(vertices, triangles_of(vertices, corners, counts))
        with_area = mesh.triangles[mesh.area() > 0]
        if len(with_area) == 0:
            raise DataError(f"{self._path}: none of its {len(counts)} faces has an area. "
                            f"{WAY_OUT}.")
        return Mesh(vertices, with_area)


def triangulate(ring: Points) -> Indices:
    """Triangles [n - 2, 3] of one polygon with corners [n, 3]."""
    return triangles_of(ring, np.arange(len(ring), dtype=np.int32), np.array([len(ring)]))


def triangles_of(vertices: Points, corners: Indices, counts: NDArray[np.integer]) -> Indices:
    """Polygons as triangles [T, 3], in the order of the polygons.

    Polygon i has `counts[i]` of the `corners`, one polygon after the other. A convex one becomes a
    fan around its first corner; a concave one is cut by ears, so that no triangle leaves it.
    """
    sizes = np.maximum(counts - 2, 0).astype(np.int64)
    first_corner = np.cumsum(counts, dtype=np.int64) - counts
    first_triangle = np.cumsum(sizes) - sizes
    triangles = np.empty((int(sizes.sum()), 3), np.int32)
    for count in np.unique(counts[counts >= 3]).tolist():
        for rows in _pieces(np.flatnonzero(counts == count), max(1, AT_ONCE // count)):
            polygons = corners[first_corner[rows, None] + np.arange(count)]
            places = first_triangle[rows, None] + np.arange(count - 2)
            triangles[places] = _cut(vertices, polygons)
    return triangles


def _pieces(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _cut(vertices: Points, polygons: Indices) -> Indices:
    """Triangles [R, n - 2, 3] of R polygons [R, n] with equally many corners."""
    middle = np.arange(1, polygons.shape[1] - 1)
    fan = np.stack([np.zeros_like(middle), middle, middle + 1], axis=1)
    triangles = polygons[:, fan]
    if polygons.shape[1] > 3:
        corners = vertices[polygons]
        normals = _normals(corners)
        for row in np.flatnonzero(_is_concave(corners, normals)):
            ears = _ears(corners[row], normals[row])
            # Where corners coincide, fewer triangles come back; the others have no area.
            triangles[row] = polygons[row, 0]
            triangles[row, : len(ears)] = polygons[row][ears]
    return triangles


def _normals(corners: Points) -> Points:
    """Normal of each polygon by Newell's sum, [R, 3]; its length is twice the polygon's area."""
    centred = corners - corners.mean(axis=1, keepdims=True)
    products = np.cross(centred, np.roll(centred, -1, axis=1))
    normals: Points = products.sum(axis=1)
    return normals


def _is_concave(corners: Points, normals: Points) -> NDArray[np.bool_]:
    """Whether a polygon turns back at one of its corners, [R]."""
    edges = np.roll(corners, -1, axis=1) - corners
    turns = np.cross(edges, np.roll(edges, -1, axis=1))
    along = np.einsum("rnc,rc->rn", turns, normals)
    tolerance = 1e-9 * np.square(normals).sum(axis=1)
    concave: NDArray[np.bool_] = along.min(axis=1) < -tolerance
    return concave


def _ears(corners: Points, normal: Points) -> NDArray[np.int64]:
    """Triangles [T, 3] inside one concave polygon, as indices of its corners [n, 3]."""
    from mapbox_earcut import triangulate_float64

    flat = np.delete(corners, np.abs(normal).argmax(), axis=1)
    ears = triangulate_float64(flat, np.array([len(flat)], np.uint32))
    return ears.astype(np.int64).reshape(-1, 3)
