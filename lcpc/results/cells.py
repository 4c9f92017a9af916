"""Cells of a table: a value with its formula and rows, or the reason why it is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CellValue = float | int | str | None
DIGITS = 12


@dataclass(frozen=True)
class Source:
    """Lines of one result file (path relative to the project root; the header is line 1)."""

    file: str
    lines: tuple[int, ...]

    @staticmethod
    def of(frame: Any) -> "tuple[Source, ...]":
        """The files and lines that a frame of `Results` was read from, in the order of files."""
        sources = []
        for file, lines in frame.groupby("_file", sort=True)["_line"]:
            numbers = tuple(sorted(int(line) for line in lines))
            sources.append(Source(str(file), numbers))
        return tuple(sources)


@dataclass(frozen=True)
class Cell:
    """One value of a table with its formula and sources.

    value: real numbers keep 12 significant digits, since further ones differ between processors.
    missing: instead of a value, why it is absent and which command fills it.
    """

    value: CellValue = None
    formula: str = ""
    sources: tuple[Source, ...] = ()
    missing: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing):
            raise ValueError("a cell holds either a value or the reason why it is missing")
        if isinstance(self.value, float):
            object.__setattr__(self, "value", float(f"{self.value:.{DIGITS}g}"))


@dataclass(frozen=True)
class Table:
    """A finished table: each row maps every column to a cell; the columns `key` identify a row."""

    stem: str
    caption: str
    key: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]
    notes: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for row in self.rows:
            if set(row) != set(self.columns):
                different = ", ".join(sorted(set(row) ^ set(self.columns)))
                raise ValueError(f"table {self.stem}: a row and the header differ in {different}")


def text(value: CellValue) -> Cell:
    """A cell that holds a plain label."""
    return Cell("" if value is None else value)
