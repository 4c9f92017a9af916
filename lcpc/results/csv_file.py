"""One CSV file as a frame: each row is checked, and equal frames give equal bytes."""

import csv
import gzip
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lcpc.errors import MissingData, ResultError, reader, refusing

if TYPE_CHECKING:
    import pandas

AMOUNTS = ("_bits", "bpp", "_s")
"""Ends of the names of columns that are never negative: bits, bits a pixel, seconds."""
SHARES = ("top1_percent", "valid_percent", "latent_percent", "stream_percent")
"""Ends of the names of columns from 0 to 100 %."""
NUMBERS = {"float64": float, "Int64": int}
NO_NUMBER = {"float64": "is no number", "Int64": "is no whole number"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SHOWN_CHARACTERS = 80
LIMIT_BYTES = 1 << 28
"""Largest text that is read, unpacked."""
WAY_OUT = "Make the file again"
RESTORE = "make the file again, or restore it from the repository"


def csv_bytes(frame: "pandas.DataFrame", digits: int = 9) -> bytes:
    """CSV text of a frame, floats with `digits` significant digits."""
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, float_format=f"%.{digits}g", lineterminator="\n")
    return buffer.getvalue().encode()


def gzipped(data: bytes) -> bytes:
    """Compress without a time stamp, so that equal rows give equal bytes."""
    return gzip.compress(data, compresslevel=6, mtime=0)


@reader(ResultError, "can't be read", WAY_OUT)
def read_csv(path: Path, root: Path, types: Mapping[str, str] | None = None,
             needs: Sequence[str] = (), numbers: Sequence[str] = ()) -> "pandas.DataFrame":
    """A CSV file, gzipped or not, with `_file` (relative to `root`) and `_line` beside its columns.

    `_line` counts rows as lines: the header is line 1. types: pandas types of columns by name;
    needs: columns that must be there, whatever their types; numbers: those that must hold numbers.
    Raises MissingData, or ResultError naming file, line and column.
    """
    import pandas

    text = checked_text(path, types)
    frame = pandas.read_csv(io.StringIO(text), dtype=dict(types) if types else None)
    if absent := sorted({*needs, *numbers} - set(frame.columns)):
        raise ResultError(f"{path} has no column {absent[0]!r}; {RESTORE}")
    for name in numbers:
        _require_numbers(frame[name], path)
    frame["_file"] = path.relative_to(root).as_posix()
    frame["_line"] = range(2, len(frame) + 2)
    return frame


def _require_numbers(column: "pandas.Series", path: Path) -> None:
    import pandas

    if pandas.api.types.is_numeric_dtype(column):
        return
    is_text = pandas.to_numeric(column, errors="coerce").isna() & column.notna()
    line = int(is_text.to_numpy().argmax())
    raise ResultError(f"{path}, line {line + 2}: {column.name} is {column.iloc[line]!r:.60}, not a "
                      f"number; {RESTORE}")


def read_csvs(paths: Sequence[Path], root: Path, types: Mapping[str, str]) -> "pandas.DataFrame":
    """The rows of files below one another, as `read_csv` reads each, but all at once.

    Raises ResultError where their headers differ or a text has several lines: read each file then.
    """
    import pandas

    texts = [checked_text(path, types) for path in paths]
    headers = [text.partition("\n")[0] for text in texts]
    at_once = f"{paths[0].parent} can't be read at once; read each file"
    if len(set(headers)) > 1 or any("\r" in text for text in texts):
        raise ResultError(at_once)
    bodies = [text.partition("\n")[2].removesuffix("\n") for text in texts]
    lines = [body.count("\n") + 1 if body else 0 for body in bodies]
    joined = "\n".join([headers[0], *filter(None, bodies)])
    frame = pandas.read_csv(io.StringIO(joined), dtype=dict(types))
    if len(frame) != sum(lines):
        raise ResultError(at_once)
    files = [path.relative_to(root).as_posix() for path in paths]
    frame["_file"] = np.repeat(np.array(files, dtype=object), lines)
    frame["_line"] = np.concatenate([np.arange(2, count + 2) for count in lines])
    return frame


@reader(ResultError, "can't be read", WAY_OUT)
def checked_text(path: Path, types: Mapping[str, str] | None = None) -> str:
    """Text of a CSV file whose rows are possible. Raises as `read_csv`."""
    text = _text(path)
    check(text, types or {}, str(path))
    return text


def check(text: str, types: Mapping[str, str], where: str) -> None:
    """Raises ResultError naming line and column unless all rows fit the header and all values are
    possible: numbers are finite, amounts not negative, shares at most 100 %."""
    with refusing(ResultError, where, "can't be read", WAY_OUT):
        fault = _fault(text, types)
    if fault:
        raise ResultError(f"{where}: {fault}; make the file again")


def _text(path: Path) -> str:
    if not path.is_file():
        raise MissingData(f"{path} is not there; restore it from the repository or run the command "
                          "that makes it")
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(LIMIT_BYTES + 1)
    if len(content) > LIMIT_BYTES:
        raise ResultError(f"{path} holds more than {LIMIT_BYTES} bytes; make the file again")
    text = content.decode()
    if content.startswith(BYTE_ORDER_MARK):
        raise ResultError(f"{path} begins with a byte order mark; save it as plain UTF-8")
    if "\0" in text:
        raise ResultError(f"{path} holds NUL bytes; make the file again")
    return text


def _fault(text: str, types: Mapping[str, str]) -> str:
    """The first fault of a file's text, or ""."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(rows, [])
    if len(set(header)) != len(header) or not all(header):
        shown = ",".join(header)[:SHOWN_CHARACTERS]
        return f"the header names a column twice or not at all: {shown}"
    checked = [(index, column, types.get(column, "")) for index, column in enumerate(header)
               if types.get(column) in NUMBERS or column.endswith(AMOUNTS + SHARES)]
    for line, fields in enumerate(rows, 2):
        if len(fields) != len(header):
            return f"line {line} has {len(fields)} fields, the header {len(header)}"
        for index, column, kind in checked:
            value = fields[index]
            if value and (fault := _fault_of(value, column, kind)):
                return f"line {line}, column {column}: {value[:SHOWN_CHARACTERS]!r} {fault}"
    return ""


def _fault_of(value: str, column: str, kind: str) -> str:
    """Why a value is impossible, or ""; without a type, a value that is no number is a label."""
    try:
        number = NUMBERS.get(kind, float)(value)
    except ValueError:
        return NO_NUMBER.get(kind, "")
    if not math.isfinite(number):
        return "is no finite number; a value that is absent is empty"
    if number < 0 and column.endswith(AMOUNTS + SHARES):
        return "is negative"
    return "is over 100 %" if number > 100 and column.endswith(SHARES) else ""
