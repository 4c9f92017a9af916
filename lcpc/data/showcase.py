"""Objects to show: some of a run's test split, as meshes if it has them, else as clouds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.config import Config
from lcpc.data import modelnet40_source, objects, point_clouds
from lcpc.data.meshes import Mesh
from lcpc.data.point_clouds import folder, shapes40
from lcpc.data.seeds import seed_of
from lcpc.data.shapes import generator

SPLIT = "test"


@dataclass(frozen=True, eq=False)
class Shown:
    """One object: its class, its name, and a mesh or the points [P, 3] of its cloud."""

    kind: str
    sample: str
    body: Mesh | NDArray[np.float32] | NDArray[np.float64]


def chosen(config: Config, root: Path, count: int) -> list[Shown]:
    """`count` objects of the run's test split (or all of fewer), spread over its classes.

    They are the same ones every time. Raises MissingData with the way out if the run has neither
    meshes nor clouds, DataError for a broken file.
    """
    if point_clouds.dataset_of(config).name == shapes40.NAME:
        return list(_shapes(config.seed, count))
    if files := files_of(config, root):
        picked_files = picked(files, config.seed, count)
        return [Shown(kind, path.stem, objects.read(path)) for kind, path in picked_files]
    return list(clouds_of(config, root, count))


def _shapes(seed: int, count: int) -> Iterator[Shown]:
    for kind, index in turns(generator.classes(), count):
        mesh = shapes40.mesh(kind, SPLIT, index, seed)
        yield Shown(kind, f"{kind}_{SPLIT}_{index:04d}", mesh)


def turns(classes: tuple[str, ...], count: int) -> list[tuple[str, int]]:
    """(class, index) of `count` objects: classes spread evenly, or all of them in turn if fewer."""
    if len(classes) >= count:
        places = np.linspace(0, len(classes) - 1, count).round().astype(int)
        return [(classes[place], 0) for place in places]
    numbered = [(classes[number % len(classes)], number // len(classes)) for number in range(count)]
    return sorted(numbered)


def files_of(config: Config, root: Path) -> dict[str, list[Path]]:
    """Files of the test split by class, if the run's data set is one of files; else none."""
    dataset, place = point_clouds.dataset_of(config), point_clouds.place_of(config, root)
    if dataset.name == "folder" and not folder.defect(place):
        return {path.name: folder.objects_of(path / SPLIT) for path in folder.class_folders(place)}
    meshes = place / modelnet40_source.MESHES
    if dataset.name != "modelnet40" or not meshes.is_dir():
        return {}
    inside = modelnet40_source.class_folder(meshes)
    classes = folder.class_folders(inside)
    files = {path.name: modelnet40_source.off_files(path / SPLIT) for path in classes}
    return {kind: paths for kind, paths in files.items() if paths}


def picked(files: dict[str, list[Path]], seed: int, count: int) -> Iterator[tuple[str, Path]]:
    """(class, file) of `count` objects; which of a class follows from its name and the seed."""
    for kind, index in turns(tuple(files), count):
        paths = files[kind]
        if index < len(paths):
            start = seed_of("showcase", seed, kind)
            yield kind, paths[(start + index) % len(paths)]


def clouds_of(config: Config, root: Path, count: int) -> Iterator[Shown]:
    """Clouds of the test split, for a run that has no meshes."""
    clouds = point_clouds.load(config, root, SPLIT)
    counts = clouds.class_counts()
    for kind, index in turns(tuple(kind for kind in counts if counts[kind]), count):
        label = clouds.classes.index(kind)
        rows = np.flatnonzero(clouds.label == label)
        if index < len(rows):
            start = seed_of("showcase", config.seed, kind)
            row = rows[(start + index) % len(rows)]
            yield Shown(kind, str(clouds.samples[row]), clouds.points[row])
