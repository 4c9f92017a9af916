"""Table II for measured curves: distances to TMC13 by steady recipes, with 95 % intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from lcpc import curves
from lcpc.curves import ANCHORS, CurveKey, Curves, trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics import bjontegaard
from lcpc.metrics.intervals import Floats, overlap_bd_rates, steady_bd_accuracies
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import base, bd_metrics
from lcpc.tables._intervals import (
    NO_CLOUDS,
    OF_CLOUDS,
    cells,
    columns,
    highest_ends,
    pair_ends,
    resampled_as,
)

CAPTION = ("Rate-accuracy of point cloud codecs by recipes that suit measured curves: maximum "
           "top-1 accuracy, steady BD-accuracy and overlap BD-rate against the anchor, with 95 % "
           "intervals over the test clouds")
READS = ("rate_accuracy",)
KEY = ["codec", "size", "points"]
MAX_ACCURACY, STEADY, OVERLAP = QUANTITIES = [
    "max_accuracy_percent", "steady_bd_accuracy_points", "overlap_bd_rate_percent"]
ENDS = columns(QUANTITIES)
WITH_ENDS = [name for quantity in QUANTITIES for name in (quantity, *columns([quantity]))]
RECOMPUTED = [f"recomputed_{quantity}" for quantity in QUANTITIES]
COLUMNS = [*KEY, *WITH_ENDS, "evidence", *RECOMPUTED, base.SEEDS, "note"]
HIGHEST = "highest top-1 accuracy of the curve"
STEADY_RECIPE = ("Pareto fronts carried flat, PCHIP over log10 rate, mean over {low:g} to "
                 "{high:,.7g} bits, where the published TMC13 curve begins and ends")
OVERLAP_RECIPE = ("Pareto fronts, PCHIP of log10 rate over accuracy, mean over the accuracies that "
                  "both curves cover, nothing carried on")
BEGINS_LATER = "A curve that begins later is compared from where it begins."
NOT_PRINTED = ("The documents print values of another recipe, which bd_metrics keeps; on measured "
               "curves that recipe swings by tens of points with the test clouds.")


@dataclass(frozen=True)
class PublishedRange:
    """The fixed range of rates (bits) of steady BD-accuracy; `rows` are the points that say it."""

    low: float
    high: float
    rows: DataFrame

    @property
    def recipe(self) -> str:
        """The recipe of steady BD-accuracy in words."""
        return STEADY_RECIPE.format(low=self.low, high=self.high)


def build(results: Results) -> Table:
    """One row for each curve that the documents publish or the run measured."""
    documents = curves.published(results)
    measured = base.measured_curves(results, "steady_metrics")
    span = published_span(documents)
    anchor = bd_metrics.resampled_anchor(results, measured, span.high)
    rows = [_row(results, key, documents, measured, anchor, span)
            for key in bd_metrics.curve_keys(documents.rows, measured)]
    return Table("steady_metrics", CAPTION, KEY, COLUMNS, rows, _notes(measured, span))


def published_span(documents: Curves) -> PublishedRange:
    """The range of rates of the published TMC13 curve."""
    rows = documents.rows[ANCHORS[0]]
    by_rate = rows.sort_values("rate_bits")
    ends_of_curve = by_rate.iloc[[0, -1]]
    low, high = (float(rate) for rate in ends_of_curve["rate_bits"])
    return PublishedRange(low, high, ends_of_curve)


def _notes(measured: Curves | None, span: PublishedRange) -> list[str]:
    notes = [f"Steady BD-accuracy: {span.recipe}. {BEGINS_LATER}",
             f"Overlap BD-rate: {OVERLAP_RECIPE}.", NOT_PRINTED]
    if measured is None:
        return notes
    return [*notes, f"In brackets: 95 % intervals, {OF_CLOUDS}, the same for "
            "anchor and curve.", *base.seeds_notes(measured), *bd_metrics.measured_notes(measured)]


def _row(results: Results, key: CurveKey, documents: Curves, measured: Curves | None,
         anchor: ResampledCurve | None, span: PublishedRange) -> dict[str, Cell]:
    codec, size, points = key
    labels = {"codec": text(codec), "size": text(size), "points": text(points), "note": text(""),
              base.SEEDS: base.seeds(None)}
    recomputed = _values(key, documents, span, base.PUBLISHED_NOWHERE)
    row = {**labels, **base.prefixed("recomputed", recomputed)}
    if measured is None:
        return {**row, **recomputed, **base.absent(ENDS, NO_CLOUDS), "evidence": text("published")}
    if key not in measured.rows:
        reason = measured.reasons.get(key) or base.missing_curve(results, "steady_metrics", codec)
        return {**row, **base.absent([*QUANTITIES, *ENDS, "evidence"], reason)}
    rows = measured.rows[key]
    values = _values(key, measured, span, "")
    note = " ".join(bd_metrics.not_held_notes(key, measured))
    return {**row, **values, **_intervals(results, rows, values, anchor, span),
            "evidence": text(curves.evidence_of(rows)), base.SEEDS: base.seeds(rows),
            "note": text(note)}


def _values(key: CurveKey, of: Curves, span: PublishedRange, reason: str) -> dict[str, Cell]:
    rows, anchor = of.rows.get(key), of.anchor()
    if rows is None:
        return base.absent(QUANTITIES, reason)
    highest = base.number(trainings.mean(curves.max_accuracy, rows), HIGHEST, rows)
    if anchor is None:
        return {MAX_ACCURACY: highest, **base.absent([STEADY, OVERLAP], bd_metrics.NO_ANCHOR)}
    return {MAX_ACCURACY: highest, STEADY: _steady(anchor, rows, span),
            OVERLAP: _overlap(anchor, rows)}


def _steady(anchor: DataFrame, rows: DataFrame, span: PublishedRange) -> Cell:
    name = "steady BD-accuracy"
    formula = f"{name} against {_label(anchor)}: {span.recipe}"
    metric = partial(bjontegaard.steady_bd_accuracy, low=span.low, high=span.high)
    return base.bd_cell(metric, name, formula, anchor, rows, span.rows)


def _overlap(anchor: DataFrame, rows: DataFrame) -> Cell:
    name = "overlap BD-rate"
    formula = f"{name} against {_label(anchor)}: {OVERLAP_RECIPE}"
    return base.bd_cell(bjontegaard.overlap_bd_rate, name, formula, anchor, rows)


def _label(anchor: DataFrame) -> str:
    return curves.codec_label(str(anchor["codec"].iloc[0]))


def _intervals(results: Results, rows: DataFrame, values: Mapping[str, Cell],
               anchor: ResampledCurve | None, span: PublishedRange) -> dict[str, Cell]:
    """Both ends of each quantity's interval, or the reason why the quantity has no value."""
    curve = resampled_as(anchor, ResampledCurve(results, rows, span.high))

    def steady(reference: ResampledTraining, training: ResampledTraining) -> Floats:
        """Steady BD accuracy of one training in every replicate, [B]."""
        return steady_bd_accuracies(reference.curves, training.curves, span.low, span.high)

    return cells({
        MAX_ACCURACY: highest_ends(values[MAX_ACCURACY], curve, HIGHEST),
        STEADY: pair_ends(values[STEADY], steady, anchor, curve),
        OVERLAP: pair_ends(values[OVERLAP], _overlaps, anchor, curve)})


def _overlaps(anchor: ResampledTraining, training: ResampledTraining) -> Floats:
    return overlap_bd_rates(anchor.curves, training.curves)
