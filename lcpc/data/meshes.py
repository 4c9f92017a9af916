"""Triangle meshes and the reader of OFF files, as robust as the official ModelNet40 archive needs."""

from __future__ import annotations

import itertools
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError, MissingData

HEADER = re.compile(r"(?:ST)?C?N?OFF(?![A-Za-z])\s*")
LIMIT_BYTES = 1 << 28
LIMIT_LINE = 1 << 20
MAX_TRIANGLES = 1 << 25
AT_ONCE = 1 << 18
WAY_OUT = "Fetch the mesh again or take it out of the list"
Line = tuple[int, str]  # 1-based number in the file, text without comment


@dataclass(frozen=True)
class Mesh:
    """Triangles in space: `vertices` float64 [V, 3], `triangles` int32 [F, 3] of indices into them."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]

    def area(self) -> NDArray[np.float64]:
        """Area of each triangle, [F]."""
        area = np.empty(len(self.triangles))
        for begin in range(0, len(area), AT_ONCE):
            a, b, c = (self.vertices[corner] for corner in self.triangles[begin : begin + AT_ONCE].T)
            area[begin : begin + AT_ONCE] = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return area


class Fans:
    """Polygons of the file `path` as triangles around their first corners, in 12 bytes each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._corners = array("i")

    def add(self, corners: Sequence[int]) -> None:
        """Take a polygon. Raises OverflowError for an index beyond int32, DataError for more triangles than any mesh has."""
        for second, third in itertools.pairwise(corners[1:]):
            self._corners.extend((corners[0], second, third))
        if len(self._corners) > 3 * MAX_TRIANGLES:
            raise DataError(f"{self._path}: more than {MAX_TRIANGLES} triangles. {WAY_OUT}.")

    def triangles(self) -> NDArray[np.int32]:
        """All triangles, [F, 3]."""
        return np.array(self._corners, np.int32).reshape(-1, 3)


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
    vertices = read_vertices(path, take(path, lines, n_vertices, "vertices"), n_vertices)
    triangles = read_faces(path, take(path, lines, n_faces, "faces"), n_vertices)
    return solid(path, Mesh(vertices, triangles))


def content(path: Path) -> Iterator[Line]:
    """The lines of a file that say something, without comments, each with its number."""
    if not path.is_file():
        raise MissingData(f"{path} is not there. Set the folder of the meshes in the run's config.")
    if path.stat().st_size > LIMIT_BYTES:
        raise DataError(f"{path}: {path.stat().st_size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    with path.open(encoding="ascii", errors="replace") as file:
        for number, line in enumerate(iter(lambda: file.readline(LIMIT_LINE + 1), ""), 1):
            if len(line) > LIMIT_LINE:
                raise DataError(f"{path}, line {number}: longer than {LIMIT_LINE} characters. {WAY_OUT}.")
            if text := line.split("#", 1)[0].strip():
                yield number, text


def read_counts(path: Path, line: Line) -> tuple[int, int]:
    """Numbers of vertices and faces; a count that the file is too small for is refused before anything is read."""
    number, text = line
    try:
        n_vertices, n_faces = (int(word) for word in text.split()[:2])
    except ValueError:
        raise DataError(f"{path}, line {number}: counts are {text[:40]!r}, not three integers. {WAY_OUT}.") from None
    if min(n_vertices, n_faces) < 1:
        raise DataError(f"{path}, line {number}: {n_vertices} vertices and {n_faces} faces are no surface. {WAY_OUT}.")
    room = path.stat().st_size // len("0 0 0\n")
    if n_vertices + n_faces > room:
        raise DataError(
            f"{path}, line {number}: {n_vertices} vertices and {n_faces} faces do not fit a file of "
            f"{path.stat().st_size} bytes. {WAY_OUT}."
        )
    return n_vertices, n_faces


def take(path: Path, lines: Iterator[Line], count: int, what: str) -> Iterator[Line]:
    """The next `count` lines; DataError where the file ends before."""
    taken = 0
    for line in itertools.islice(lines, count):
        taken += 1
        yield line
    if taken < count:
        raise DataError(f"{path}: ends after {taken} of {count} {what}. {WAY_OUT}.")


def read_vertices(path: Path, lines: Iterator[Line], count: int) -> NDArray[np.float64]:
    """Coordinates [V, 3]; colours and normals behind them are ignored."""
    vertices = np.empty((count, 3))
    for row, (number, text) in enumerate(lines):
        try:
            x, y, z = (float(word) for word in text.split()[:3])
        except ValueError:
            raise DataError(f"{path}, line {number}: vertex {text[:40]!r} is not three numbers. {WAY_OUT}.") from None
        vertices[row] = x, y, z
        if not np.isfinite(vertices[row]).all():
            raise DataError(f"{path}, line {number}: vertex {text[:40]!r} is not finite. {WAY_OUT}.")
    return vertices


def read_faces(path: Path, lines: Iterator[Line], n_vertices: int) -> NDArray[np.int32]:
    """Triangles [F, 3]: each polygon as a fan around its first corner."""
    fans = Fans(path)
    for number, text in lines:
        corners = read_corners(path, number, text)
        if any(not 0 <= corner < n_vertices for corner in corners):
            raise DataError(f"{path}, line {number}: face {text[:40]!r} has an index outside 0 to {n_vertices - 1}. {WAY_OUT}.")
        fans.add(corners)
    return fans.triangles()


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
