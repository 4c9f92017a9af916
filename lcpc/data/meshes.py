"""Triangle meshes and the reader of OFF files, as robust as the official ModelNet40 archive needs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError, MissingData

HEADER = re.compile(r"(?:ST)?C?N?OFF(?![A-Za-z])\s*")
LIMIT_BYTES = 1 << 30
WAY_OUT = "Fetch the mesh again or take it out of the list"
Line = tuple[int, str]  # 1-based number in the file, text without comment


@dataclass(frozen=True)
class Mesh:
    """Triangles in space: `vertices` float64 [V, 3], `triangles` int32 [F, 3] of indices into them."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]

    def area(self) -> NDArray[np.float64]:
        """Area of each triangle, [F]."""
        a, b, c = (self.vertices[self.triangles[:, corner]] for corner in range(3))
        area: NDArray[np.float64] = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return area


def read_off(path: Path) -> Mesh:
    """Mesh of an OFF file: polygons become triangle fans, faces without area are dropped.

    Raises MissingData where there is no file; DataError, naming file and line, where it is not a mesh.
    """
    lines = content(path)
    header = next(lines, (0, ""))
    match = HEADER.match(header[1])
    if not match:
        raise DataError(f"{path}, line {header[0]}: starts with {header[1][:20]!r}, not with OFF. {WAY_OUT}.")
    glued = header[1][match.end() :]
    n_vertices, n_faces = read_counts(path, (header[0], glued) if glued else next(lines, (header[0], "")))
    vertices = read_vertices(path, take(path, lines, n_vertices, "vertices"))
    triangles = read_faces(path, take(path, lines, n_faces, "faces"), n_vertices)
    return solid(path, Mesh(vertices, triangles))


def content(path: Path) -> Iterator[Line]:
    """The lines of a file that say something, without comments, each with its number."""
    if not path.is_file():
        raise MissingData(f"{path} is not there. Set the folder of the meshes in the run's config.")
    if path.stat().st_size > LIMIT_BYTES:
        raise DataError(f"{path}: {path.stat().st_size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    with path.open(encoding="ascii", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if text := line.split("#", 1)[0].strip():
                yield number, text


def read_counts(path: Path, line: Line) -> tuple[int, int]:
    """Numbers of vertices and faces; a count that the file is too small for is refused before anything is read."""
    number, text = line
    try:
        n_vertices, n_faces = (int(word) for word in text.split()[:2])
    except ValueError:
        raise DataError(f"{path}, line {number}: counts are {text[:40]!r}, not three integers. {WAY_OUT}.") from None
    room = path.stat().st_size // len("0 0 0\n")
    if min(n_vertices, n_faces) < 1 or n_vertices + n_faces > room:
        raise DataError(
            f"{path}, line {number}: {n_vertices} vertices and {n_faces} faces do not fit a file of "
            f"{path.stat().st_size} bytes. {WAY_OUT}."
        )
    return n_vertices, n_faces


def take(path: Path, lines: Iterator[Line], count: int, what: str) -> list[Line]:
    """The next `count` lines, or DataError where the file ends before."""
    taken = list(itertools.islice(lines, count))
    if len(taken) < count:
        raise DataError(f"{path}: ends after {len(taken)} of {count} {what}. {WAY_OUT}.")
    return taken


def read_vertices(path: Path, lines: list[Line]) -> NDArray[np.float64]:
    """Coordinates [V, 3]; colours and normals behind them are ignored."""
    vertices = np.empty((len(lines), 3))
    for row, (number, text) in enumerate(lines):
        try:
            vertices[row] = text.split()[:3]
        except ValueError:
            raise DataError(f"{path}, line {number}: vertex {text[:40]!r} is not three numbers. {WAY_OUT}.") from None
    bad = np.flatnonzero(~np.isfinite(vertices).all(axis=1))
    if len(bad):
        raise DataError(f"{path}, line {lines[bad[0]][0]}: vertex {lines[bad[0]][1][:40]!r} is not finite. {WAY_OUT}.")
    return vertices


def read_faces(path: Path, lines: list[Line], n_vertices: int) -> NDArray[np.int32]:
    """Triangles [F, 3]: each polygon as a fan around its first corner."""
    triangles: list[tuple[int, int, int]] = []
    for number, text in lines:
        corners = read_corners(path, number, text)
        if any(not 0 <= corner < n_vertices for corner in corners):
            raise DataError(f"{path}, line {number}: face {text[:40]!r} has an index outside 0 to {n_vertices - 1}. {WAY_OUT}.")
        triangles += ((corners[0], a, b) for a, b in itertools.pairwise(corners[1:]))
    return np.array(triangles, np.int32).reshape(-1, 3)


def read_corners(path: Path, number: int, text: str) -> list[int]:
    """Vertex indices of one face line; the colour behind them is ignored."""
    words = text.split()
    try:
        corners = [int(word) for word in words[1 : 1 + int(words[0])]]
    except ValueError:
        corners = []
    if not corners or len(corners) != int(words[0]):
        raise DataError(f"{path}, line {number}: face {text[:40]!r} is not a count and that many indices. {WAY_OUT}.")
    return corners


def solid(path: Path, mesh: Mesh) -> Mesh:
    """The mesh without its faces of no area, or DataError where no face is left."""
    kept = mesh.triangles[mesh.area() > 0]
    if len(kept) == 0:
        raise DataError(f"{path}: none of its {len(mesh.triangles)} triangles has an area. {WAY_OUT}.")
    return Mesh(mesh.vertices, kept)
