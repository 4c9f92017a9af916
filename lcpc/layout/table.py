"""A table laid out for readers: columns grouped by evidence, shown values, numbered notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lcpc.layout import numbers
from lcpc.results.cells import Cell, Table

NOTE = "note"
EVIDENCE = "evidence"
DASH = "–"
TWINS = ("printed", "recomputed")
"""Prefixes of the columns shown beside a quantity of the run."""
ENDS = ("low", "high")
"""Prefixes of the columns that hold the ends of a quantity's interval, shown with its value."""
GROUPS = {
    "printed": "as the documents print it",
    "recomputed": "by lcpc from the documents' published points",
    "measured": "by this run",
    "counted": "by lcpc on the description of the layers, or where noted on the built modules",
}


@dataclass(frozen=True)
class ShownColumn:
    """One shown column: name in the csv, quantity, and group of evidence ("" for labels)."""

    name: str
    quantity: str
    group: str
    is_number: bool
    index: int = 0

    @property
    def title(self) -> str:
        """The quantity in a reader's words, with its unit."""
        return numbers.title(self.quantity)


@dataclass(frozen=True)
class Heading:
    """A title over columns of one quantity; `is_group` where each names its evidence below it."""

    title: str
    columns: Sequence[ShownColumn]
    is_group: bool


@dataclass(frozen=True)
class ShownCell:
    """One shown cell; `kind`: missing, evidence, or "" for labels; `note`: its number or 0."""

    column: ShownColumn
    cell: Cell
    text: str
    kind: str
    note: int


@dataclass(frozen=True)
class Line:
    """One shown row; `begins_part` where all but the last column of the key change."""

    index: int
    fields: Sequence[ShownCell]
    begins_part: bool


@dataclass(frozen=True)
class Layout:
    """A table as readers see it, with texts of numbered notes and the meaning of groups."""

    table: Table
    columns: Sequence[ShownColumn]
    headings: Sequence[Heading]
    lines: Sequence[Line]
    notes: Sequence[str]
    legend: str

    @property
    def is_grouped(self) -> bool:
        """Whether there are two lines of titles: columns of a quantity differ in evidence."""
        return any(heading.is_group for heading in self.headings)


def laid_out(table: Table) -> Layout:
    """The layout of a table."""
    columns = _columns(table)
    notes: list[str] = []
    lines = [_line(table, index, columns, notes) for index in range(len(table.rows))]
    return Layout(table, columns, _headings(columns), lines, notes, _legend(columns))


def _columns(table: Table) -> list[ShownColumn]:
    """Labels unchanged, and each quantity as printed, recomputed, measured."""
    twins = {f"{prefix}_{quantity}" for prefix in (*TWINS, *ENDS)
             for quantity in table.columns}
    hidden = twins | {NOTE} | _empty(table)
    if not _evidence_differs(table):
        hidden.add(EVIDENCE)
    groups = [pair for name in table.columns if name not in hidden for pair in _groups(table, name)]
    columns = []
    for index, (name, quantity, group) in enumerate(groups):
        values = (row[name].value for row in table.rows)
        is_number = not any(isinstance(value, str) and value for value in values)
        columns.append(ShownColumn(name, quantity, group, is_number, index))
    return columns


def _empty(table: Table) -> set[str]:
    """Columns with an empty label in each row, such as seeds where nothing was trained."""
    empty = set(table.columns) - set(table.key)
    for row in table.rows:
        empty -= {name for name, cell in row.items() if cell.value != ""}
    return empty


def _groups(table: Table, quantity: str) -> list[tuple[str, str, str]]:
    """(column, quantity, group) of each column that shows the quantity."""
    names = [(f"{prefix}_{quantity}", quantity, prefix) for prefix in TWINS]
    twins = [name for name in names if name[0] in table.columns]
    if not twins:
        return [(quantity, quantity, "")]
    if EVIDENCE not in table.columns:
        return [*twins, (quantity, quantity, "counted")]
    return twins if _only_published(table) else [*twins, (quantity, quantity, "measured")]


def _only_published(table: Table) -> bool:
    """Whether the run's columns repeat the recomputed ones, as in run `published`."""
    return bool(table.rows) and {row[EVIDENCE].value for row in table.rows} == {"published"}


def _evidence_differs(table: Table) -> bool:
    """Whether rows differ in their evidence: not all are measured or all published."""
    if EVIDENCE not in table.columns:
        return False
    kinds = {row[EVIDENCE].value for row in table.rows} - {None}
    return not kinds <= {"measured"} and kinds != {"published"}


def _headings(columns: Sequence[ShownColumn]) -> list[Heading]:
    are_grouped = len({column.group for column in columns} - {""}) > 1
    headings = []
    for (_, is_group), group in groupby(columns, key=lambda column: (column.quantity, are_grouped
                                                                     and column.group != "")):
        members = list(group)
        headings.append(Heading(members[0].title, members, is_group))
    return headings


def _legend(columns: Sequence[ShownColumn]) -> str:
    shown = {column.group for column in columns}
    groups = [group for group in GROUPS if group in shown]
    if len(groups) == 1:
        return f"All numbers {groups[0]} {GROUPS[groups[0]]}."
    return "; ".join(f"{group}: {GROUPS[group]}" for group in groups)


def _line(table: Table, index: int, columns: Sequence[ShownColumn], notes: list[str]) -> Line:
    row = table.rows[index]
    before = table.rows[index - 1] if index else row
    begins_part = any(row[name].value != before[name].value for name in table.key[:-1])
    return Line(index, [_shown_cell(table, row, column, notes) for column in columns], begins_part)


def _shown_cell(table: Table, row: Mapping[str, Cell], column: ShownColumn,
                notes: list[str]) -> ShownCell:
    cell = row[column.name]
    if cell.missing:
        return ShownCell(column, cell, DASH, "missing", _number_of(cell.missing, notes))
    text = numbers.shown(column.name, column.quantity, cell.value)
    remark = _remark(table, row) if column.index == 0 else ""
    if f"{ENDS[0]}_{column.name}" in table.columns:
        ends = [row[f"{prefix}_{column.name}"] for prefix in ENDS]
        text, remark = _with_interval(column, text, ends)
    note = _number_of(remark, notes) if remark else 0
    return ShownCell(column, cell, text, _kind(row, column), note)


def _with_interval(column: ShownColumn, text: str, ends: Sequence[Cell]) -> tuple[str, str]:
    """`11.9 [10.8, 13.0]`, or the value alone and the reason why it has no interval."""
    if ends[0].value in (None, ""):
        return text, ends[0].missing
    low, high = (numbers.shown(column.name, column.quantity, end.value) for end in ends)
    return f"{text} [{low}, {high}]", ""


def _kind(row: Mapping[str, Cell], column: ShownColumn) -> str:
    evidence = row[EVIDENCE].value if column.group == "measured" else None
    return str(evidence) if evidence in ("recorded", "published") else column.group


def _remark(table: Table, row: Mapping[str, Cell]) -> str:
    text = str(row[NOTE].value or "") if NOTE in table.columns else ""
    return beyond_notes(text, table.notes)


def beyond_notes(text: str, notes: Sequence[str]) -> str:
    """What a row's note says beyond the table's notes, one of which it may begin with."""
    shared = [note for note in notes if text.startswith(note)]
    return text.removeprefix(max(shared, key=len, default="")).strip()


def _number_of(note: str, notes: list[str]) -> int:
    """Number of a note, counted from 1; equal notes share one, a new one is added to `notes`."""
    if note not in notes:
        notes.append(note)
    return notes.index(note) + 1
