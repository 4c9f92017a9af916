"""Reads the small CSV and JSON files that audit and trace look at, and finds rows in them; hostile files get clear errors."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcpc.errors import MissingData, ResultError, did_you_mean

Row = Mapping[str, str]


@dataclass(frozen=True)
class TableFile:
    """A CSV file as it stands on disk: every field as text. `file` is relative to the project's folder."""

    file: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def find(self, wanted: Mapping[str, str]) -> int:
        """Index of the one row whose fields equal `wanted`. Raises ResultError naming nearest and known values."""
        kept = list(range(len(self.rows)))
        for column, value in wanted.items():
            self.require(column)
            before, kept = kept, [index for index in kept if same(self.rows[index][column], value)]
            if not kept:
                known = list(dict.fromkeys(self.rows[index][column] or "(empty)" for index in before))
                raise ResultError(f"{self.file}: no row with {written(wanted)}; {column} is never {value!r} here. "
                                  f"{did_you_mean(value, known)}")
        if len(kept) > 1:
            raise ResultError(f"{self.file}: {written(wanted) or 'no condition'} fits {len(kept)} rows; say more, such as "
                              f"{' or '.join(repr(self._label(index)) for index in kept[:3])}")
        if not kept:
            raise ResultError(f"{self.file} has no rows; make it again")
        return kept[0]

    def require(self, column: str) -> None:
        """Raises ResultError naming the nearest and all columns where there is no such one."""
        if column not in self.columns:
            raise ResultError(f"{self.file}: there is no column {column!r}. {did_you_mean(column, list(self.columns))}")

    def line(self, index: int) -> int:
        """Line of a row, counted as in `lcpc.results.store`: the header is line 1."""
        return index + 2

    def _label(self, index: int) -> str:
        return written({column: self.rows[index][column] for column in self.columns[:3]})


class Shelf:
    """Tables of one project, each read from disk once and as it stands there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, TableFile] = {}

    def table(self, file: str) -> TableFile:
        """The table at `file`, relative to the project. Raises MissingData or ResultError as `read_table`."""
        if file not in self._read:
            self._read[file] = read_table(self.root / file, self.root)
        return self._read[file]


def read_table(path: Path, root: Path) -> TableFile:
    """A CSV file with a header and fields in every row. Raises MissingData or ResultError naming file and line."""
    name = relative(path, root)
    reader = csv.reader(io.StringIO(read_text(path, root), newline=""), strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise ResultError(f"{name}: line {reader.line_num}: {error}; restore the file or make it again") from error
    if not lines or len(set(lines[0])) != len(lines[0]) or not all(lines[0]):
        raise ResultError(f"{name}: line 1 is no header of distinct column names; restore the file or make it again")
    for index, fields in enumerate(lines[1:], 2):
        if len(fields) != len(lines[0]):
            raise ResultError(f"{name}: row at line {index} has {len(fields)} fields, the header {len(lines[0])}; "
                              "restore the file or make it again")
    return TableFile(name, lines[0], [dict(zip(lines[0], fields, strict=True)) for fields in lines[1:]])


def read_json(path: Path, root: Path) -> dict[str, Any]:
    """A JSON file that holds one object. Raises MissingData or ResultError naming the file."""
    name = relative(path, root)
    try:
        content = json.loads(read_text(path, root))
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{name} is no JSON: {error}; make it again") from error
    if not isinstance(content, dict):
        raise ResultError(f"{name}: expected an object, found {type(content).__name__}; make it again")
    return content


def read_text(path: Path, root: Path) -> str:
    """Text of a file in UTF-8. Raises MissingData or ResultError naming the file."""
    name = relative(path, root)
    if not path.is_file():
        raise MissingData(f"{name} is not there; restore it or run the command that makes it")
    try:
        return path.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise ResultError(f"{name} cannot be read as UTF-8 text: {error}") from error


def relative(path: Path, root: Path) -> str:
    """`path` as written in messages: relative to the project's folder where it lies inside."""
    resolved, base = path.resolve(), root.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else str(path)


def inside(root: Path, file: str) -> Path:
    """A file that a json names, below the project's folder. Raises ResultError for a name that leads out of it."""
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ResultError(f"{file!r} leads out of the project; make the file that names it again")
    return root / file


def parse_row(text: str) -> dict[str, str]:
    """`codec=proposed,size=micro` as a mapping; a comma separates only where `name=` follows, so values may hold commas.

    >>> parse_row("model=proposed,configuration=(N,M)=(128,192)")
    {'model': 'proposed', 'configuration': '(N,M)=(128,192)'}
    """
    pairs = [part.partition("=") for part in re.split(r",(?=\w+=)", text) if text]
    if odd := [name for name, sign, _ in pairs if not sign or not name]:
        raise ResultError(f"row {text!r}: {odd[0]!r} is no condition; write column=value,column=value")
    return {name.strip(): value.strip() for name, _, value in pairs}


def written(wanted: Mapping[str, str]) -> str:
    """The inverse of `parse_row`."""
    return ",".join(f"{column}={value}" for column, value in wanted.items())


def same(found: str, wanted: str) -> bool:
    """Whether two fields are equal as text or as numbers (`1024` and `1024.0`)."""
    if found == wanted:
        return True
    number, other = number_of(found), number_of(wanted)
    return number is not None and number == other


def number_of(text: str) -> float | None:
    """The number that a field holds, with a `k` for thousands (`0.47k`), or None where it holds none."""
    match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(k?)\s*", text)
    return float(match[1]) * (1000.0 if match[2] else 1.0) if match else None
