"""The reader of OFF files, as robust as the official ModelNet40 archive needs."""

import itertools
import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lcpc.data.lines import WAY_OUT, lines
from lcpc.data.meshes import Mesh, Points, Polygons
from lcpc.errors import DataError, reader

HEADER = re.compile(r"(?:ST)?C?N?OFF(?![A-Za-z])\s*", re.IGNORECASE)
LEAST_ROW_BYTES = len("0 0 0\n")


@reader(DataError, "is no readable OFF file", WAY_OUT)
def read_off(path: Path) -> Mesh:
    """Mesh of an OFF file, without faces of no area; the counts may be glued to the word OFF.

    Raises MissingData without the file, DataError (naming file and line) if it is not a mesh.
    """
    rows = lines(path)
    number, header = next(rows, (0, ""))
    match = HEADER.match(header)
    if not match:
        raise DataError(f"{path}, line {number}: starts with {header[:20]!r}, not with OFF. "
                        f"{WAY_OUT}.")
    glued = header[match.end() :]
    if not glued:
        number, glued = next(rows, (number, ""))
    n_vertices, n_faces = _counts(path, number, glued)
    vertices = _vertices(path, _take(path, rows, n_vertices, "vertices"))
    polygons = Polygons(path)
    for number, text in _take(path, rows, n_faces, "faces"):
        polygons.add(_corners(path, number, text, n_vertices))
    return polygons.mesh(vertices)


def _counts(path: Path, number: int, text: str) -> tuple[int, int]:
    """Numbers of vertices and faces, refused if the file is too small for them."""
    where, size = f"{path}, line {number}", path.stat().st_size
    try:
        n_vertices, n_faces = (int(word) for word in text.split()[:2])
    except ValueError:
        raise DataError(f"{where}: counts are {text[:40]!r}, not three integers. "
                        f"{WAY_OUT}.") from None
    counts = f"{n_vertices} vertices and {n_faces} faces"
    if min(n_vertices, n_faces) < 1:
        raise DataError(f"{where}: {counts} are no surface. {WAY_OUT}.")
    if n_vertices + n_faces > size // LEAST_ROW_BYTES:
        raise DataError(f"{where}: {counts} do not fit a file of {size} bytes. {WAY_OUT}.")
    return n_vertices, n_faces


def _take(
    path: Path, rows: Iterator[tuple[int, str]], count: int, kind: str
) -> Iterator[tuple[int, str]]:
    """The next `count` lines. Raises DataError if the file ends before."""
    taken = 0
    for row in itertools.islice(rows, count):
        taken += 1
        yield row
    if taken < count:
        raise DataError(f"{path}: ends after {taken} of {count} {kind}. {WAY_OUT}.")


def _vertices(path: Path, rows: Iterator[tuple[int, str]]) -> Points:
    """Coordinates [V, 3]; colours and normals after them are ignored."""
    values = array("d")
    for number, text in rows:
        try:
            x, y, z = (float(word) for word in text.split()[:3])
        except ValueError:
            raise DataError(
                f"{path}, line {number}: vertex {text[:40]!r} is not three numbers. {WAY_OUT}."
            ) from None
        if not abs(x) + abs(y) + abs(z) < np.inf:
            raise DataError(f"{path}, line {number}: vertex {text[:40]!r} is not finite. "
                            f"{WAY_OUT}.")
        values.extend((x, y, z))
    return np.array(values).reshape(-1, 3)


def _corners(path: Path, number: int, text: str, n_vertices: int) -> list[int]:
    """Vertex indices of one face line; the colour after them is ignored."""
    words = text.split()
    try:
        count = int(words[0])
        corners = [int(word) for word in words[1 : 1 + count]]
    except ValueError:
        count, corners = 0, []
    face = f"{path}, line {number}: face {text[:40]!r}"
    if not corners or len(corners) != count:
        raise DataError(f"{face} is not a count and that many indices. {WAY_OUT}.")
    if min(corners) < 0 or max(corners) >= n_vertices:
        raise DataError(f"{face} has an index outside 0 to {n_vertices - 1}. {WAY_OUT}.")
    return corners
