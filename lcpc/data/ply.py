"""The reader of PLY files, ASCII and binary: vertices and, where there are any, faces as triangles."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.data.meshes import LIMIT_BYTES
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
WAY_OUT = "Write the file again or take it out of the data set"


@dataclass(frozen=True)
class Element:
    """One table of the file: its name, number of rows and what stands in a row."""

    name: str
    count: int
    properties: tuple[Property, ...]

    def is_plain(self) -> bool:
        """Whether all rows are equally long, since no property is a list."""
        return not any(count for _, _, count in self.properties)


def read_ply(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices [V, 3] and triangles [F, 3] (polygons become fans; F = 0 for a cloud).

    Raises MissingData without a file; DataError, naming it, for anything but a whole PLY file.
    """
    order, elements, body = read_header(path)
    table: dict[str, Any] = read_ascii(path, elements, body) if not order else read_binary(path, order, elements, body)
    vertices = table.get("vertex", np.empty((0, 3)))
    if len(vertices) == 0 or not np.isfinite(vertices).all():
        raise DataError(f"{path}: {'some coordinates are not finite' if len(vertices) else 'no vertices'}. {WAY_OUT}.")
    faces: list[tuple[int, ...]] = table.get("face", [])
    if any(not 0 <= corner < len(vertices) for face in faces for corner in face):
        raise DataError(f"{path}: a face has an index outside 0 to {len(vertices) - 1}. {WAY_OUT}.")
    fans = [(face[0], a, b) for face in faces for a, b in itertools.pairwise(face[1:])]
    return vertices, np.array(fans, np.int32).reshape(-1, 3)


def read_header(path: Path) -> tuple[str, list[Element], bytes]:
    """Byte order ("" for ASCII), the elements, and what follows the header."""
    if not path.is_file():
        raise MissingData(f"{path} is not there. Check the data set's folder.")
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
        if word[0] == "element" and len(word) == 3 and word[2].isdecimal():
            elements.append(Element(word[1], int(word[2]), ()))
        elif word[0] == "property" and elements and (found := read_property(word)):
            last = elements.pop()
            elements.append(Element(last.name, last.count, (*last.properties, found)))
        else:
            raise DataError(f"{path}: can't read the header's line {' '.join(word)[:40]!r}. {WAY_OUT}.")
    for name, needed in (("vertex", {"x", "y", "z"}), ("face", set())):
        if any(e.name == name and not needed <= {p[0] for p in e.properties} for e in elements):
            raise DataError(f"{path}: a {name} needs {', '.join(sorted(needed))}. {WAY_OUT}.")
    return elements


def read_property(word: list[str]) -> Property | None:
    """A property of a header line split into words, or None where it is none."""
    if len(word) == 3 and word[1] in TYPES:
        return word[2], TYPES[word[1]], ""
    if len(word) == 5 and word[1] == "list" and word[2] in TYPES and word[3] in TYPES and TYPES[word[2]][0] in "iu":
        return word[4], TYPES[word[3]], TYPES[word[2]]
    return None


def read_ascii(path: Path, elements: list[Element], body: bytes) -> dict[str, Any]:
    """Vertices and faces of an ASCII file, one row a line."""
    lines = iter([line for line in body.decode("ascii", "replace").splitlines() if line.strip()])
    found: dict[str, Any] = {}
    for element in elements:
        rows = [line.split() for line in itertools.islice(lines, element.count)]
        if len(rows) < element.count:
            raise ends_early(path, element, len(rows))
        try:
            found[element.name] = collected(element, [ascii_row(element, row) for row in rows])
        except (ValueError, IndexError) as error:
            raise DataError(f"{path}: a {element.name} is not what the header says ({error}). {WAY_OUT}.") from None
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


def read_binary(path: Path, order: str, elements: list[Element], body: bytes) -> dict[str, Any]:
    """Vertices and faces of a binary file."""
    at, found = 0, {}
    for element in elements:
        if element.is_plain():
            row = np.dtype([(f"{i}_{name}", order + kind) for i, (name, kind, _) in enumerate(element.properties)])
            if at + element.count * row.itemsize > len(body):
                raise ends_early(path, element, (len(body) - at) // max(row.itemsize, 1))
            table = np.frombuffer(body, row, element.count, at)
            at += element.count * row.itemsize
            if element.name == "vertex":
                names = [name for name, _, _ in element.properties]
                columns = [table[f"{names.index(axis)}_{axis}"].astype(np.float64) for axis in "xyz"]
                found["vertex"] = np.stack(columns, axis=1)
        else:
            rows = []
            for number in range(element.count):
                try:
                    values, at = binary_row(order, element, body, at)
                except struct.error:
                    raise ends_early(path, element, number) from None
                rows.append(values)
            found[element.name] = collected(element, rows)
    return found


def binary_row(order: str, element: Element, body: bytes, at: int) -> tuple[dict[str, Any], int]:
    """The values of one row by property, and where the next begins. Raises struct.error where the file ends."""
    row = {}
    for name, kind, counted in element.properties:
        length = 1
        if counted:
            (length,) = struct.unpack_from(order + CODES[counted], body, at)
            at += struct.calcsize(order + CODES[counted])
        if not 0 <= length <= len(body):
            raise struct.error("a list is longer than the file")
        values = struct.unpack_from(f"{order}{length}{CODES[kind]}", body, at)
        at += struct.calcsize(f"{order}{length}{CODES[kind]}")
        row[name] = values if counted else values[0]
    return row, at


def collected(element: Element, rows: list[dict[str, Any]]) -> Any:
    """Rows as lcpc needs them: vertices as an array [V, 3], faces as tuples of corners, nothing of other elements."""
    if element.name == "vertex":
        return np.array([[row[axis] for axis in "xyz"] for row in rows], np.float64).reshape(-1, 3)
    if element.name != "face":
        return None
    name = next((name for name in CORNERS if any(name == one for one, _, _ in element.properties)), "")
    return [tuple(int(corner) for corner in row[name]) for row in rows] if name else []


def ends_early(path: Path, element: Element, there: int) -> DataError:
    """The error of a file that is shorter than its header promises."""
    return DataError(f"{path}: ends after {there} of {element.count} rows of {element.name!r}. {WAY_OUT}.")
