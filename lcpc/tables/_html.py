"""A table as a small self-contained page: light and dark, one class for each kind of evidence, reasons below."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from lcpc.results.cells import Cell, Table
from lcpc.tables import _layout
from lcpc.tables._layout import Head, Notes

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #666; --rule: #bbb; --ours: #eef4fb; --link: #0b5394 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #16181b; --faint: #a3a3a3; --rule: #4a4d52; --ours: #1e2a38; --link: #8ab8e6 } }
body { margin: 1.5rem auto; padding: 0 1rem; max-width: 75rem; font: 15px/1.45 system-ui, sans-serif }
body { color: var(--ink); background: var(--paper) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption, .legend, .notes { text-align: left; max-width: 50rem }
caption { font-weight: 600; padding-bottom: .5rem }
.legend, .notes { color: var(--faint); font-size: 13px }
thead { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink) }
tbody { border-bottom: 2px solid var(--ink) }
th, td { padding: .15rem .6rem; text-align: left; white-space: nowrap }
thead th { font-weight: 600; vertical-align: bottom }
th.group { text-align: center; border-bottom: 1px solid var(--rule) }
th.evidence { font-weight: 400; font-size: 13px }
.number { text-align: right }
tbody tr.part td { border-top: 1px solid var(--rule) }
.printed { color: var(--faint) }
.recomputed { font-style: italic }
td.measured, td.recorded, td.counted { background: var(--ours) }
td.recorded { text-decoration: underline dotted }
td.missing { color: var(--faint) }
sup a { color: var(--link); text-decoration: none }
""".strip()


def page(table: Table) -> str:
    """The whole page; nothing in it is loaded from elsewhere."""
    shown, notes = _layout.heads(table), Notes()
    body = _body(table, shown, notes)
    legend = _layout.legend(shown)
    parts = [
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">',
        f"<title>{escape(table.stem)}</title>\n<style>\n{STYLE}\n</style>",
        f'<div class="wide">\n<table>\n<caption>{escape(table.caption)}</caption>\n{_head(table, shown)}',
        f"{body}\n</table>\n</div>",
        f'<p class="legend">{escape(legend)}</p>' if legend else "",
        *(f'<p class="notes">{escape(note)}</p>' for note in table.notes), _notes(notes), "</html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _head(table: Table, shown: Sequence[Head]) -> str:
    top, below, grouped = [], [], _layout.grouped(shown)
    tall = ' rowspan="2"' if grouped else ""
    for (_, group), found in groupby(shown, key=lambda head: (head.quantity, grouped and bool(head.group))):
        run = list(found)
        if not group:
            top.append(f'<th{tall}{_number(table, run[0])}>{escape(run[0].name)}</th>')
            continue
        top.append(f'<th class="group" colspan="{len(run)}">{escape(run[0].name)}</th>')
        below += [f'<th class="evidence {head.group}{" number" if _layout.numeric(table, head) else ""}">{head.group}</th>'
                  for head in run]
    second = f"<tr>{''.join(below)}</tr>\n" if below else ""
    return f"<thead>\n<tr>{''.join(top)}</tr>\n{second}</thead>"


def _number(table: Table, head: Head) -> str:
    return ' class="number"' if _layout.numeric(table, head) else ""


def _body(table: Table, shown: Sequence[Head], notes: Notes) -> str:
    lines, before = [], None
    for row in table.rows:
        part = tuple(row[column].value for column in table.key[:-1])
        mark = ' class="part"' if before is not None and part != before and len(table.key) > 1 else ""
        before = part
        cells = "".join(_cell(table, row, index, head, notes) for index, head in enumerate(shown))
        lines.append(f"<tr{mark}>{cells}</tr>")
    return "<tbody>\n" + "\n".join(lines) + "\n</tbody>"


def _cell(table: Table, row: Mapping[str, Cell], index: int, head: Head, notes: Notes) -> str:
    cell = row[head.column]
    number = " number" if _layout.numeric(table, head) else ""
    if cell.missing:
        return f'<td class="missing{number}">{_layout.DASH}{_mark(notes, cell.missing)}</td>'
    kind = "recorded" if head.group == "measured" and row["evidence"].value == "recorded" else head.group
    remark = _layout.remark(table, row) if index == 0 else ""
    text = escape(_layout.show(head.column, head.quantity, cell.value)) + (_mark(notes, remark) if remark else "")
    kinds = f"{kind}{number}".strip()
    return f'<td class="{kinds}">{text}</td>' if kinds else f"<td>{text}</td>"


def _mark(notes: Notes, text: str) -> str:
    number = notes.number(text)
    return f'<sup><a href="#note-{number}">{number}</a></sup>'


def _notes(notes: Notes) -> str:
    items = "\n".join(f'<li id="note-{number}">{escape(text)}</li>' for number, text in enumerate(notes.texts, 1))
    return f'<ol class="notes">\n{items}\n</ol>' if items else ""
