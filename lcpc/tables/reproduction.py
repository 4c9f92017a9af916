"""How far each measured curve lies from the documents' curve, at its top and at equal rate."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from lcpc import curves
from lcpc.curves import CurveKey, Curves, arrays, trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics import bjontegaard
from lcpc.metrics.difference import accuracy_difference
from lcpc.metrics.intervals import (
    Floats,
    Replicates,
    accuracy_differences,
    max_accuracies,
    unextended_bd_rates,
)
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables._intervals import OF_CLOUDS, cells, columns, curve_ends

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CAPTION = ("How far each measured curve lies from the published curve of the same codec, size and "
           "P: positive accuracies and negative BD-rates are better than the documents")
READS = ("rate_accuracy",)
KEY = ["codec", "size", "points"]
AT_EQUAL_RATE: Mapping[str, tuple[str, str]] = {
    "first_rate_bits": ("first_rate", "lowest rate that both curves cover"),
    "last_rate_bits": ("last_rate", "highest rate that both curves cover"),
    "mean_difference_points": ("mean", "mean difference at equal rate, over log rate"),
    "least_difference_points": ("least", "least difference at equal rate"),
    "least_at_bits": ("least_rate", "rate of the least difference"),
    "greatest_difference_points": ("greatest", "greatest difference at equal rate"),
    "greatest_at_bits": ("greatest_rate", "rate of the greatest difference"),
}
"""Column -> (attribute of `metrics.difference.Difference`, its meaning)."""
QUANTITIES = ["max_difference_points", "bd_rate_against_published_percent", *AT_EQUAL_RATE]
DIFFERENCES: Mapping[str, Callable[[Floats], Floats]] = {
    "mean_difference_points": lambda differences: differences.mean(axis=1),
    "least_difference_points": lambda differences: differences.min(axis=1),
    "greatest_difference_points": lambda differences: differences.max(axis=1),
}
"""What each column takes of the differences at equal rate, [B, rates] -> [B]."""
WITH_INTERVALS = [*QUANTITIES[:2], *DIFFERENCES]
ENDS = columns(WITH_INTERVALS)
COLUMNS = [*KEY, *QUANTITIES, "evidence", *ENDS, base.SEEDS, "note"]
RULE = "Pareto fronts joined by straight lines over log rate, nothing carried beyond their ends"
NOTES = (
    f"Differences are measured less published. At equal rate: {RULE}.",
    "BD-rate here: of the measured curve against the published one, not against TMC13; neither is "
    "extended.",
    f"In brackets: 95 % intervals, {OF_CLOUDS}; the published points stay as they are.",
)
NOTHING_MEASURED = ("run {} measures nothing; "
                    "`snakemake --cores 8 tables/workstation/reproduction.csv` compares a run")
OTHER_DATASET = ("measured on {}, which does not compare with print (ModelNet40); "
                 "see run workstation")


def build(results: Results) -> Table:
    """One row for each curve that the documents publish."""
    documents = curves.published(results)
    measured = base.measured_curves(results, "reproduction")
    rows = [_row(results, key, published, measured) for key, published in documents.rows.items()]
    notes = [*NOTES]
    if measured:
        notes += [*base.seeds_notes(measured), *measured.limit_notes(), base.SELECTION]
    return Table("reproduction", CAPTION, KEY, COLUMNS, rows, notes)


def _row(results: Results, key: CurveKey, published: DataFrame,
         measured: Curves | None) -> dict[str, Cell]:
    codec, size, points = key
    labels = {"codec": text(codec), "size": text(size), "points": text(points), "note": text(""),
              base.SEEDS: base.seeds(None)}
    if measured is None:
        reason = NOTHING_MEASURED.format(results.run)
    elif not measured.comparable:
        reason = OTHER_DATASET.format(measured.dataset)
    elif key in measured.limits:
        reason = f"not held against print: {measured.limits[key]}"
    elif key in measured.rows:
        rows = measured.rows[key]
        values = _differences(published, rows)
        return {**labels, **values, **_intervals(results, values, published, rows),
                "evidence": text(curves.evidence_of(rows)), base.SEEDS: base.seeds(rows)}
    else:
        reason = measured.reasons.get(key) or base.missing_curve(results, "reproduction", codec)
    return {**labels, **base.absent([*QUANTITIES, *ENDS, "evidence"], reason)}


def _intervals(results: Results, values: Mapping[str, Cell], published: DataFrame,
               measured: DataFrame) -> dict[str, Cell]:
    """Both ends of each difference's interval."""
    curve = ResampledCurve(results, measured)
    rates, accuracies = arrays(published)
    anchor = Replicates(rates[None], accuracies[None])
    differences = cache(lambda training: accuracy_differences(anchor, training.points))
    metrics: dict[str, Callable[[ResampledTraining], Floats]] = {
        QUANTITIES[0]: lambda training: max_accuracies(training.points) - accuracies.max(),
        QUANTITIES[1]: lambda training: unextended_bd_rates(anchor, training.points)}
    for quantity, of_differences in DIFFERENCES.items():
        metrics[quantity] = partial(_of_training, of_differences, differences)
    return cells({quantity: curve_ends(values[quantity], values[quantity].formula, metric, curve)
                  for quantity, metric in metrics.items()})


def _of_training(of_differences: Callable[[Floats], Floats],
                 differences: Callable[[ResampledTraining], Floats],
                 training: ResampledTraining) -> Floats:
    return of_differences(differences(training))


def _differences(published: DataFrame, measured: DataFrame) -> dict[str, Cell]:
    highest = trainings.mean(curves.max_accuracy, measured) - curves.max_accuracy(published)
    top = base.number(highest, "highest top-1 accuracy, measured less published", published,
                      measured)
    return {"max_difference_points": top,
            "bd_rate_against_published_percent": _bd_rate(published, measured),
            **_at_equal_rate(published, measured)}


def _bd_rate(published: DataFrame, measured: DataFrame) -> Cell:
    formula = "BD-rate against the published curve: Pareto fronts, Akima over log10 rate"
    metric = partial(bjontegaard.bd_rate_percent, extend=False)
    return base.bd_cell(metric, "BD-rate", formula, published, measured)


def _at_equal_rate(published: DataFrame, measured: DataFrame) -> dict[str, Cell]:
    values = {}
    for column, (attribute, meaning) in AT_EQUAL_RATE.items():
        try:
            value = base.against(partial(_difference, attribute), published, measured)
        except ValueError as error:
            return base.absent(list(AT_EQUAL_RATE), f"no difference: {error}")
        values[column] = base.number(value, f"{meaning}: {RULE}", published, measured)
    return values


def _difference(attribute: str, *rates_and_accuracies: "ArrayLike") -> float:
    difference = accuracy_difference(*rates_and_accuracies)
    return float(getattr(difference, attribute))
