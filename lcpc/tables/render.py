"""Writes a finished table: csv for programs, Markdown, LaTeX and HTML for readers, json with the origin of each number."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lcpc.errors import MissingData
from lcpc.results.cells import Cell, Table, Value
from lcpc.results.fingerprint import fingerprint
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_json, write_whole
from lcpc.tables._html import page
from lcpc.tables._layout import NOTE
from lcpc.tables._markdown import markdown
from lcpc.tables._tex import tex


def render(table: Table, folder: Path, root: Path | None = None, code: str = "") -> list[Path]:
    """Write `<stem>.json`, `.md`, `.tex`, `.html` and, last, `.csv` to `folder`, and return their paths.

    `root` is the project's folder that the sources are relative to; by default two above `folder` (tables/<run>);
    `code` is the fingerprint of what built the table, by default that of its module among the tables. Equal tables from
    equal files give equal bytes. Raises MissingData for a source that is not there.
    """
    paths = {kind: folder / f"{table.stem}.{kind}" for kind in ("json", "md", "tex", "html", "csv")}
    code = code or fingerprint(f"lcpc.tables.{table.stem}", "lcpc.tables.render")
    write_json(paths["json"], provenance(table, root or folder.parents[1], code))
    write_whole(paths["md"], markdown(table))
    write_whole(paths["tex"], tex(table))
    write_whole(paths["html"], page(table))
    write_whole(paths["csv"], csv_text(table))
    return list(paths.values())


def csv_text(table: Table) -> str:
    """The contract: the exact header, six significant digits; an empty field, with its reason in `note`, is a missing value."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([note(row) if column == NOTE else plain(row[column].value) for column in table.columns])
    return buffer.getvalue()


def plain(value: Value) -> str:
    """A value as a program reads it."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def note(row: Mapping[str, Cell]) -> str:
    """The row's remark and the reasons of its missing cells, each once."""
    texts = [str(row[NOTE].value or ""), *(cell.missing for cell in row.values())]
    return "; ".join(dict.fromkeys(text.rstrip(".") for text in texts if text))


def provenance(table: Table, root: Path, code: str) -> dict[str, Any]:
    """Behind every cell its formula and source lines, digests of the sources, fingerprint of the code. No time, no machine."""
    files = sorted({source.file for row in table.rows for cell in row.values() for source in cell.sources})
    absent = [file for file in files if not (root / file).is_file()]
    if absent:
        raise MissingData(f"table {table.stem}: its source {absent[0]} is not in {root.name}; evaluate again")
    return {
        "stem": table.stem, "caption": table.caption, "columns": list(table.columns), "key": list(table.key),
        "notes": list(table.notes), "code": code,
        "sources": {file: file_digest(root / file) for file in files}, "rows": [_row(table, row) for row in table.rows],
    }


def _row(table: Table, row: Mapping[str, Cell]) -> dict[str, Any]:
    told = {column: _cell(cell) for column, cell in row.items() if cell.formula or cell.sources or cell.missing}
    return {"key": {column: row[column].value for column in table.key}, "cells": told}


def _cell(cell: Cell) -> dict[str, Any]:
    sources = [{"file": source.file, "lines": list(source.lines)} for source in cell.sources]
    return {"value": cell.value, "formula": cell.formula, "missing": cell.missing, "sources": sources}
