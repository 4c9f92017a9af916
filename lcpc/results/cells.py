"""Cells of a table: a value with the formula and the rows behind it, or the reason why it is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = float | int | str | None


@dataclass(frozen=True)
class Source:
    """Lines of one result file (path relative to the project root; the header is line 1)."""

    file: str
    lines: tuple[int, ...]

    @staticmethod
    def of(frame: Any) -> "tuple[Source, ...]":
        """The files and lines that a frame of `Results` was read from, in file order."""
        groups = frame.groupby("_file", sort=True)["_line"]
        return tuple(Source(str(file), tuple(sorted(int(line) for line in lines))) for file, lines in groups)


@dataclass(frozen=True)
class Cell:
    """One value of a table with its formula and sources, or `missing`: why it is absent and which command fills it."""

    value: Value = None
    formula: str = ""
    sources: tuple[Source, ...] = ()
    missing: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing):
            raise ValueError("a cell holds either a value or the reason why it is missing")


@dataclass(frozen=True)
class Table:
    """A finished table: `rows` map every column of `columns` to a cell; `key` names the columns that tell rows apart."""

    stem: str
    caption: str
    key: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]
    notes: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for row in self.rows:
            if set(row) != set(self.columns):
                odd = sorted(set(row) ^ set(self.columns))
                raise ValueError(f"table {self.stem}: a row and the header differ in {', '.join(odd)}")


def text(value: Value) -> Cell:
    """A cell that holds a plain label."""
    return Cell("" if value is None else value)
