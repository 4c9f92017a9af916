"""Objects to look at: some of a run's test split as they were before sampling, meshes where it has them, else its clouds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.config import Config
from lcpc.data import folder, modelnet40, modelnet40_source, objects, point_clouds, shapes40
from lcpc.data.meshes import Mesh
from lcpc.data.seeds import seed_of

SPLIT = "test"


@dataclass(frozen=True, eq=False)
class Shown:
    """One object: its class, its name, and a mesh or the points [P, 3] of its cloud."""

    kind: str
    sample: str
    body: Mesh | NDArray[np.float32] | NDArray[np.float64]


def chosen(config: Config, root: Path, count: int) -> list[Shown]:
    """`count` objects of the run's test split, or all where it has fewer, spread over its classes; always the same ones.

    Raises MissingData with the way out where the run has neither meshes nor clouds, DataError for a broken file.
    """
    if point_clouds.dataset_of(config).name == "shapes40":
        return [Shown(kind, f"{kind}_{SPLIT}_{index:04d}", shapes40.mesh(kind, SPLIT, index, config.seed))
                for kind, index in turns(shapes40.CLASSES, count)]
    files = files_of(config, root)
    if files:
        return [Shown(kind, path.stem, objects.read(path)) for kind, path in picked(files, config.seed, count)]
    return list(clouds_of(config, root, count))


def turns(classes: tuple[str, ...], count: int) -> list[tuple[str, int]]:
    """(class, index) of `count` objects: classes spread evenly, or all of them in turn where there are fewer."""
    if len(classes) >= count:
        places = np.linspace(0, len(classes) - 1, count).round().astype(int)
        return [(classes[place], 0) for place in places]
    return sorted((classes[number % len(classes)], number // len(classes)) for number in range(count))


def files_of(config: Config, root: Path) -> dict[str, list[Path]]:
    """Files of the test split by class, where the run's data set is one of files; else none."""
    dataset, place = point_clouds.dataset_of(config), point_clouds.place_of(config, root)
    if dataset.name == "folder" and not folder.missing(place):
        return {kind: folder.objects_of(place / kind / SPLIT) for kind in folder.classes_of(place)}
    meshes = place / modelnet40_source.MESHES
    if dataset.name != "modelnet40" or not meshes.is_dir():
        return {}
    inside = modelnet40_source.class_folder(meshes)
    found = {kind: sorted((inside / kind / SPLIT).glob("*.off")) for kind in modelnet40.classes_of(inside)}
    return {kind: paths for kind, paths in found.items() if paths}


def picked(files: dict[str, list[Path]], seed: int, count: int) -> Iterator[tuple[str, Path]]:
    """(class, file) of `count` objects; which of a class follows from its name and the seed."""
    for kind, index in turns(tuple(files), count):
        paths = files[kind]
        if index < len(paths):
            yield kind, paths[(seed_of("showcase", seed, kind) + index) % len(paths)]


def clouds_of(config: Config, root: Path, count: int) -> Iterator[Shown]:
    """Clouds of the test split, for a run that has no meshes."""
    held = point_clouds.load(config, root, SPLIT)
    there = tuple(kind for label, kind in enumerate(held.classes) if (held.label == label).any())
    for kind, index in turns(there, count):
        rows = np.flatnonzero(held.label == held.classes.index(kind))
        if index < len(rows):
            row = rows[(seed_of("showcase", config.seed, kind) + index) % len(rows)]
            yield Shown(kind, str(held.samples[row]), held.points[row])
