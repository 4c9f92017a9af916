"""The reader of Wavefront OBJ files: vertices and faces; materials, textures and everything else are passed over."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from lcpc.data.meshes import Fans, Mesh, content, solid
from lcpc.errors import DataError

WAY_OUT = "Write the file again or take it out of the data set"


def read_obj(path: Path) -> Mesh:
    """Mesh of an OBJ file: polygons become triangle fans, faces without area are dropped.

    Raises MissingData where there is no file; DataError, naming file and line, where it is not a mesh.
    """
    vertices, fans = array("d"), Fans(path)
    for number, text in content(path):
        words = text.split()
        try:
            if words[0] == "v":
                vertices.extend(vertex(words))
            elif words[0] == "f":
                fans.add([corner(word, len(vertices) // 3) for word in words[1:]])
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {text[:40]!r} is no vertex or face ({error}). {WAY_OUT}.") from None
    triangles = fans.triangles()
    if not len(triangles):
        raise DataError(f"{path}: {len(vertices) // 3} vertices, but no face to sample. {WAY_OUT}.")
    return solid(path, Mesh(np.array(vertices).reshape(-1, 3), triangles))


def vertex(words: list[str]) -> list[float]:
    """Coordinates of a `v` line; weights and colours behind them are ignored."""
    values = [float(word) for word in words[1:4]]
    if len(values) < 3 or not np.isfinite(values).all():
        raise ValueError("three finite numbers are needed")
    return values


def corner(word: str, n_vertices: int) -> int:
    """Index of a vertex from `7`, `7/1/2` or `-1` (counted from the last one so far)."""
    number = int(word.split("/", 1)[0])
    index = number - 1 if number > 0 else n_vertices + number
    if number == 0 or not 0 <= index < n_vertices:
        raise ValueError(f"there is no vertex {number} so far")
    return index
