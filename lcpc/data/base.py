"""The contract of a data set: what a folder of clouds looks like once it stands in memory.

A data set is one module of this room with two functions:

    load(split, folder, seed, ...) -> PointClouds     split is "train" or "test"; options are keyword arguments
    missing(folder) -> str                            why it cannot be loaded, with the way out; "" when it can
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError

Provenance: TypeAlias = dict[str, str | int]
SPLITS = ("train", "test")
BALL_TOLERANCE = 1e-3


@dataclass(frozen=True)
class PointClouds:
    """The clouds of one split: `points` float32 [n, M, 3] in the unit ball, `label` int64 [n], `samples` str [n].

    `digest` is the sha256 (hex) of the content; `provenance` says source, seed and licence.
    """

    name: str
    classes: tuple[str, ...]
    split: str
    points: NDArray[np.float32]
    label: NDArray[np.int64]
    samples: NDArray[np.str_]
    digest: str
    provenance: Provenance

    def __len__(self) -> int:
        """Number of clouds."""
        return len(self.points)

    def first(self, points: int) -> NDArray[np.float32]:
        """The subset that every codec is evaluated on: the first `points` points of each cloud, [n, points, 3].

        The points of a cloud are independent samples, so this is a uniform subset [MMSP23].
        """
        stored = self.points.shape[1]
        if not 1 <= points <= stored:
            raise DataError(f"{self.name}: {points} points asked, but its clouds hold {stored}. Ask for 1 to {stored}.")
        return self.points[:, :points]


def clouds(
    name: str,
    classes: tuple[str, ...],
    split: str,
    points: NDArray[np.float32],
    label: NDArray[np.int64],
    samples: NDArray[np.str_],
    provenance: Provenance,
    where: str = "",
) -> PointClouds:
    """Checked `PointClouds` with their digest. `where` (the file) stands first in the message of a DataError."""
    if reason := defect(classes, split, points, label, samples):
        raise DataError(f"{where or name}: {reason}. Make the clouds again with `lcpc data`.")
    digest = digest_of(name, classes, split, points, label, samples)
    return PointClouds(name, classes, split, points, label, samples, digest, provenance)


def defect(
    classes: tuple[str, ...],
    split: str,
    points: NDArray[np.float32],
    label: NDArray[np.int64],
    samples: NDArray[np.str_],
) -> str:
    """What is wrong with the arrays of a split, or ""."""
    if split not in SPLITS:
        return f"split is {split!r}, not one of {', '.join(SPLITS)}"
    if points.dtype != np.float32 or points.ndim != 3 or points.shape[2] != 3 or 0 in points.shape:
        return f"points is {points.dtype} {list(points.shape)}, not float32 [n, M, 3]"
    if not len(points) == len(label) == len(samples):
        return f"{len(points)} clouds, {len(label)} labels and {len(samples)} names do not belong together"
    if label.min() < 0 or label.max() >= len(classes):
        return f"labels span {label.min()} to {label.max()}, but there are {len(classes)} classes"
    return defect_of_norm(points, samples)


def defect_of_norm(points: NDArray[np.float32], samples: NDArray[np.str_]) -> str:
    """What is wrong with the coordinates (not finite, outside the unit ball), naming the first sample, or ""."""
    norms = np.sqrt(np.square(points).sum(axis=2).max(axis=1))
    bad = np.flatnonzero(~(norms <= 1 + BALL_TOLERANCE))
    if len(bad) == 0:
        return ""
    return f"sample {samples[bad[0]]} has largest norm {norms[bad[0]]:.6g}, but clouds lie in the unit ball"


def digest_of(
    name: str,
    classes: tuple[str, ...],
    split: str,
    points: NDArray[np.float32],
    label: NDArray[np.int64],
    samples: NDArray[np.str_],
) -> str:
    """sha256 (hex) over names, shape and values, independent of how and when a file was written."""
    digest = hashlib.sha256("\n".join([name, split, *classes, str(points.shape), *samples.tolist()]).encode())
    digest.update(np.ascontiguousarray(points, "<f4").data)
    digest.update(np.ascontiguousarray(label, "<i8").data)
    return digest.hexdigest()


def spread(total: int, wanted: int) -> NDArray[np.int64]:
    """Indices of `wanted` of `total` samples, evenly spread; all of them for 0."""
    return np.unique(np.linspace(0, total - 1, wanted or total).round().astype(np.int64))
