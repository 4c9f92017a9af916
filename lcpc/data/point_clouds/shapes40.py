"""The embedded data set: forty classes of procedural shapes under the class names of ModelNet40.

Nothing is downloaded: every mesh follows from (seed, split, class, index) alone, so any part of the
set can be made anywhere, in any order. The classes overlap (desk and table, cup and vase) as the
real ones do.
"""

from pathlib import Path

import numpy as np

from lcpc.config import Config
from lcpc.data import sampling, store
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.meshes import Mesh
from lcpc.data.places import dataset_of, made_file
from lcpc.data.seeds import seed_of
from lcpc.data.shapes import generator
from lcpc.errors import DataError

NAME = "shapes40"
LICENCE = "part of lcpc"
POINTS = 1024
MADE = True


def cloud_count(config: Config, split: str) -> int:
    """Clouds of a split."""
    dataset = dataset_of(config)
    per_class = dataset.train_per_class if split == "train" else dataset.test_per_class
    return len(generator.classes()) * per_class


def class_count(config: Config, root: Path) -> int:
    """Number of classes."""
    return len(generator.classes())


def missing(config: Config, root: Path) -> str:
    """Why the set cannot be made here (Open3D lacks a library), or ""."""
    return sampling.missing()


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> None:
    """Make and store the clouds of both splits."""
    dataset = dataset_of(config)
    counts = {"train": dataset.train_per_class, "test": dataset.test_per_class}
    for split, per_class in counts.items():
        made = sample(split, config.seed, per_class, dataset.stored_points)
        store.save(made, made_file(root, config.run, split))


def load(config: Config, root: Path, split: str) -> PointClouds:
    """The stored clouds of one split."""
    return store.read(made_file(root, config.run, split))


def input_files(config: Config, root: Path) -> list[Path]:
    """None: the set comes from its seed."""
    return []


def mesh(kind: str, split: str, index: int, seed: int) -> Mesh:
    """The mesh of instance `index` of class `kind`. Raises DataError for an unknown class."""
    if kind not in generator.classes() or split not in SPLITS:
        raise DataError(f"{NAME}: there is no class {kind!r} in a split {split!r}. "
                        f"Classes: {', '.join(generator.classes())}.")
    return generator.shape(kind, seed_of(NAME, seed, split, kind, index, "mesh"))


def sample(split: str, seed: int, per_class: int, points: int = POINTS) -> PointClouds:
    """Make `per_class` clouds of each class, class by class."""
    classes = generator.classes()
    made, samples = [], []
    for kind in classes:
        for index in range(per_class):
            shape = mesh(kind, split, index, seed)
            cloud_seed = seed_of(NAME, seed, split, kind, index, "points")
            made.append(sampling.cloud(shape, points, cloud_seed))
            samples.append(f"{kind}_{split}_{index:04d}")
    label = np.repeat(np.arange(len(classes)), per_class)
    source = f"procedural, {generator.__name__}"
    provenance: dict[str, str | int] = {"source": source, "seed": seed, "licence": LICENCE}
    return clouds(NAME, classes, split, np.stack(made), label, np.array(samples), provenance)
