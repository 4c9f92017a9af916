"""What is missing: cells without a value by their reason, tables and figures not shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lcpc.report.products import Product
from lcpc.report.tableview import TableView


@dataclass(frozen=True)
class Absent:
    """A table or figure that the report cannot show, and why."""

    product: Product
    reason: str


@dataclass(frozen=True)
class Reason:
    """Why cells are empty, the command that fills them, (stem, row, column) of each cell."""

    text: str
    command: str
    cells: Sequence[tuple[str, str, str]]

    @property
    def tables(self) -> list[str]:
        """Stems of the tables with such cells."""
        return list(dict.fromkeys(stem for stem, _, _ in self.cells))


def reasons(tables: Sequence[TableView]) -> list[Reason]:
    """All reasons; those with a command first, then by how many cells they leave empty."""
    cells: dict[str, list[tuple[str, str, str]]] = {}
    for table in tables:
        for gap in table.gaps:
            cells.setdefault(gap.reason, []).append((table.product.stem, gap.row, gap.column))
    by_reason = [Reason(text, command_in(text), places) for text, places in cells.items()]
    return sorted(by_reason,
                  key=lambda reason: (not reason.command, -len(reason.cells), reason.text))


def command_in(text: str) -> str:
    """The last command that a reason names between backticks; empty where it names none.

    >>> command_in("no rows; then `snakemake --cores 8 tables/x/y.csv`")
    'snakemake --cores 8 tables/x/y.csv'
    """
    return next(reversed(re.findall(r"`([^`]+)`", text)), "")
