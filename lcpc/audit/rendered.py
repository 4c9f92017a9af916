"""Renders a table again from its csv and json, to find a changed Markdown, LaTeX or HTML file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lcpc.audit.files import Row, TableFile, inside, read_text
from lcpc.errors import ResultError, refusing
from lcpc.layout.html import page
from lcpc.layout.markdown import markdown
from lcpc.layout.table import NOTE, beyond_notes, laid_out
from lcpc.layout.tex import tex
from lcpc.results.cells import Cell, CellValue, Source, Table
from lcpc.results.cells import text as text_cell

RENDERERS = {"md": markdown, "tex": tex, "html": page}
INTEGER = re.compile(r"-?\d+")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?")


def altered_formats(table: TableFile, content: Mapping[str, Any], path: Path,
                    root: Path) -> Iterator[str]:
    """Names of the files beside the csv at `path` that do not show what csv and json hold.

    content: the table's json. Missing files are left out. Raises ResultError for a broken json.
    """
    texts = {}
    for ending in RENDERERS:
        beside = path.with_suffix(f".{ending}")
        if beside.is_file():
            texts[ending] = read_text(beside, root)
    # Whatever a hostile json holds: it is not that of a table, which is a finding and no crash.
    where = f"{table.file}: its json"
    with refusing(ResultError, where, "is not that of a table", "make it again"):
        layout = laid_out(rebuilt(table, content, texts.get("md", ""), root))
        rendered = {ending: RENDERERS[ending](layout) for ending in texts}
    for ending, text in texts.items():
        if rendered[ending] != text:
            yield path.with_suffix(f".{ending}").name


def rebuilt(table: TableFile, content: Mapping[str, Any], shown: str, root: Path) -> Table:
    """The table whose csv and json these are; `shown` is its Markdown.

    Raises LookupError, TypeError or ValueError where the json does not fit, ResultError where it
    names a file outside the project.
    """
    rows = []
    for fields, record in zip(table.rows, content["rows"], strict=True):
        row = {column: _cell(column, fields, record, root) for column in content["columns"]}
        if NOTE in row and NOTE not in record["cells"]:
            row[NOTE] = Cell(_remark(fields[NOTE], row, content["notes"], shown))
        rows.append(row)
    return Table(content["stem"], content["caption"], content["key"], content["columns"], rows,
                 content["notes"])


def sources_of(root: Path, entries: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    """Sources as a json names them. Raises ResultError for a file outside the project."""
    sources = []
    for entry in entries:
        file = _inside(root, str(entry["file"]))
        sources.append(Source(file, tuple(map(int, entry["lines"]))))
    return tuple(sources)


@lru_cache(maxsize=4096)
def _inside(root: Path, file: str) -> str:
    """A file's path relative to the project; a table names the same few for all its cells."""
    return inside(root, file).relative_to(root).as_posix()


def _cell(column: str, fields: Row, record: Mapping[str, Any], root: Path) -> Cell:
    """A cell from the json if it is there, which has all digits; else from the csv."""
    if column in record["cells"]:
        cell = record["cells"][column]
        sources = sources_of(root, cell["sources"])
        return Cell(_plain(cell["value"]), str(cell["formula"]), sources, str(cell["missing"]))
    if column in record["key"]:
        return text_cell(_plain(record["key"][column]))
    return Cell(_value(fields[column]))


def _plain(value: Any) -> CellValue:
    if value is not None and not isinstance(value, float | int | str):
        raise TypeError(f"{value!r} is no plain value")
    return value


def _value(field: str) -> CellValue:
    if INTEGER.fullmatch(field):
        return int(field)
    return float(field) if NUMBER.fullmatch(field) else field


def _remark(note: str, row: Mapping[str, Cell], notes: Sequence[str], shown: str) -> str:
    """The row's own remark: the csv's note without the reasons of missing cells.

    The csv leaves out the full stop at the end; the table's notes and its Markdown say whether
    there was one.
    """
    reasons = dict.fromkeys(cell.missing.rstrip(".") for cell in row.values() if cell.missing)
    remark = note.removesuffix("; ".join(reasons)).removesuffix("; ")
    own = beyond_notes(remark, notes)
    has_stop = any(f"{own}." in text for text in (*notes, shown))
    return f"{remark}." if remark and has_stop else remark
