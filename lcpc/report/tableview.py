"""A table as the report shows it: heads to sort by, cells with verdict and trace, gaps with their reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.report import marks, traces
from lcpc.report.marks import Mark
from lcpc.report.products import Product, ReadTable, kinds_there, slug
from lcpc.report.traces import SourceView, TraceView
from lcpc.results.cells import Cell, Table
from lcpc.tables import _layout
from lcpc.tables._layout import Head, Notes


@dataclass(frozen=True)
class Top:
    """A head of the upper line, over the columns from `first` on; `is_group` where these differ in their evidence."""

    name: str
    first: int
    heads: Sequence[Head]
    is_group: bool


@dataclass(frozen=True)
class CellView:
    """One shown cell. `kind`: label, missing, or its evidence; `order` sorts it; `anchor` leads to its trace."""

    column: str
    text: str
    kind: str
    is_number: bool
    order: str
    mark: Mark | None = None
    anchor: str = ""
    note: int = 0


@dataclass(frozen=True)
class RowView:
    """One shown row; `begins_part` where another codec or method begins, `labels` the columns that name the row."""

    cells: Sequence[CellView]
    begins_part: bool
    labels: int


@dataclass(frozen=True)
class Gap:
    """A cell without a value: which one, and why."""

    row: str
    column: str
    reason: str


@dataclass(frozen=True)
class TableView:
    """A table with all that the report tells of it; `kinds` of its files are there."""

    product: Product
    kinds: Sequence[str]
    caption: str
    legend: str
    notes: Sequence[str]
    numbered: Sequence[str]
    flaws: Sequence[str]
    top: Sequence[Top]
    numeric: Mapping[str, bool]
    rows: Sequence[RowView]
    marks: Sequence[tuple[Mark, int]]
    gaps: Sequence[Gap]
    code: str
    sources: Sequence[SourceView]
    traces: Sequence[TraceView]


def view(root: Path, read: ReadTable, findings: Sequence[Finding]) -> TableView:
    """All that the report shows of a table."""
    table, stem = read.table, read.product.stem
    shown, notes = _layout.heads(table), Notes()
    judged = marks.on_table(findings, read.fields, stem)
    rows = [_row(read, index, shown, judged, notes) for index in range(len(table.rows))]
    sources = traces.sources(root, [one for row in table.rows for cell in row.values() for one in cell.sources],
                             read.digests, stem)
    return TableView(
        read.product, kinds_there(root, read.product), table.caption, _layout.legend(shown), table.notes, notes.texts,
        marks.flaws(findings, read.product.file), _top(shown),
        {head.column: _layout.numeric(table, head) for head in shown}, rows, _counted(rows),
        _gaps(table, shown), read.code, sources, _traces(read, shown, judged, sources))


def anchor(stem: str, index: int, column: str) -> str:
    """Where the trace of a cell stands: `bd_metrics-21-bd_rate_percent`."""
    return f"{stem}-{index}-{slug(column)}"


def row_name(table: Table, row: Mapping[str, Cell]) -> str:
    """A row in a reader's words: `proposed, micro, P 1024`."""
    told = ((column, row[column].value) for column in table.key)
    return ", ".join(f"P {value}" if column == "points" else str(value) for column, value in told if value not in ("", None))


def _top(shown: Sequence[Head]) -> list[Top]:
    tops, first, grouped = [], 0, _layout.grouped(shown)
    for (_, group), found in groupby(shown, key=lambda head: (head.quantity, grouped and bool(head.group))):
        run = list(found)
        tops.append(Top(run[0].name, first, run, group))
        first += len(run)
    return tops


def _row(read: ReadTable, index: int, shown: Sequence[Head], judged: Mapping[marks.PLACES, Mark], notes: Notes) -> RowView:
    table, row = read.table, read.table.rows[index]
    cells = [_cell(read, index, head, judged.get((index, head.column)), notes) for head in shown]
    if remark := _layout.remark(table, row):
        cells[0] = replace(cells[0], note=notes.number(remark))
    before = table.rows[index - 1] if index else row
    begins_part = any(row[column].value != before[column].value for column in table.key[:-1])
    return RowView(cells, begins_part, sum(head.column in table.key for head in shown))


def _cell(read: ReadTable, index: int, head: Head, mark: Mark | None, notes: Notes) -> CellView:
    cell = read.table.rows[index][head.column]
    number = _layout.numeric(read.table, head)
    if cell.missing:
        return CellView(head.column, _layout.DASH, "missing", number, "", note=notes.number(cell.missing))
    text = _layout.show(head.column, head.quantity, cell.value)
    traced = anchor(read.product.stem, index, head.column) if _has_trace(cell) else ""
    return CellView(head.column, text, _kind(read, index, head), number, str(cell.value), mark, traced)


def _has_trace(cell: Cell) -> bool:
    return not cell.missing and bool(cell.formula or cell.sources)


def _kind(read: ReadTable, index: int, head: Head) -> str:
    evidence = read.fields.rows[index].get("evidence", "")
    if head.group == "measured" and evidence in ("recorded", "published"):
        return evidence
    return head.group or "label"


def _counted(rows: Sequence[RowView]) -> list[tuple[Mark, int]]:
    found = [cell.mark for row in rows for cell in row.cells if cell.mark]
    firsts = {mark.verdict: mark for mark in reversed(found)}
    return [(firsts[verdict], sum(mark.verdict is verdict for mark in found)) for verdict in marks.SIGNS if verdict in firsts]


def _gaps(table: Table, shown: Sequence[Head]) -> list[Gap]:
    return [Gap(row_name(table, row), f"{head.name}, {head.group}" if head.group else head.name, row[head.column].missing)
            for row in table.rows for head in shown if row[head.column].missing]


def _traces(read: ReadTable, shown: Sequence[Head], judged: Mapping[marks.PLACES, Mark],
            sources: Sequence[SourceView]) -> list[TraceView]:
    return [_trace(read, index, head, judged.get((index, head.column)), sources)
            for index, row in enumerate(read.table.rows) for head in shown if _has_trace(row[head.column])]


def _trace(read: ReadTable, index: int, head: Head, mark: Mark | None, sources: Sequence[SourceView]) -> TraceView:
    table, fields = read.table, read.fields.rows[index]
    cell, key = table.rows[index][head.column], {column: fields[column] for column in table.key}
    return TraceView(
        anchor(read.product.stem, index, head.column), f"{head.name}: {row_name(table, table.rows[index])}", str(cell.value),
        traces.evidence(fields, head.column, head.group), cell.formula,
        traces.command(read.product.file, key, head.column), traces.cited(cell.sources, sources), mark)
