"""A table as Markdown: aligned columns that also read well as plain text, notes below."""

from collections.abc import Sequence

from lcpc.layout.table import Heading, Layout, ShownCell


def markdown(layout: Layout) -> str:
    """The whole file: caption, what the groups mean, the table, general notes, numbered notes."""
    titles = [title for heading in layout.headings for title in _titles(heading)]
    body = [list(map(_text, line.fields)) for line in layout.lines]
    notes = [f"{number}. {text}" for number, text in enumerate(layout.notes, 1)]
    parts = [f"**{layout.table.caption}**", layout.legend, _grid(layout, titles, body),
             *layout.table.notes, "\n".join(notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _titles(heading: Heading) -> list[str]:
    """The first column names the quantity, the others their evidence alone."""
    if not heading.is_group:
        return [heading.title]
    first, *others = (column.group for column in heading.columns)
    return [f"{heading.title}: {first}", *others]


def _text(field: ShownCell) -> str:
    text = field.text.replace("|", "\\|")
    return f"{text} [{field.note}]" if field.note else text


def _grid(layout: Layout, titles: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, texts)) for texts in zip(titles, *body, strict=True)]
    rule = []
    for column, width in zip(layout.columns, widths, strict=True):
        rule.append("-" * (width - 1) + ":" if column.is_number else "-" * width)
    return "\n".join(_line(layout, texts, widths) for texts in (titles, rule, *body))


def _line(layout: Layout, texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for column, text, width in zip(layout.columns, texts, widths, strict=True):
        padded.append(text.rjust(width) if column.is_number else text.ljust(width))
    return f"| {' | '.join(padded)} |"
