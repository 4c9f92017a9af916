"""What is missing: cells without a value by their reason, tables and figures not shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lcpc.report.tableview import TableView
from lcpc.results.products import Product

NUMBER = re.compile(r"(?<![\w.])\d+(?!\w|\.\d)")
"""A whole number by itself, such as a quality."""


@dataclass(frozen=True)
class Absent:
    """A table or figure that the report cannot show, and why."""

    product: Product
    reason: str


@dataclass(frozen=True)
class GapReason:
    """Why cells are empty, the commands that fill them, (stem, row, column) of each cell."""

    text: str
    commands: Sequence[str]
    cells: Sequence[tuple[str, str, str]]

    @property
    def tables(self) -> list[str]:
        """Stems of the tables with such cells."""
        return list(dict.fromkeys(stem for stem, _, _ in self.cells))


def reasons(tables: Sequence[TableView]) -> list[GapReason]:
    """All reasons; those with a command first, then by how many cells they leave empty.

    Reasons that differ only in their numbers, or in the table that their command makes, are one.
    """
    groups: dict[str, list[tuple[str, tuple[str, str, str]]]] = {}
    for table in tables:
        for gap in table.gaps:
            place = (table.product.stem, gap.row, gap.column)
            groups.setdefault(_skeleton(gap.reason), []).append((gap.reason, place))
    merged = [_merged(members) for members in groups.values()]
    return sorted(merged, key=lambda reason: (not reason.commands, -len(reason.cells), reason.text))


def _skeleton(text: str) -> str:
    """What reasons of one kind share: no numbers, no name of the command's table."""
    table = command_in(text).rpartition(" ")[2]
    return NUMBER.sub("#", text.replace(table, "") if table else text)


def _merged(members: Sequence[tuple[str, tuple[str, str, str]]]) -> GapReason:
    """One reason for all cells: its numbers listed where they differ, its commands apart."""
    texts = list(dict.fromkeys(text for text, _ in members))
    commands = [command for text in texts if (command := command_in(text))]
    sayings = [text.replace(f"`{command_in(text)}`", "`{}`") for text in texts]
    numbers = zip(*map(NUMBER.findall, sayings), strict=True)
    listed = iter([", ".join(dict.fromkeys(alternatives)) for alternatives in numbers])
    saying = NUMBER.sub(lambda _: next(listed), sayings[0])
    unique = list(dict.fromkeys(commands))
    words = saying.replace("`{}`", f"`{unique[0]}`") if len(unique) == 1 else saying
    text = words.replace("`{}`", "a command below")
    return GapReason(text, unique, [place for _, place in members])


def command_in(text: str) -> str:
    """The last command that a reason names between backticks; empty where it names none.

    >>> command_in("no rows; then `snakemake --cores 8 tables/x/y.csv`")
    'snakemake --cores 8 tables/x/y.csv'
    """
    return next(reversed(re.findall(r"`([^`]+)`", text)), "")
