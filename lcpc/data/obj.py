"""The reader of Wavefront OBJ files: vertices and faces; all other lines are ignored."""

from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lcpc.data.lines import WAY_OUT, lines
from lcpc.data.meshes import Mesh, Polygons
from lcpc.errors import DataError, reader


@reader(DataError, "is no readable OBJ file", WAY_OUT)
def read_obj(path: Path) -> Mesh:
    """Mesh of an OBJ file, without faces of no area.

    Raises MissingData without the file, DataError (naming file and line) if it is not a mesh.
    """
    vertices, polygons, n_faces = array("d"), Polygons(path), 0
    for number, text in _joined(path):
        keyword, *words = text.split()
        try:
            if keyword == "v":
                vertices.extend(_vertex(words))
            elif keyword == "f":
                polygons.add([_corner(word, len(vertices) // 3) for word in words])
                n_faces += 1
        except ValueError as error:
            raise DataError(
                f"{path}, line {number}: {text[:40]!r} is no vertex or face ({error}). {WAY_OUT}."
            ) from None
    if not n_faces:
        raise DataError(f"{path}: {len(vertices) // 3} vertices, but no face to sample. {WAY_OUT}.")
    return polygons.mesh(np.array(vertices).reshape(-1, 3))


def _joined(path: Path) -> Iterator[tuple[int, str]]:
    r"""The lines of the file; one that ends in `\` goes on in the next."""
    parts: list[str] = []
    for number, text in lines(path):
        parts.append(text.removesuffix("\\"))
        if not text.endswith("\\"):
            yield number, " ".join(parts)
            parts = []
    if "".join(parts).strip():
        raise DataError(f"{path}: its last line ends in a backslash, so the rest is missing. "
                        f"{WAY_OUT}.")


def _vertex(words: list[str]) -> list[float]:
    """Coordinates of a `v` line; weights and colours after them are ignored."""
    values = [float(word) for word in words[:3]]
    if len(values) < 3 or not np.isfinite(values).all():
        raise ValueError("three finite numbers are needed")
    return values


def _corner(word: str, n_vertices: int) -> int:
    """Index of a vertex from `7`, `7/1/2` or `-1` (counted from the last one so far)."""
    number = int(word.split("/", 1)[0])
    index = number - 1 if number > 0 else n_vertices + number
    if number == 0 or not 0 <= index < n_vertices:
        raise ValueError(f"there is no vertex {number} so far")
    return index
