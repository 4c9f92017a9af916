"""Shared by all tables: columns of printed, recomputed and measured values, and their cells."""

from collections.abc import Callable, Mapping, Sequence

from lcpc import curves
from lcpc.curves import Curves, arrays, trainings
from lcpc.results.cells import Cell, Source, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results

PRINTED_NOWHERE = "the documents print no such number"
PUBLISHED_NOWHERE = "the documents publish no points of this curve"
COPIED = "as printed"
ON_MODULES = "counted on the built modules"
PUBLISHED_ALONE = "the recomputed values alone come with"
SELECTION = (
    "The documents pick each epoch on the test split; lcpc picks no epoch by it, which alone may "
    "cost a point of accuracy."
)


SEEDS = "seeds"
"""Column that says of how many trainings a measured value is the mean."""
MEANS = ("Seeds: how many trainings of a curve a value is the mean of, one a seed. The intervals "
         "of several draw seeds, too.")


def seeds(rows: DataFrame | None) -> Cell:
    """How many trainings the values of a measured curve are the mean of; empty without a curve."""
    if rows is None:
        return text("")
    return number(trainings.count(rows), "trainings of the curve, one a seed", rows)


def seeds_notes(measured: Curves | None) -> list[str]:
    """What the seeds of a run's curves mean, if one has several."""
    curves_of_run = measured.rows.values() if measured else ()
    return [MEANS] if any(trainings.count(rows) > 1 for rows in curves_of_run) else []


def comparison_columns(key: Sequence[str], quantities: Sequence[str],
                       groups: Sequence[str] = ("printed", "recomputed"),
                       appended: Sequence[str] = ()) -> list[str]:
    """Header of a comparison: key, the run's numbers, evidence, printed_*, recomputed_*, what is
    `appended` (ends of intervals, seeds), note."""
    twins = [f"{group}_{quantity}" for group in groups for quantity in quantities]
    return [*key, *quantities, "evidence", *twins, *appended, "note"]


def comparison_row(key: Mapping[str, Cell], values: Mapping[str, Cell], evidence: Cell,
                   printed: Mapping[str, Cell], recomputed: Mapping[str, Cell],
                   note: str = "") -> dict[str, Cell]:
    """One row of such a table; `values` are the run's numbers."""
    return {
        **key,
        **values,
        "evidence": evidence,
        **prefixed("printed", printed),
        **prefixed("recomputed", recomputed),
        "note": text(note),
    }


def prefixed(group: str, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The same cells under the names of a group of evidence."""
    return {f"{group}_{quantity}": cell for quantity, cell in cells.items()}


def published_only(results: Results) -> bool:
    """Whether the run has the documents' points alone: recomputed values are its values."""
    return results.run == PUBLISHED


def measured_curves(results: Results, stem: str) -> Curves | None:
    """The run's curves; None for run published. Raises MissingData where a run has none."""
    return None if published_only(results) else curves.measured(results, command(results, stem))


def command(results: Results, stem: str) -> str:
    """The command that makes a table of a run and all that it needs."""
    return f"`snakemake --cores 8 tables/{results.run}/{stem}.csv`"


def missing_curve(results: Results, stem: str, codec: str) -> str:
    """Why a curve has no measured value, and the command that fills it."""
    plugin = None if codec == curves.PROPOSED else curves.codec_plugin(codec)
    if hasattr(plugin, "trained"):
        return (f"run {results.run} trains no {codec}: name it in input_compression.codecs, with a "
                f"section `{codec}: {{}}` (docs/point_clouds.md), or a manifest of its outputs in "
                f"input_compression.recorded, then {command(results, stem)}")
    if codec != curves.PROPOSED and not hasattr(plugin, "codec"):
        return (f"{codec} runs outside lcpc: name a manifest of its outputs in "
                f"input_compression.recorded (docs/recorded.md), then {command(results, stem)}")
    return (f"run {results.run} has no rows of this curve; ask for it in "
            f"config/{results.run}.yaml, then {command(results, stem)}")


def absent(quantities: Sequence[str], reason: str) -> dict[str, Cell]:
    """A missing cell for each quantity, with one reason."""
    return {quantity: Cell(missing=reason) for quantity in quantities}


def select(frame: DataFrame, **wanted: object) -> DataFrame:
    """Rows whose columns equal `wanted`; None means an empty field."""
    for column, value in wanted.items():
        values = frame[column]
        matches = values.isna() if value is None else (values == value).fillna(False).astype(bool)
        frame = frame[matches]
    return frame


def number(value: float | int, formula: str, *frames: DataFrame) -> Cell:
    """A computed value as a plain number, with its formula and the rows it came from."""
    import pandas

    origin = pandas.concat([frame[["_file", "_line"]] for frame in frames]).drop_duplicates()
    plain = value if isinstance(value, int) else float(value)
    return Cell(plain, formula, Source.of(origin))


def against(metric: Callable[..., float], anchor: DataFrame, rows: DataFrame) -> float:
    """Mean over a curve's trainings of a metric against an anchor.

    metric: takes the anchor's rates and accuracies, then those of one training. Raises ValueError
    where a training has none.
    """
    def of_training(training: DataFrame) -> float:
        """The metric of one training."""
        return metric(*arrays(anchor), *arrays(training))

    return trainings.mean(of_training, rows)


def bd_cell(metric: Callable[..., float], name: str, formula: str, anchor: DataFrame,
            rows: DataFrame, *others: DataFrame) -> Cell:
    """`against` as a cell, or why there is no `name`; `others`: further rows that it came from."""
    try:
        value = against(metric, anchor, rows)
    except ValueError as error:
        return Cell(missing=f"no {name}: {error}")
    return number(value, formula, anchor, rows, *others)


def copied(frame: DataFrame, quantities: Sequence[str]) -> dict[str, Cell]:
    """Printed cells of the single row in `frame`; missing ones where there is no row."""
    if frame.empty:
        return absent(quantities, PRINTED_NOWHERE)
    row, sources = frame.iloc[0], Source.of(frame.iloc[:1])
    return {quantity: Cell(float(row[quantity]), COPIED, sources) for quantity in quantities}
