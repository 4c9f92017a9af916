"""Which rows of a run a figure shows, and what it says where there are none."""

from collections.abc import Iterable
from pathlib import Path

from lcpc.curves import done, trainings
from lcpc.data import store
from lcpc.errors import DataError, MissingData, ResultError
from lcpc.figures._types import Array, DataFrame
from lcpc.results import frames
from lcpc.results.store import PUBLISHED, Results

LIMIT_BYTES = 1 << 28
"""Of the arrays of one picture."""
WITHHELD = "withheld"
"""Attribute of points: columns that are drawn, but are not ours to write."""

__all__ = ["arrays", "arrays_beside", "command", "concat", "done", "others", "refuse_published",
           "with_lines"]


def command(results: Results, stem: str) -> str:
    """The command that makes a figure of a run and all that it needs."""
    return f"`snakemake --cores 8 figures/{results.run}/{stem}.pdf`"


def refuse_published(results: Results, stem: str) -> None:
    """Raise MissingData for run published, which has no measurements to show."""
    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} measures nothing, so it has nothing to show in {stem}; "
                          f"run `snakemake --cores 2 figures/demo/{stem}.pdf`")


def arrays(path: Path, way_out: str) -> dict[str, Array]:
    """Arrays of an .npz file. Raises ResultError with the way out where it is broken."""
    try:
        return store.read_all(path, LIMIT_BYTES)
    except DataError as error:
        raise ResultError(f"{error}; {way_out}") from error


def arrays_beside(results: Results, file: str) -> dict[str, Array]:
    """Arrays beside the rows in `file`. Raises MissingData or ResultError."""
    path = (results.root / file).with_suffix(".npz")
    if not path.is_file():
        place = path.relative_to(results.root)
        raise MissingData(f"{place} is not there; its rows came with it: evaluate again")
    return arrays(path, "evaluate again")


def concat(parts: Iterable[DataFrame]) -> DataFrame:
    """Frames below one another; line numbers may be missing."""
    return with_lines(frames.concat(parts))


def others(rows: DataFrame) -> list[tuple[str, int]]:
    """(file, line) of the other seeds' rows that points are means of."""
    if trainings.OTHERS not in rows:
        return []
    texts = rows[trainings.OTHERS].dropna()
    places = [place.rpartition(":") for text in texts for place in text.split("\n")]
    return [(file, int(line)) for file, _, line in places]


def with_lines(frame: DataFrame) -> DataFrame:
    """`_line` as whole numbers that may be missing."""
    return frame.astype({"_line": "Int64"})
