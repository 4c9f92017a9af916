"""PLY files: the reader of ASCII and binary ones, vertices and any faces as triangles, and the writer of clouds."""

from __future__ import annotations

import io
import itertools
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.data.meshes import LIMIT_BYTES, LIMIT_LINE, Fans
from lcpc.errors import DataError, MissingData

Property: TypeAlias = tuple[str, str, str]
"""(name, numpy type of the value, numpy type of the count or "" where it is no list)."""

ORDERS = {"ascii 1.0": "", "binary_little_endian 1.0": "<", "binary_big_endian 1.0": ">"}
TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
CORNERS = ("vertex_indices", "vertex_index")
HEADER_BYTES = 1 << 16
COUNT_DIGITS = 18
WAY_OUT = "Write the file again or leave it out"


@dataclass(frozen=True)
class Element:
    """One table of the file: its name, number of rows and what stands in a row."""

    name: str
    count: int
    properties: tuple[Property, ...]

    def is_plain(self) -> bool:
        """Whether all rows are equally long, since no property is a list."""
        return not any(count for _, _, count in self.properties)

    def corners(self) -> str:
        """Name of the list of a face's corners, or "" where it has none."""
        return next((name for name, _, count in self.properties if count and name in CORNERS), "")


def read_ply(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices [V, 3] and triangles [F, 3] (polygons become fans; F = 0 for a cloud).

    Raises MissingData without a file; DataError, naming it, for anything but a whole PLY file.
    """
    order, elements, body = read_header(path)
    rows = binary_tables(path, order, elements, body) if order else ascii_tables(path, elements, body)
    table = dict(zip((element.name for element in elements), rows, strict=True))
    vertices: NDArray[np.float64] = table["vertex"]
    if len(vertices) == 0 or not np.isfinite(vertices).all():
        raise DataError(f"{path}: {'some coordinates are not finite' if len(vertices) else 'no vertices'}. {WAY_OUT}.")
    triangles: NDArray[np.int32] = table.get("face", np.empty((0, 3), np.int32))
    if len(triangles) and not (triangles.min() >= 0 and triangles.max() < len(vertices)):
        raise DataError(f"{path}: a face has an index outside 0 to {len(vertices) - 1}. {WAY_OUT}.")
    return vertices, triangles


def read_points(path: Path) -> NDArray[np.float64]:
    """x, y, z of the vertices, [P, 3], whatever faces stand behind them. Raises as `read_ply` does."""
    return read_ply(path)[0]


def write_points(path: Path, points: NDArray[np.float32]) -> None:
    """Write points float32 [P, 3] as a binary little-endian PLY file."""
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    lines += [*(f"property float {axis}" for axis in "xyz"), "end_header", ""]
    path.write_bytes("\n".join(lines).encode() + np.ascontiguousarray(points, dtype="<f4").tobytes())


def read_header(path: Path) -> tuple[str, list[Element], bytes]:
    """Byte order ("" for ASCII), the elements, and what follows the header."""
    if not path.is_file():
        raise MissingData(f"{path} is not there. Check its folder and name.")
    if path.stat().st_size > LIMIT_BYTES:
        raise DataError(f"{path}: {path.stat().st_size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    content = path.read_bytes()
    head, mark, _ = content[:HEADER_BYTES].partition(b"end_header")
    if not content.startswith(b"ply") or not mark:
        raise DataError(f"{path}: no PLY file: it lacks a header from 'ply' to 'end_header'. {WAY_OUT}.")
    begin = content.index(b"\n", len(head)) + 1 if b"\n" in content[len(head) :] else len(content)
    words = [line.split() for line in head.decode("ascii", "replace").splitlines()[1:]]
    words = [word for word in words if word and word[0] not in ("comment", "obj_info")]
    form = " ".join(words[0][1:]) if words and words[0][0] == "format" else ""
    if form not in ORDERS:
        raise DataError(f"{path}: PLY format {form!r} is not one of {', '.join(ORDERS)}. {WAY_OUT}.")
    elements = read_elements(path, words[1:])
    if any(element.count > len(content) for element in elements):
        raise DataError(f"{path}: its header promises more than a file of {len(content)} bytes can hold. {WAY_OUT}.")
    return ORDERS[form], elements, content[begin:]


def read_elements(path: Path, words: list[list[str]]) -> list[Element]:
    """The elements that the header lists, each with its properties."""
    elements: list[Element] = []
    for word in words:
        if word[0] == "element" and len(word) == 3 and word[2].isdecimal() and len(word[2]) <= COUNT_DIGITS:
            elements.append(Element(word[1], int(word[2]), ()))
        elif word[0] == "property" and elements and (found := read_property(word)):
            last = elements.pop()
            elements.append(Element(last.name, last.count, (*last.properties, found)))
        else:
            raise DataError(f"{path}: can't read the header's line {' '.join(word)[:40]!r}. {WAY_OUT}.")
    if reason := defect(elements):
        raise DataError(f"{path}: {reason}. {WAY_OUT}.")
    return elements


def defect(elements: list[Element]) -> str:
    """Why elements are no cloud and no mesh, or ""."""
    names = [element.name for element in elements]
    if "vertex" not in names or len(set(names)) != len(names):
        return f"its elements are {', '.join(names) or 'none'}, not one 'vertex' and others, each once"
    vertex = elements[names.index("vertex")]
    if not {(axis, "") for axis in "xyz"} <= {(name, count) for name, _, count in vertex.properties}:
        return "a vertex needs x, y, z, each one number"
    for element in elements:
        own = [name for name, _, _ in element.properties]
        if not own or len(set(own)) != len(own):
            return f"the properties of {element.name!r} are {', '.join(own) or 'none'}, not each once"
        if element.name == "face" and set(own) & set(CORNERS) and not element.corners():
            return "the corners of a face are no list"
    return ""


def read_property(word: list[str]) -> Property | None:
    """A property of a header line split into words, or None where it is none."""
    if len(word) == 3 and word[1] in TYPES:
        return word[2], TYPES[word[1]], ""
    if len(word) == 5 and word[1] == "list" and word[2] in TYPES and word[3] in TYPES and TYPES[word[2]][0] in "iu":
        return word[4], TYPES[word[3]], TYPES[word[2]]
    return None


def ascii_tables(path: Path, elements: list[Element], body: bytes) -> Iterator[NDArray[Any]]:
    """What each element of an ASCII file becomes, one row a line: see `collected`."""
    lines = ascii_lines(path, body)
    for element in elements:
        own = itertools.islice(lines, element.count)
        if element.name == "vertex" and element.is_plain() and element.count:
            yield ascii_vertices(path, element, own)
        else:
            yield collected(path, element, (ascii_row(element, line.split()) for line in own))


def ascii_lines(path: Path, body: bytes) -> Iterator[str]:
    """The lines that say something."""
    file = io.BytesIO(body)
    while line := file.readline(LIMIT_LINE + 1):
        if len(line) > LIMIT_LINE:
            raise DataError(f"{path}: a line is longer than {LIMIT_LINE} bytes. {WAY_OUT}.")
        if text := line.decode("ascii", "replace").strip():
            yield text


def ascii_vertices(path: Path, element: Element, lines: Iterator[str]) -> NDArray[np.float64]:
    """Vertices [V, 3] of lines that hold numbers only; other numbers of a vertex are passed over."""
    names = [name for name, _, _ in element.properties]
    columns = [names.index(axis) for axis in "xyz"]
    try:
        first = next(lines, None)
        rows = itertools.chain([first], lines) if first else iter(())
        found = np.loadtxt(rows, np.float64, comments=None, usecols=columns, ndmin=2) if first else np.empty((0, 3))
    except ValueError as error:
        raise not_as_told(path, element, error) from None
    if len(found) < element.count:
        raise ends_early(path, element, len(found))
    return found


def ascii_row(element: Element, words: list[str]) -> dict[str, Any]:
    """The values of one line by property."""
    at, row = 0, {}
    for name, kind, counted in element.properties:
        length = int(words[at]) if counted else 1
        at += bool(counted)
        if not 0 <= length <= len(words) - at:
            raise ValueError(f"{length} values promised, {len(words) - at} there")
        values = [float(word) if kind[0] == "f" else int(word) for word in words[at : at + length]]
        row[name] = values if counted else values[0]
        at += length
    return row


def binary_tables(path: Path, order: str, elements: list[Element], body: bytes) -> Iterator[NDArray[Any]]:
    """What each element of a binary file becomes: see `collected`."""
    file = io.BytesIO(body)
    for element in elements:
        if element.is_plain():
            row = np.dtype([(name, order + kind) for name, kind, _ in element.properties])
            table = np.frombuffer(part := file.read(element.count * row.itemsize), row, len(part) // row.itemsize)
            if len(table) < element.count:
                raise ends_early(path, element, len(table))
            columns = [table[axis].astype(np.float64) for axis in "xyz"] if element.name == "vertex" else []
            yield np.stack(columns, axis=1) if columns else np.empty((0, 3), np.int32)
        else:
            yield collected(path, element, binary_rows(order, element, file))


def binary_rows(order: str, element: Element, file: io.BytesIO) -> Iterator[dict[str, Any]]:
    """The values of each row by property; fewer rows than promised where the file ends."""
    for _ in range(element.count):
        row: dict[str, Any] = {}
        for name, kind, counted in element.properties:
            length = 1
            try:
                if counted:
                    (length,) = unpacked(order, 1, counted, file)
                values = unpacked(order, max(length, 0), kind, file)
            except struct.error:
                return
            row[name] = values if counted else values[0]
        yield row


def unpacked(order: str, length: int, kind: str, file: io.BytesIO) -> tuple[Any, ...]:
    """The next `length` numbers. Raises struct.error where the file ends before."""
    size = length * struct.calcsize(order + CODES[kind])
    part = file.read(size)
    if len(part) < size:
        raise struct.error("the file ends")
    return struct.unpack(f"{order}{length}{CODES[kind]}", part)


def collected(path: Path, element: Element, rows: Iterator[dict[str, Any]]) -> NDArray[Any]:
    """Rows as lcpc needs them: vertices [V, 3], faces as triangles [F, 3], nothing of other elements.

    Raises DataError for a row that is not what the header says, and for fewer rows than it promises.
    """
    vertices, fans, corners, there = array("d"), Fans(path), element.corners(), 0
    try:
        for row in rows:
            if element.name == "vertex":
                vertices.extend(row[axis] for axis in "xyz")
            elif element.name == "face" and corners:
                fans.add([int(corner) for corner in row[corners]])
            there += 1
    except (ValueError, IndexError, OverflowError) as error:
        raise not_as_told(path, element, error) from None
    if there < element.count:
        raise ends_early(path, element, there)
    return np.array(vertices).reshape(-1, 3) if element.name == "vertex" else fans.triangles()


def not_as_told(path: Path, element: Element, error: Exception) -> DataError:
    """The error of a row that is not what the header says."""
    return DataError(f"{path}: a {element.name} is not what the header says ({error}). {WAY_OUT}.")


def ends_early(path: Path, element: Element, there: int) -> DataError:
    """The error of a file that is shorter than its header promises."""
    return DataError(f"{path}: ends after {there} of {element.count} rows of {element.name!r}. {WAY_OUT}.")
