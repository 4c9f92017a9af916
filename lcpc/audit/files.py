"""Reads the CSV and JSON files that audit, trace and report look at, and finds rows in them.

Broken and hostile files are refused with the file, the line and the way out.
"""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.errors import MissingData, ResultError, did_you_mean, refusing
from lcpc.results.cells import Source
from lcpc.results.provenance import file_digest
from lcpc.results.store import is_file_name, parse_json

Row = Mapping[str, str]
AGAIN = "restore the file or make it again"


@dataclass(frozen=True)
class TableFile:
    """A CSV file with every field as text; `file` is relative to the project's folder."""

    file: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def find(self, wanted: Mapping[str, str]) -> int:
        """Index of the row whose fields equal `wanted`.

        Raises ResultError where none or several do, naming the nearest and the known values.
        """
        matches = list(range(len(self.rows)))
        for column, value in wanted.items():
            self.require(column)
            before = matches
            matches = [index for index in before if same(self.rows[index][column], value)]
            if not matches:
                known = dict.fromkeys(self.rows[index][column] or "(empty)" for index in before)
                hint = did_you_mean(value, list(known))
                raise ResultError(f"{self.file}: no row with {written(wanted)}; "
                                  f"{column} is never {value!r} here. {hint}")
        if not matches:
            raise ResultError(f"{self.file} has no rows; make it again")
        if len(matches) > 1:
            examples = " or ".join(repr(self._label(index)) for index in matches[:3])
            condition = written(wanted) or "no condition"
            raise ResultError(f"{self.file}: {condition} fits {len(matches)} rows; "
                              f"say more, such as {examples}")
        return matches[0]

    def require(self, column: str) -> None:
        """Raises ResultError naming the nearest and all columns if there is no such column."""
        if column not in self.columns:
            hint = did_you_mean(column, list(self.columns))
            raise ResultError(f"{self.file}: there is no column {column!r}. {hint}")

    def line(self, index: int) -> int:
        """Line of a row, counted as in `lcpc.results.store`: the header is line 1."""
        return index + 2

    def place(self, index: int) -> str:
        """File and line of a row, such as `tables/demo/sizes.csv:3`."""
        return f"{self.file}:{self.line(index)}"

    def source(self, index: int) -> Source:
        """A row as the source of a value."""
        return Source(self.file, (self.line(index),))

    def _label(self, index: int) -> str:
        row = self.rows[index]
        return written({column: row[column] for column in self.columns[:3]})


class TableCache:
    """The files of one project that an audit reads, each read from disk once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tables: dict[str, TableFile] = {}
        self._contents: dict[Path, Mapping[str, Any]] = {}
        self._digests: dict[Path, str] = {}

    def digest(self, path: Path) -> str:
        """SHA-256 of the file at `path`."""
        if path not in self._digests:
            self._digests[path] = file_digest(path)
        return self._digests[path]

    def json(self, path: Path) -> Mapping[str, Any]:
        """Content of the JSON file at `path`. Raises MissingData or ResultError."""
        if path not in self._contents:
            self._contents[path] = read_json(path, self.root)
        return self._contents[path]

    def table(self, file: str) -> TableFile:
        """The table at `file`, relative to the project. Raises MissingData or ResultError."""
        if file not in self._tables:
            self._tables[file] = read_table(self.root / file, self.root)
        return self._tables[file]


def read_table(path: Path, root: Path) -> TableFile:
    """A CSV file with a header. Raises MissingData or ResultError naming file and line."""
    name = relative(path, root)
    reader = csv.reader(io.StringIO(read_text(path, root), newline=""), strict=True)
    with refusing(ResultError, name, "is no CSV", AGAIN):
        lines = list(reader)
    header = lines[0] if lines else []
    if not header or len(set(header)) != len(header) or not all(header):
        raise ResultError(f"{name}: line 1 is not a header of distinct column names; {AGAIN}")
    for line, fields in enumerate(lines[1:], 2):
        if len(fields) != len(header):
            raise ResultError(f"{name}: row at line {line} has {len(fields)} fields, "
                              f"the header {len(header)}; {AGAIN}")
    return TableFile(name, header, [dict(zip(header, fields, strict=True)) for fields in lines[1:]])


def read_json(path: Path, root: Path) -> dict[str, Any]:
    """A JSON file that holds one object. Raises MissingData or ResultError naming the file."""
    name = relative(path, root)
    with refusing(ResultError, name, "is not JSON", "Make it again"):
        content = parse_json(read_text(path, root))
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise ResultError(f"{name}: expected an object, found {kind}; make it again")
    return content


def read_text(path: Path, root: Path) -> str:
    """Text in UTF-8, a byte order mark left out. Raises MissingData or ResultError."""
    name = relative(path, root)
    if not path.is_file():
        raise MissingData(f"{name} is not there; restore it or run the command that makes it")
    with refusing(ResultError, name, "cannot be read as UTF-8 text", AGAIN):
        return path.read_bytes().decode("utf-8-sig")


def relative(path: Path, root: Path) -> str:
    """`path` as messages show it: relative to the project's folder if it lies inside."""
    resolved, base = path.resolve(), root.resolve()
    if resolved.is_relative_to(base):
        return resolved.relative_to(base).as_posix()
    return str(path)


def inside(root: Path, file: str) -> Path:
    """A file that a json or csv names. Raises ResultError for one outside the project."""
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ResultError(f"{file!r:.80} leads out of the project; make the file that names it "
                          "again")
    if not is_file_name(file):
        raise ResultError(f"{file!r:.80} is no name of a file; make the file that names it again")
    return root / file


def parse_row(text: str) -> dict[str, str]:
    """`codec=proposed,size=micro` as a mapping; values may hold commas.

    A comma separates only where `name=` follows.

    >>> parse_row("model=proposed,configuration=(N,M)=(128,192)")
    {'model': 'proposed', 'configuration': '(N,M)=(128,192)'}
    """
    pairs = [part.partition("=") for part in re.split(r",(?=\w+=)", text) if text]
    odd = [name for name, sign, _ in pairs if not sign or not name]
    if odd:
        raise ResultError(
            f"row {text!r}: {odd[0]!r} is not a condition; write column=value,column=value")
    return {name.strip(): value.strip() for name, _, value in pairs}


def written(wanted: Mapping[str, str]) -> str:
    """The inverse of `parse_row`."""
    return ",".join(f"{column}={value}" for column, value in wanted.items())


def same(field: str, wanted: str) -> bool:
    """Whether two fields are equal as text or as numbers (`1024` and `1024.0`)."""
    number = number_of(field)
    return field == wanted or (number is not None and number == number_of(wanted))


def number_of(text: str) -> float | None:
    """The finite number in a field, `0.47k` being 470; None if there is none."""
    match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(k?)\s*", text)
    number = float(match[1]) * (1000.0 if match[2] else 1.0) if match else math.inf
    return number if math.isfinite(number) else None
