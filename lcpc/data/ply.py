"""PLY files: the reader of ASCII and binary ones, vertices and faces, and the writer of clouds.

Not plyfile's, which takes memory for what a header promises before it looks at the file.
"""

import warnings
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.data.lines import check_size
from lcpc.data.meshes import Mesh, Points, Polygons
from lcpc.errors import DataError, reader

ORDERS = {"ascii 1.0": "", "binary_little_endian 1.0": "<", "binary_big_endian 1.0": ">"}
TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
CORNERS = ("vertex_indices", "vertex_index", "vertices", "indices")
HEADER_BYTES = 1 << 16
COUNT_DIGITS = 18
WAY_OUT = "Write the file again or leave it out"

Body: TypeAlias = "AsciiBody | BinaryBody"


@dataclass(frozen=True)
class Property:
    """A value of a row, or a list of values with its length before it (`count` is its type)."""

    name: str
    kind: str
    count: str = ""


@dataclass
class Element:
    """One table of the file."""

    name: str
    rows: int
    properties: list[Property] = field(default_factory=list)

    def is_plain(self) -> bool:
        """Whether all rows are equally long, since no property is a list."""
        return not any(prop.count for prop in self.properties)


def read_ply(path: Path) -> Mesh | Points:
    """The mesh of a file with faces, the points [P, 3] of one without.

    Raises MissingData without the file, DataError (naming it) unless it is a whole PLY file whose
    faces are understood.
    """
    vertices, polygons = _read(path)
    return vertices if polygons is None else polygons.mesh(vertices)


def read_points(path: Path) -> Points:
    """x, y, z of the vertices, [P, 3], whether or not the file has faces. Raises as `read_ply`."""
    return _read(path)[0]


def write_points(path: Path, points: NDArray[np.float32]) -> None:
    """Write points float32 [P, 3] as a binary little-endian PLY file."""
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    lines += [*(f"property float {axis}" for axis in "xyz"), "end_header", ""]
    values = np.ascontiguousarray(points, dtype="<f4").tobytes()
    path.write_bytes("\n".join(lines).encode() + values)


@reader(DataError, "is no readable PLY file", WAY_OUT)
def _read(path: Path) -> tuple[Points, Polygons | None]:
    size = check_size(path)
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    order, elements, begin = _header(path, content)
    if reason := _defect(elements, size):
        raise DataError(f"{path}: {reason}. {WAY_OUT}.")
    vertices, polygons = np.empty((0, 3)), None
    element = elements[0]
    try:
        body = BinaryBody(content, begin, order) if order else AsciiBody(content[begin:])
        for element in elements:
            if element.name == "vertex":
                vertices = _vertices(body, element)
            elif element.name == "face" and element.rows:
                polygons = _faces(path, body, element)
            else:
                body.skip(element)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path}: a {element.name} is not what the header says ({error}). "
                        f"{WAY_OUT}.") from None
    if len(vertices) == 0 or not np.isfinite(vertices).all():
        reason = "some coordinates are not finite" if len(vertices) else "no vertices"
        raise DataError(f"{path}: {reason}. {WAY_OUT}.")
    return vertices, polygons


def _header(path: Path, content: bytes) -> tuple[str, list[Element], int]:
    """Byte order ("" for ASCII), the elements, and where their rows begin."""
    # All lines of a header end as its first one does; after the last one, any byte may follow.
    first = content[3:5]
    line_end = first if first == b"\r\n" else first[:1]
    if not content.startswith(b"ply") or line_end not in (b"\n", b"\r", b"\r\n"):
        raise DataError(f"{path}: no PLY file: its first line is not 'ply'. {WAY_OUT}.")
    begin, words, last = 3 + len(line_end), [], b""
    while last != b"end_header":
        end = content.find(line_end, begin, HEADER_BYTES)
        # An empty cloud may end without a line end.
        last = content[begin : end if end >= 0 else HEADER_BYTES].strip()
        if end < 0 and last != b"end_header":
            raise DataError(f"{path}: no PLY file: its header lacks 'end_header'. {WAY_OUT}.")
        begin = end + len(line_end) if end >= 0 else len(content)
        words.append(last.decode("ascii", "replace").split())
    words = [line for line in words[:-1] if line and line[0] not in ("comment", "obj_info")]
    form = " ".join(words[0][1:]) if words and words[0][0] == "format" else ""
    if form not in ORDERS:
        raise DataError(f"{path}: PLY format {form!r} is not one of {', '.join(ORDERS)}. "
                        f"{WAY_OUT}.")
    return ORDERS[form], _elements(path, words[1:]), begin


def _elements(path: Path, words: list[list[str]]) -> list[Element]:
    """The elements that the header lists, each with its properties."""
    elements: list[Element] = []
    for line in words:
        match line:
            case ["element", name, rows] if rows.isdecimal() and len(rows) <= COUNT_DIGITS:
                elements.append(Element(name, int(rows)))
            case ["property", kind, name] if kind in TYPES and elements:
                elements[-1].properties.append(Property(name, TYPES[kind]))
            case ["property", "list", count, kind, name] if (
                kind in TYPES and TYPES.get(count, "f")[0] in "iu" and elements
            ):
                elements[-1].properties.append(Property(name, TYPES[kind], TYPES[count]))
            case _:
                shown = " ".join(line)[:40]
                raise DataError(f"{path}: can't read the header's line {shown!r}. {WAY_OUT}.")
    return elements


def _defect(elements: list[Element], size_bytes: int) -> str:
    """Why elements are no cloud and no mesh of a file of that size, or ""."""
    names = [element.name for element in elements]
    if "vertex" not in names or len(set(names)) != len(names):
        return (f"its elements are {', '.join(names) or 'none'}, not one 'vertex' and others, "
                "each once")
    vertex = elements[names.index("vertex")]
    if not {"x", "y", "z"} <= {prop.name for prop in vertex.properties if not prop.count}:
        return "a vertex needs x, y, z, each one number"
    for element in elements:
        columns = [prop.name for prop in element.properties]
        if not columns or len(set(columns)) != len(columns):
            return (f"the properties of {element.name!r} are {', '.join(columns) or 'none'}, not "
                    "each once")
        if element.rows > size_bytes:
            return f"its header promises more than a file of {size_bytes} bytes can hold"
        if element.rows and element.name == "face" and not _corners(element):
            return (f"a face has the properties {', '.join(columns)}, but no list of corners "
                    f"({', '.join(CORNERS)})")
        if element.rows and element.name not in ("vertex", "face") and not element.is_plain():
            return (f"its element {element.name!r} holds lists, which are not read; write faces "
                    "instead")
    return ""


def _corners(element: Element) -> str:
    """Name of the list of a face's corners, or "" if it has none."""
    lists = [prop.name for prop in element.properties if prop.count]
    return next((name for name in CORNERS if name in lists), "")


def _vertices(body: Body, element: Element) -> Points:
    if element.is_plain():
        return body.columns(element, ("x", "y", "z"))
    values = array("d")
    for row in _rows(body, element):
        values.extend(float(row[axis][0]) for axis in ("x", "y", "z"))
    return np.array(values).reshape(-1, 3)


def _faces(path: Path, body: Body, element: Element) -> Polygons:
    polygons, corners = Polygons(path), _corners(element)
    for row in _rows(body, element):
        polygons.add(map(int, row[corners].tolist()))
    return polygons


def _rows(body: Body, element: Element) -> Iterator[dict[str, NDArray[Any]]]:
    """The values of each row by property."""
    for _ in range(element.rows):
        row = {}
        for prop in element.properties:
            length = int(body.take(prop.count, 1)[0]) if prop.count else 1
            row[prop.name] = body.take(prop.kind, length)
        yield row


class AsciiBody:
    """The numbers of an ASCII file, in order."""

    def __init__(self, text: bytes) -> None:
        """Raises ValueError for a word that is not a number."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            try:
                self._values = np.fromstring(text.strip(), np.float64, sep=" ")
            except DeprecationWarning:
                raise ValueError("a word is not a number") from None
        self._begin = 0

    def take(self, kind: str, count: int) -> NDArray[Any]:
        """The next `count` numbers. Raises ValueError if the file ends before."""
        values = self._values[self._begin : self._begin + max(count, 0)]
        if count < 0 or len(values) < count:
            raise ValueError(f"ends after {len(values)} of {count} promised numbers")
        self._begin += count
        return values

    def columns(self, element: Element, names: tuple[str, ...]) -> Points:
        """Some columns of an element without lists, [rows, columns]."""
        order = [prop.name for prop in element.properties]
        table = self.take("", element.rows * len(order)).reshape(element.rows, len(order))
        return table[:, [order.index(name) for name in names]]

    def skip(self, element: Element) -> None:
        """Pass over an element without lists."""
        self.take("", element.rows * len(element.properties))


class BinaryBody:
    """The rows of a binary file, from byte `begin` on."""

    def __init__(self, content: bytes, begin: int, order: str) -> None:
        self._content, self._begin, self._order = content, begin, order

    def take(self, kind: str | np.dtype[Any], count: int) -> NDArray[Any]:
        """The next `count` values of a type. Raises ValueError if the file ends before."""
        dtype = np.dtype(self._order + kind if isinstance(kind, str) else kind)
        room = (len(self._content) - self._begin) // dtype.itemsize
        if not 0 <= count <= room:
            raise ValueError(f"ends after {room} of {count} promised values")
        values = np.frombuffer(self._content, dtype, count, self._begin)
        self._begin += values.nbytes
        return values

    def _table(self, element: Element) -> NDArray[Any]:
        row = [(prop.name, self._order + prop.kind) for prop in element.properties]
        return self.take(np.dtype(row), element.rows)

    def columns(self, element: Element, names: tuple[str, ...]) -> Points:
        """Some columns of an element without lists, [rows, columns]."""
        table = self._table(element)
        return np.stack([table[name].astype(np.float64) for name in names], axis=1)

    def skip(self, element: Element) -> None:
        """Pass over an element without lists."""
        self._table(element)
