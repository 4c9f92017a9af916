"""What the tables share: columns for printed, recomputed and measured, cells from rows, and the words for missing ones."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lcpc.results.cells import Cell, Source, text
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas

PRINTED_NOWHERE = "the documents print no such number"
PUBLISHED_NOWHERE = "the documents publish no points of this curve"
COPIED = "as printed"
PUBLISHED_ALONE = "the recomputed values alone come with"


def comparison_columns(key: Sequence[str], quantities: Sequence[str],
                       groups: Sequence[str] = ("printed", "recomputed")) -> list[str]:
    """Header of a table that compares evidence: key, the run's own numbers, evidence, printed_*, recomputed_*, note."""
    twins = [f"{group}_{quantity}" for group in groups for quantity in quantities]
    return [*key, *quantities, "evidence", *twins, "note"]


def comparison_row(key: Mapping[str, Cell], own: Mapping[str, Cell], evidence: Cell, printed: Mapping[str, Cell],
                   recomputed: Mapping[str, Cell], note: str = "") -> dict[str, Cell]:
    """One row of such a table."""
    return {
        **key, **own, "evidence": evidence,
        **{f"printed_{quantity}": cell for quantity, cell in printed.items()},
        **{f"recomputed_{quantity}": cell for quantity, cell in recomputed.items()}, "note": text(note),
    }


def published_only(results: Results) -> bool:
    """Whether the run holds the documents' points alone, so that recomputed values are its own."""
    return results.run == PUBLISHED


def command(results: Results, stem: str) -> str:
    """The command that makes a table of a run and all that it needs."""
    return f"`snakemake --cores 8 tables/{results.run}/{stem}.csv`"


def absent(quantities: Sequence[str], reason: str) -> dict[str, Cell]:
    """A missing cell for each quantity, with one reason."""
    return {quantity: Cell(missing=reason) for quantity in quantities}


def select(frame: "pandas.DataFrame", **wanted: object) -> "pandas.DataFrame":
    """Rows whose columns equal `wanted`; None stands for an empty field."""
    for column, value in wanted.items():
        frame = frame[frame[column].isna() if value is None else (frame[column] == value).fillna(False).astype(bool)]
    return frame


def number(value: float | int, formula: str, *frames: "pandas.DataFrame") -> Cell:
    """A computed value as a plain number, with its formula and the rows it came from."""
    import pandas

    origin = pandas.concat([frame[["_file", "_line"]] for frame in frames]).drop_duplicates()
    return Cell(value if isinstance(value, int) else float(value), formula, Source.of(origin))


def copied(frame: "pandas.DataFrame", quantities: Sequence[str], missing: str = PRINTED_NOWHERE) -> dict[str, Cell]:
    """Cells of the single row in `frame` as they stand; missing ones where there is no row."""
    if frame.empty:
        return absent(quantities, missing)
    row, sources = frame.iloc[0], Source.of(frame.iloc[:1])
    return {quantity: Cell(float(row[quantity]), COPIED, sources) for quantity in quantities}
