"""A table as Markdown: aligned columns that also read well as plain text, notes below."""

from collections.abc import Mapping, Sequence

from lcpc.results.cells import Cell, Table
from lcpc.tables import _layout
from lcpc.tables._layout import Head, Notes


def markdown(table: Table) -> str:
    """The whole file: caption, what the groups mean, the table, general notes, numbered reasons."""
    shown, notes = _layout.heads(table), Notes()
    body = [[_cell(table, row, index, head, notes) for index, head in enumerate(shown)] for row in table.rows]
    parts = [f"**{table.caption}**", _layout.legend(shown), _grid(table, shown, body)]
    parts += [*table.notes, "\n".join(f"{number}. {text}" for number, text in enumerate(notes.texts, 1))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell(table: Table, row: Mapping[str, Cell], index: int, head: Head, notes: Notes) -> str:
    cell = row[head.column]
    if cell.missing:
        return f"{_layout.DASH} [{notes.number(cell.missing)}]"
    text = _layout.show(head.column, head.quantity, cell.value).replace("|", "\\|")
    remark = _layout.remark(table, row) if index == 0 else ""
    return f"{text} [{notes.number(remark)}]" if remark else text


def _grid(table: Table, shown: Sequence[Head], body: Sequence[Sequence[str]]) -> str:
    titles = _titles(shown)
    right = [_layout.numeric(table, head) for head in shown]
    widths = [max(len(line[index]) for line in [titles, *body]) for index in range(len(shown))]
    rule = ["-" * (width - 1) + ":" if flush else "-" * width for width, flush in zip(widths, right, strict=True)]
    return "\n".join(_line(cells, widths, right) for cells in [titles, rule, *body])


def _titles(shown: Sequence[Head]) -> list[str]:
    """The first column of a group names the quantity, the others their evidence alone: Markdown has no joint headers."""
    if not _layout.grouped(shown):
        return [head.name for head in shown]
    before = ["", *(head.quantity for head in shown)]
    full = [f"{head.name}: {head.group}" if head.group else head.name for head in shown]
    return [head.group if head.quantity == last else title for head, last, title in zip(shown, before, full, strict=False)]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (cell.rjust(width) if flush else cell.ljust(width)
              for cell, width, flush in zip(cells, widths, right, strict=True))
    return f"| {' | '.join(padded)} |"
