"""Tables and figures as they lie on disk, read back with the origin of each number; what cannot be read says why."""

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lcpc.audit.files import Row, TableFile, inside, read_json, read_table
from lcpc.errors import ResultError
from lcpc.results.cells import Cell, Source, Table
from lcpc.tables._layout import NOTE

WORDS = {"bd": "BD", "rd": "RD", "pointnet": "PointNet", "80": "80 %"}
KINDS = {"table": ("csv", "md", "tex"), "figure": ("pdf", "png", "csv")}
"""Files of a product that a reader may want to have."""
ODD = (KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What reading a json of another shape than expected raises."""


@dataclass(frozen=True)
class Product:
    """One table or figure that a run's config asks for. `kind`: table or figure."""

    kind: str
    run: str
    stem: str

    @property
    def folder(self) -> str:
        """Where its files lie, relative to the project: `tables/demo`."""
        return f"{self.kind}s/{self.run}"

    @property
    def file(self) -> str:
        """Its csv, relative to the project: `tables/demo/bd_metrics.csv`."""
        return f"{self.folder}/{self.stem}.csv"

    @property
    def title(self) -> str:
        """Its stem in a reader's words: `bd_metrics` is `BD metrics`."""
        words = [WORDS.get(word, word) for word in self.stem.split("_")]
        return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])

    @property
    def command(self) -> str:
        """What makes it again from the rows that are there."""
        return f"lcpc {self.kind} {self.stem} --run {self.run}"

    @property
    def workflow_command(self) -> str:
        """What makes it with all that it stands on."""
        return f"snakemake --cores 8 {self.folder}/{self.stem}.{'pdf' if self.kind == 'figure' else 'csv'}"


@dataclass(frozen=True)
class Drawing:
    """A figure read back: `points` as plotted, `series` with the lines that each of them shows, `digests` of their files."""

    product: Product
    caption: str
    code: str
    points: TableFile
    series: Mapping[str, tuple[Source, ...]]
    digests: Mapping[str, str]


@dataclass(frozen=True)
class ReadTable:
    """A table read back: its cells, the fields of its csv as they stand, fingerprint of its code, digests of its sources."""

    product: Product
    table: Table
    fields: TableFile
    code: str
    digests: Mapping[str, str]


def slug(text: str) -> str:
    """A text as part of an anchor: what may not stand in one becomes a line.

    >>> slug("bits.ours <1>")
    'bits.ours_1_'
    """
    return re.sub(r"[^\w.-]+", "_", text)


def read_back(root: Path, product: Product) -> ReadTable:
    """The table as it was built. Raises MissingData or ResultError naming the file and what is wrong."""
    fields = read_table(root / product.file, root)
    content = read_json((root / product.file).with_suffix(".json"), root)
    try:
        table = _table(root, product, fields, content)
        return ReadTable(product, table, fields, str(content["code"]), _digests(content))
    except ODD as error:
        raise _odd(product, error) from error


def drawing(root: Path, product: Product) -> Drawing:
    """The figure's points and their origin. Raises MissingData or ResultError naming the file and what is wrong."""
    points = read_table(root / product.file, root)
    content = read_json((root / product.file).with_suffix(".json"), root)
    try:
        series = {str(name): _sources(root, told) for name, told in content["series"].items()}
        return Drawing(product, str(content["caption"]), str(content["code"]), points, series, _digests(content))
    except ODD as error:
        raise _odd(product, error) from error


def kinds_there(root: Path, product: Product) -> list[str]:
    """Endings of the product's files that are there."""
    return [kind for kind in KINDS[product.kind] if (root / product.folder / f"{product.stem}.{kind}").is_file()]


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a png in pixels, from its header. Raises ResultError where it is none."""
    head = path.read_bytes()[:24] if path.is_file() else b""
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        raise ResultError(f"{path.parent.parent.name}/{path.parent.name}/{path.name} is no png; draw the figure again")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _odd(product: Product, error: Exception) -> ResultError:
    return ResultError(f"{product.file}: its json does not fit it ({type(error).__name__}: {error}); run `{product.command}`")


def _digests(content: Mapping[str, Any]) -> dict[str, str]:
    return {str(file): str(digest) for file, digest in content["sources"].items()}


def _sources(root: Path, told: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    files = [str(one["file"]) for one in told]
    lines = [tuple(int(line) for line in one["lines"]) for one in told]
    return tuple(Source(inside(root, file).relative_to(root).as_posix(), found)
                 for file, found in zip(files, lines, strict=True))


def _table(root: Path, product: Product, fields: TableFile, content: Mapping[str, Any]) -> Table:
    told, notes = content["rows"], [str(note) for note in content["notes"]]
    if len(told) != len(fields.rows):
        raise ValueError(f"{len(told)} rows there, {len(fields.rows)} in the csv")
    rows = [_row(root, fields.columns, field, one, notes) for field, one in zip(fields.rows, told, strict=True)]
    key = [str(column) for column in content["key"]]
    if unknown := set(key) - set(fields.columns):
        raise ValueError(f"the csv has no column {sorted(unknown)[0]!r}")
    return Table(product.stem, str(content["caption"]), key, fields.columns, rows, notes)


def _row(root: Path, columns: Sequence[str], field: Row, told: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Cell]:
    cells = {column: _cell(root, told["cells"][column]) for column in columns if column in told["cells"]}
    key = {column: Cell("" if value is None else _value(value)) for column, value in told["key"].items()}
    row = {column: cells.get(column) or key.get(column) or Cell(field[column]) for column in columns}
    if NOTE in row:
        row[NOTE] = replace(row[NOTE], value=_own_remark(field[NOTE], cells.values(), notes))
    return row


def _cell(root: Path, told: Mapping[str, Any]) -> Cell:
    return Cell(_value(told["value"]), str(told["formula"]), _sources(root, told["sources"]), str(told["missing"]))


def _value(value: Any) -> float | int | str | None:
    if value is not None and not isinstance(value, float | int | str):
        raise TypeError(f"{value!r} is no plain value")
    return value


def _own_remark(note: str, cells: Any, notes: Sequence[str]) -> str:
    """The row's remark without what its csv adds: the reasons of missing cells, which the table tells at each cell."""
    reasons = "; ".join(dict.fromkeys(cell.missing.rstrip(".") for cell in cells if cell.missing))
    own = note.removesuffix(reasons).removesuffix("; ") if reasons else note
    return "" if own in {text.rstrip(".") for text in notes} else own
