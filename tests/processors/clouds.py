"""Clouds that every machine has alike: the first of the test split, or made-up ones."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcpc import config
from lcpc.errors import MissingData
from lcpc.jobs import JobContext

CLOUDS, POINTS = 20, 1024
GRID = 1024
"""Made-up coordinates are whole numbers over this: exact in float32, without a library's log."""
LARGEST = 590
"""A cube of this half-width, over GRID, lies in the unit ball."""


class Clouds(NamedTuple):
    """points: [n, P, 3]. samples: their names in the test split, none if they are made up."""

    points: NDArray[np.float32]
    samples: list[str]

    def __str__(self) -> str:
        return f"{len(self.points)} {'test' if self.samples else 'made-up'} clouds"


def clouds(root: Path) -> Clouds:
    """Those of the run workstation, where its data are here; else made-up ones."""
    try:
        data = JobContext(root, config.load(root, "workstation")).clouds("test")
    except MissingData:
        return made_up()
    return Clouds(data.points[:CLOUDS], data.samples[:CLOUDS].tolist())


def made_up() -> Clouds:
    """Points of a grid in a cube."""
    whole = np.random.default_rng(1).integers(-LARGEST, LARGEST + 1, (CLOUDS, POINTS, 3))
    return Clouds((whole / GRID).astype(np.float32), [])
