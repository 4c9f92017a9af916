"""The embedded data set: forty families of procedural shapes under the class names of ModelNet40.

Nothing is fetched: every mesh follows from (seed, split, class, index) alone, so any part of the set can be made
anywhere, in any order, and comes out the same. The families overlap (desk and table, cup and vase) as the real ones do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lcpc.data import sampling
from lcpc.data.base import SPLITS, PointClouds, clouds
from lcpc.data.meshes import Mesh
from lcpc.data.seeds import seed_of
from lcpc.data.shapes import bathroom, bodies, building, devices, seating, storage, surfaces, vessels
from lcpc.data.shapes.dice import Dice
from lcpc.data.shapes.pose import pose
from lcpc.errors import DataError

NAME = "shapes40"
LICENCE = "part of lcpc"
POINTS = 1024
BUILDERS: dict[str, Callable[[Dice], Mesh]] = {
    "airplane": bodies.airplane,
    "bathtub": bathroom.bathtub,
    "bed": seating.bed,
    "bench": seating.bench,
    "bookshelf": storage.bookshelf,
    "bottle": vessels.bottle,
    "bowl": vessels.bowl,
    "car": bodies.car,
    "chair": seating.chair,
    "cone": vessels.cone,
    "cup": vessels.cup,
    "curtain": building.curtain,
    "desk": surfaces.desk,
    "door": building.door,
    "dresser": storage.dresser,
    "flower_pot": vessels.flower_pot,
    "glass_box": storage.glass_box,
    "guitar": bodies.guitar,
    "keyboard": devices.keyboard,
    "lamp": vessels.lamp,
    "laptop": devices.laptop,
    "mantel": surfaces.mantel,
    "monitor": devices.monitor,
    "night_stand": storage.night_stand,
    "person": bodies.person,
    "piano": surfaces.piano,
    "plant": vessels.plant,
    "radio": devices.radio,
    "range_hood": devices.range_hood,
    "sink": bathroom.sink,
    "sofa": seating.sofa,
    "stairs": building.stairs,
    "stool": seating.stool,
    "table": surfaces.table,
    "tent": building.tent,
    "toilet": bathroom.toilet,
    "tv_stand": storage.tv_stand,
    "vase": vessels.vase,
    "wardrobe": storage.wardrobe,
    "xbox": devices.xbox,
}
CLASSES = tuple(BUILDERS)


def missing(folder: Path) -> str:
    """Why the set cannot be made here (Open3D lacks a library), or "". It needs no folder."""
    return sampling.missing()


def mesh(kind: str, split: str, index: int, seed: int) -> Mesh:
    """The mesh of instance `index` of the class `kind`. Raises DataError for a class or split that is not there."""
    if kind not in BUILDERS or split not in SPLITS:
        raise DataError(f"{NAME}: there is no class {kind!r} in a split {split!r}. Classes: {', '.join(CLASSES)}.")
    dice = Dice(seed_of(NAME, seed, split, kind, index, "mesh"))
    return pose(dice, BUILDERS[kind](dice))


def load(split: str, folder: Path, seed: int, per_class: int, points: int = POINTS) -> PointClouds:
    """Make `per_class` clouds of each class, class by class. It reads no `folder`; `store` keeps what was made."""
    names = [(kind, index) for kind in CLASSES for index in range(per_class)]
    made = np.stack(
        [
            sampling.cloud(mesh(kind, split, index, seed), points, seed_of(NAME, seed, split, kind, index, "points"))
            for kind, index in names
        ]
    )
    label = np.repeat(np.arange(len(CLASSES)), per_class)
    samples = np.array([f"{kind}_{split}_{index:04d}" for kind, index in names])
    provenance: dict[str, str | int] = {"source": f"procedural, {__name__}", "seed": seed, "licence": LICENCE}
    return clouds(NAME, CLASSES, split, made, label, samples, provenance)
