"""One object out of one file, whatever its kind: OFF, PLY and OBJ meshes, PLY and npz clouds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.data import sampling, store
from lcpc.data.meshes import Mesh, read_off, solid
from lcpc.data.obj import read_obj
from lcpc.data.ply import read_ply
from lcpc.errors import DataError

KINDS = (".npz", ".obj", ".off", ".ply")
LAYOUT: store.Layout = {"points": ("f", 2)}
LIMIT_BYTES = 1 << 28


def read(path: Path) -> Mesh | NDArray[np.float64]:
    """A mesh, or the points [P, 3] of a cloud. Raises MissingData without the file, DataError, naming it, for a broken one."""
    kind = path.suffix.lower()
    if kind == ".off":
        return read_off(path)
    if kind == ".obj":
        return read_obj(path)
    if kind == ".ply":
        vertices, triangles = read_ply(path)
        return solid(path, Mesh(vertices, triangles)) if len(triangles) else vertices
    if kind == ".npz":
        return read_points(path)
    raise DataError(f"{path}: {path.suffix or 'no ending'} is no kind of object; {', '.join(KINDS)} are read.")


def read_points(path: Path) -> NDArray[np.float64]:
    """`points` of an npz file, [P, 3]."""
    points = store.read_npz(path, LAYOUT, LIMIT_BYTES)["points"].astype(np.float64)
    if points.shape[1] != 3 or len(points) == 0 or not np.isfinite(points).all():
        raise DataError(f"{path}: points is {list(points.shape)}, not finite [P, 3]. Write the file again.")
    return points


def cloud(path: Path, points: int, seed: int) -> NDArray[np.float32]:
    """`points` of an object, in the unit ball, float32 [points, 3]: area samples of a mesh, else drawn from its cloud.

    Points of a cloud are drawn without replacement and in random order, so that the first P are a uniform subset.
    Raises DataError, naming the file, for a broken one and for a cloud that holds too few.
    """
    held = read(path)
    try:
        if isinstance(held, Mesh):
            return sampling.cloud(held, points, seed)
        if len(held) < points:
            raise DataError(f"holds {len(held)} points, but {points} are asked. Lower dataset.stored_points")
        return sampling.normalise(np.random.default_rng(seed).permutation(held)[:points])
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
