"""One object from one file, whatever its kind: OFF, PLY and OBJ meshes, PLY and npz clouds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.data import sampling, store
from lcpc.data.meshes import Mesh, Points
from lcpc.data.obj import read_obj
from lcpc.data.off import read_off
from lcpc.data.ply import read_ply
from lcpc.errors import DataError

LAYOUT: store.ArrayLayout = {"points": ("fiu", 2)}
LIMIT_BYTES = 1 << 28


def read(path: Path) -> Mesh | Points:
    """A mesh, or the points [P, 3] of a cloud.

    Raises MissingData without the file, DataError (naming it) for a broken one.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: {path.suffix or 'no ending'} is no kind of object; "
                        f"{', '.join(KINDS)} are read.")
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path} is empty. Write the file again or leave it out.")
    return reader(path)


def read_points(path: Path) -> Points:
    """`points` of an npz file, [P, 3]."""
    points = store.read_npz(path, LAYOUT, LIMIT_BYTES)["points"].astype(np.float64)
    if points.shape[1] != 3 or len(points) == 0:
        raise DataError(f"{path}: points is {list(points.shape)}, not [P, 3] with P of 1 or more. "
                        "Write the file again.")
    broken = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(broken):
        row = points[broken[0]].tolist()
        raise DataError(f"{path}: {len(broken)} of {len(points)} points are not finite; number "
                        f"{broken[0]}, from 0, is {row}. Leave such points out.")
    return points


def cloud(path: Path, points: int, seed: int) -> NDArray[np.float32]:
    """`points` of an object in the unit ball, float32 [points, 3].

    They are area samples of a mesh, or points of a cloud, drawn without replacement and in random
    order, so that the first P are a uniform subset. Raises DataError, naming the file, for a broken
    one and for a cloud with too few points.
    """
    body = read(path)
    try:
        if isinstance(body, Mesh):
            return sampling.cloud(body, points, seed)
        if len(body) < points:
            raise DataError(f"holds {len(body)} points, but {points} are asked. "
                            "Lower dataset.stored_points")
        shuffled = np.random.default_rng(seed).permutation(body)
        return sampling.normalise(shuffled[:points])
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


READERS: dict[str, Callable[[Path], Mesh | Points]] = {
    ".npz": read_points, ".obj": read_obj, ".off": read_off, ".ply": read_ply,
}
KINDS = tuple(READERS)
