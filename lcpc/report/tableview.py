"""A table as the report shows it: layout, verdict on each cell, trace of each number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcpc.audit.check import Finding
from lcpc.audit.trace import evidence_of
from lcpc.layout.table import Layout, Line, ShownCell, laid_out
from lcpc.report import traces, verdict_badges
from lcpc.report.products import ReadTable, kinds_there, slug
from lcpc.report.traces import Sources, SourceView, TraceView
from lcpc.report.verdict_badges import Badge, Place
from lcpc.results.cells import Cell, Table


@dataclass(frozen=True)
class Gap:
    """A cell without a value: its row and column in words, and why."""

    row: str
    column: str
    reason: str


@dataclass(frozen=True)
class TableView(ReadTable):
    """A table read back, and what the report says of it; `kinds`: endings of its files."""

    kinds: Sequence[str]
    layout: Layout
    badges: Mapping[Place, Badge]
    flaws: Sequence[str]
    sources: Sequence[SourceView]
    traces: Sequence[TraceView]

    @property
    def gaps(self) -> list[Gap]:
        """Shown cells without a value."""
        missing = [(line, field) for line in self.layout.lines
                   for field in line.fields if field.cell.missing]
        return [Gap(row_name(self.table, self.table.rows[line.index]), _column_name(field),
                    field.cell.missing)
                for line, field in missing]

    @property
    def badge_counts(self) -> list[tuple[Badge, int]]:
        """How many of the shown cells got which verdict."""
        places = [(line.index, field.column.name) for line in self.layout.lines
                  for field in line.fields]
        return verdict_badges.counted(self.badges[place].verdict
                                      for place in places if place in self.badges)

    def badge(self, line: Line, field: ShownCell) -> Badge | None:
        """The verdict on a cell."""
        return self.badges.get((line.index, field.column.name))

    def anchor(self, line: Line, field: ShownCell) -> str:
        """The anchor of a cell's trace; empty where it has none."""
        return anchor(self.product.stem, line.index,
                      field.column.name) if has_trace(field.cell) else ""


def view(root: Path, read: ReadTable, findings: Sequence[Finding], sources: Sources) -> TableView:
    """All that the report shows of a table; `sources` are those of the page."""
    layout = laid_out(read.table)
    badges = verdict_badges.of_table(findings, read.fields, read.product.stem)
    of_table = traces.of_product(sources, read.cited, read.digests)
    shown = [(line, field) for line in layout.lines
             for field in line.fields if has_trace(field.cell)]
    return TableView(
        **vars(read),
        kinds=kinds_there(root, read.product),
        layout=layout,
        badges=badges,
        flaws=verdict_badges.flaws(findings, read.product.file),
        sources=list(of_table.values()),
        traces=[_trace(read, line.index, field, badges, of_table) for line, field in shown])


def anchor(stem: str, index: int, column: str) -> str:
    """Anchor of the trace of a cell: `bd_metrics-21-bd_rate_percent`."""
    return f"{stem}-{index}-{slug(column)}"


def has_trace(cell: Cell) -> bool:
    """Whether a cell says where its value is from."""
    return not cell.missing and bool(cell.formula or cell.sources)


def row_name(table: Table, row: Mapping[str, Cell]) -> str:
    """A row in a reader's words: `proposed, micro, P 1024`."""
    labels = ((column, row[column].value) for column in table.key)
    words = [f"P {value}" if column == "points" else str(value)
             for column, value in labels if value not in ("", None)]
    return ", ".join(words)


def _column_name(field: ShownCell) -> str:
    column = field.column
    return f"{column.title}, {column.group}" if column.group else column.title


def _trace(read: ReadTable, index: int, field: ShownCell, badges: Mapping[Place, Badge],
           sources: Mapping[str, SourceView]) -> TraceView:
    table, fields, column = read.table, read.fields.rows[index], field.column
    key = {name: fields[name] for name in table.key}
    return TraceView(
        anchor=anchor(read.product.stem, index, column.name),
        title=f"{column.title}: {row_name(table, table.rows[index])}",
        value=str(field.cell.value),
        evidence=evidence_of(fields, column.name) or column.group,
        formula=field.cell.formula,
        command=traces.command(read.product.file, key, column.name),
        cited=traces.cited(field.cell.sources, sources),
        badge=badges.get((index, column.name)),
    )
