"""Reads and writes the points of PLY files, ASCII and binary little-endian: how external codecs pass clouds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.errors import DataError, MissingData

FORMATS = ("ascii 1.0", "binary_little_endian 1.0")
SCALARS = {
    "char": "<i1", "int8": "<i1", "uchar": "<u1", "uint8": "<u1", "short": "<i2", "int16": "<i2",
    "ushort": "<u2", "uint16": "<u2", "int": "<i4", "int32": "<i4", "uint": "<u4", "uint32": "<u4",
    "float": "<f4", "float32": "<f4", "double": "<f8", "float64": "<f8",
}  # fmt: skip
END = b"end_header\n"
LIMIT_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class _Header:
    is_ascii: bool
    vertices: int
    properties: tuple[tuple[str, str], ...]
    """(name, numpy type) of each number of a vertex, in the order of the file."""


def read_points(path: Path) -> NDArray[np.float64]:
    """x, y, z of the vertices of a PLY file, [P, 3]. Raises MissingData without a file, DataError without points."""
    if not path.is_file():
        raise MissingData(f"{path} is not there")
    content = path.read_bytes()
    end = content.find(END, 0, LIMIT_HEADER_BYTES)
    if not content.startswith(b"ply\n") or end < 0:
        raise DataError(f"{path}: no PLY file: it lacks a header from 'ply' to 'end_header'")
    header = _header(path, content[:end].decode("ascii", "replace").splitlines()[1:])
    body = content[end + len(END) :]
    points = _ascii_points(path, header, body) if header.is_ascii else _binary_points(path, header, body)
    if not np.isfinite(points).all():
        raise DataError(f"{path}: some coordinates are not finite")
    return points


def write_points(path: Path, points: NDArray[np.float32]) -> None:
    """Writes points float32 [P, 3] as a binary little-endian PLY file."""
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    lines += [f"property float {axis}" for axis in "xyz"]
    path.write_bytes("\n".join(lines).encode() + b"\n" + END + np.ascontiguousarray(points, dtype="<f4").tobytes())


def _header(path: Path, lines: list[str]) -> _Header:
    words = [line.split() for line in lines if line.split() and line.split()[0] not in ("comment", "obj_info")]
    form = " ".join(words[0][1:]) if words and words[0][0] == "format" else ""
    if form not in FORMATS:
        raise DataError(f"{path}: PLY format {form!r} is not one of {', '.join(FORMATS)}")
    elements = [i for i, word in enumerate(words) if word[0] == "element"]
    if not elements or len(words[elements[0]]) != 3 or words[elements[0]][1] != "vertex":
        raise DataError(f"{path}: the first element must be 'vertex'")
    count = words[elements[0]][2]
    if not (count.isascii() and count.isdigit()):
        raise DataError(f"{path}: {count[:20]!r} is no number of vertices")
    properties = words[elements[0] + 1 : elements[1] if len(elements) > 1 else None]
    return _Header(form == FORMATS[0], int(count), _properties(path, properties))


def _properties(path: Path, words: list[list[str]]) -> tuple[tuple[str, str], ...]:
    for word in words:
        if len(word) != 3 or word[0] != "property" or word[1] not in SCALARS:
            raise DataError(f"{path}: can't read {' '.join(word)[:40]!r}: a vertex may have plain numbers only")
    names = [word[2] for word in words]
    if not {"x", "y", "z"} <= set(names) or len(set(names)) != len(names):
        raise DataError(f"{path}: a vertex needs x, y and z, and each once; it has {', '.join(names) or 'nothing'}")
    return tuple((word[2], SCALARS[word[1]]) for word in words)


def _ascii_points(path: Path, header: _Header, body: bytes) -> NDArray[np.float64]:
    names = [name for name, _ in header.properties]
    wanted = header.vertices * len(names)
    words = body.split(maxsplit=min(wanted, len(body)))[:wanted]
    if len(words) < wanted:
        raise DataError(f"{path}: {header.vertices} vertices promised, only {len(words) // len(names)} are there")
    try:
        values = np.array(words, dtype=np.float64).reshape(header.vertices, len(names))
    except ValueError as error:
        raise DataError(f"{path}: a coordinate is no number: {error}") from None
    return values[:, [names.index(axis) for axis in "xyz"]]


def _binary_points(path: Path, header: _Header, body: bytes) -> NDArray[np.float64]:
    vertex = np.dtype(list(header.properties))
    if header.vertices * vertex.itemsize > len(body):
        raise DataError(f"{path}: {header.vertices} vertices promised, only {len(body) // vertex.itemsize} are there")
    table = np.frombuffer(body, dtype=vertex, count=header.vertices)
    return np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)
