"""Writes a finished table: csv, Markdown, LaTeX, HTML, and json with the origin of each number."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lcpc import config, registry
from lcpc.errors import MissingData
from lcpc.layout.html import page
from lcpc.layout.markdown import markdown
from lcpc.layout.numbers import plain
from lcpc.layout.table import NOTE, laid_out
from lcpc.layout.tex import tex
from lcpc.results.cells import Cell, Table
from lcpc.results.fingerprint import code_digest
from lcpc.results.provenance import file_digest
from lcpc.results.store import Results, write_json, write_whole


def write_table(root: Path, run: str, stem: str) -> list[Path]:
    """Build a table of a run and write it to tables/<run>/; the paths.

    Raises ConfigError for an unknown run or table.
    """
    config.load(root, run)
    table = registry.load("lcpc.tables", stem).build(Results(root, run))
    return render(table, root / "tables" / run, root)


def render(table: Table, folder: Path, root: Path | None = None, code: str = "") -> list[Path]:
    """Write `<stem>.json`, `.md`, `.tex`, `.html` and, last, `.csv` to `folder`.

    `root` is the project's folder that the sources are relative to; by default two above `folder`
    (tables/<run>); `code` is the digest of the code that built the table, by default that of its
    module among the tables. Equal tables from equal files give equal bytes. Raises MissingData for
    a source that is not there.
    """
    code = code or code_digest(f"lcpc.tables.{table.stem}", "lcpc.tables.render")
    origin = provenance(table, root or folder.parents[1], code)
    layout = laid_out(table)
    texts = {"md": markdown(layout), "tex": tex(layout), "html": page(layout),
             "csv": csv_text(table)}
    paths = [folder / f"{table.stem}.{kind}" for kind in ("json", *texts)]
    write_json(paths[0], origin)
    for path, text in zip(paths[1:], texts.values(), strict=True):
        write_whole(path, text)
    return paths


def csv_text(table: Table) -> str:
    """Exact header, six significant digits; reasons of empty fields in `note`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        values = {column: plain(cell.value) for column, cell in row.items()}
        if NOTE in row:
            values[NOTE] = _note(row)
        writer.writerow([values[column] for column in table.columns])
    return buffer.getvalue()


def _note(row: Mapping[str, Cell]) -> str:
    """The row's remark and the reasons of its missing cells, each once."""
    texts = [str(row[NOTE].value or ""), *(cell.missing for cell in row.values())]
    return "; ".join(dict.fromkeys(text.rstrip(".") for text in texts if text))


def provenance(table: Table, root: Path, code: str) -> dict[str, Any]:
    """Formula and source lines of every cell, digests of sources and code; no time, no machine."""
    cells = [cell for row in table.rows for cell in row.values()]
    files = sorted({source.file for cell in cells for source in cell.sources})
    absent = [file for file in files if not (root / file).is_file()]
    if absent:
        raise MissingData(f"table {table.stem}: its source {absent[0]} is not in {root.name}; "
                          "evaluate again")
    digests = {file: file_digest(root / file) for file in files}
    return {
        "stem": table.stem,
        "caption": table.caption,
        "columns": list(table.columns),
        "key": list(table.key),
        "notes": list(table.notes),
        "code": code,
        "sources": digests,
        "rows": [_row(table, row) for row in table.rows],
    }


def _row(table: Table, row: Mapping[str, Cell]) -> dict[str, Any]:
    cells = {}
    for column, cell in row.items():
        if cell.formula or cell.sources or cell.missing:
            cells[column] = _cell(cell)
    return {"key": {column: row[column].value for column in table.key}, "cells": cells}


def _cell(cell: Cell) -> dict[str, Any]:
    sources = [{"file": source.file, "lines": list(source.lines)} for source in cell.sources]
    return {"value": cell.value, "formula": cell.formula, "missing": cell.missing,
            "sources": sources}
