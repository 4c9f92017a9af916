"""The contract of a data set of point clouds: what its clouds look like in memory.

A data set is one module of `lcpc/data/point_clouds/`, found by its name, with

    MADE                                       whether `lcpc data` keeps its clouds in data/<run>/
    missing(config, root) -> str               why it cannot be loaded or made; "" if it can
    make(config, root, threads, download)      makes the clouds that are not there yet
    load(config, root, split) -> PointClouds   the clouds of one split, "train" or "test"
    input_files(config, root) -> list[Path]    the user's own files that the clouds come from
"""

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError

Provenance: TypeAlias = dict[str, str | int]
CloudPoints: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int64]
Names: TypeAlias = NDArray[np.str_]

SPLITS = ("train", "test")
BALL_TOLERANCE = 1e-3


@dataclass(frozen=True)
class PointClouds:
    """The clouds of one split: `points` float32 [n, M, 3] in the unit ball, `label` int64 [n].

    `samples` [n] are the clouds' names, `digest` is the sha256 (hex) of the content, and
    `provenance` says source, seed and licence.
    """

    name: str
    classes: tuple[str, ...]
    split: str
    points: CloudPoints
    label: Labels
    samples: Names
    digest: str
    provenance: Provenance

    def __len__(self) -> int:
        """Number of clouds."""
        return len(self.points)

    def first(self, points: int) -> CloudPoints:
        """The first `points` points of each cloud, [n, points, 3]: what every codec codes.

        The points of a cloud are independent samples, so this is a uniform subset [MMSP23].
        """
        stored = self.points.shape[1]
        if not 1 <= points <= stored:
            raise DataError(f"{self.name}: {points} points asked, but its clouds hold {stored}. "
                            f"Ask for 1 to {stored}.")
        return self.points[:, :points]

    def class_counts(self) -> dict[str, int]:
        """Number of clouds of each class, for all classes in their order."""
        counts = np.bincount(self.label, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))


def clouds(
    name: str,
    classes: tuple[str, ...],
    split: str,
    points: CloudPoints,
    label: Labels,
    samples: Names,
    provenance: Provenance,
    where: str = "",
) -> PointClouds:
    """Checked `PointClouds` with their digest. Raises DataError, naming the file `where`."""
    if reason := defect(classes, split, points, label, samples):
        raise DataError(f"{where or name}: {reason}. Make the clouds again with `lcpc data`.")
    digest = digest_of(name, classes, split, points, label, samples)
    return PointClouds(name, classes, split, points, label, samples, digest, provenance)


def defect(
    classes: tuple[str, ...], split: str, points: CloudPoints, label: Labels, samples: Names
) -> str:
    """Why the arrays of a split are not valid, or ""."""
    if split not in SPLITS:
        return f"split is {split!r}, not one of {', '.join(SPLITS)}"
    if points.dtype != np.float32 or points.ndim != 3 or points.shape[2] != 3 or 0 in points.shape:
        return f"points is {points.dtype} {list(points.shape)}, not float32 [n, M, 3]"
    if not len(points) == len(label) == len(samples):
        return (f"{len(points)} clouds, {len(label)} labels and {len(samples)} names "
                "do not belong together")
    if label.min() < 0 or label.max() >= len(classes):
        return f"labels span {label.min()} to {label.max()}, but there are {len(classes)} classes"
    return defect_of_norm(points, samples)


def defect_of_norm(points: CloudPoints, samples: Names) -> str:
    """The first sample with coordinates that are not finite or outside the unit ball, or ""."""
    squares = np.square(points).sum(axis=2)
    norms = np.sqrt(squares.max(axis=1))
    inside = norms <= 1 + BALL_TOLERANCE
    if inside.all():
        return ""
    first = inside.argmin()
    sample, norm = samples[first], norms[first]
    return f"sample {sample} has largest norm {norm:.6g}, but clouds lie in the unit ball"


def digest_of(
    name: str,
    classes: tuple[str, ...],
    split: str,
    points: CloudPoints,
    label: Labels,
    samples: Names,
) -> str:
    """sha256 (hex) of names, shape and values, whenever and however the file was written."""
    words = [name, split, *classes, str(points.shape), *samples.tolist()]
    text = "\n".join(words)
    digest = hashlib.sha256(text.encode())
    digest.update(np.ascontiguousarray(points, "<f4").data)
    digest.update(np.ascontiguousarray(label, "<i8").data)
    return digest.hexdigest()


def spread(total: int, wanted: int) -> NDArray[np.int64]:
    """Indices of `wanted` of `total` samples, evenly spread; all of them for 0."""
    return np.unique(np.linspace(0, total - 1, wanted or total).round().astype(np.int64))
