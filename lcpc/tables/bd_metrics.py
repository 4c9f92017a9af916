"""Table II: the highest accuracy of each codec, and its mean distances to TMC13 (BD metrics)."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from lcpc import curves
from lcpc.curves import PROPOSED, CurveKey, Curves, arrays, trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics import bjontegaard
from lcpc.metrics.intervals import Floats, printed_bd_accuracies, printed_bd_rates
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables._intervals import (
    NO_CLOUDS,
    OF_CLOUDS,
    cells,
    columns,
    highest_ends,
    pair_ends,
    resampled_as,
)

CAPTION = ("Rate-accuracy of point cloud codecs for classification: maximum top-1 accuracy, and "
           "BD-rate and BD-accuracy against the anchor by the recipe of the documents' Table II")
READS = ("rate_accuracy",)
KEY = ["codec", "size", "points"]
QUANTITIES = ["max_accuracy_percent", "bd_rate_percent", "bd_accuracy_percent"]
MAX_ACCURACY, BD_RATE, BD_ACCURACY = QUANTITIES
ENDS = columns(QUANTITIES)
COLUMNS = base.comparison_columns(KEY, QUANTITIES, appended=[*ENDS, base.SEEDS])
RECIPE = ("Pareto front, extended at its last accuracy to the anchor's highest rate, "
          "Akima over log10 rate")
RECORDED = ("Evidence recorded: streams made elsewhere, of which only the sizes are known; "
            "the accuracies are measured.")
HIGHEST = "highest top-1 accuracy of the curve"
PRINTED_RECIPE = ("On measured curves the printed recipe swings by tens of points with the test "
                  "clouds, as the intervals show; steady_metrics has the BD values to read.")
NO_ANCHOR = ("no anchor: the run has neither TMC13 nor Draco rows; "
             "add one to its input_compression.codecs")


def build(results: Results) -> Table:
    """One row for each curve that the documents print or the run measured."""
    printed = results.printed("table_2_bd_metrics")
    documents = curves.published(results)
    measured = base.measured_curves(results, "bd_metrics")
    notes = ["Printed and recomputed: anchor TMC13, data set ModelNet40. The printed recipe of BD "
             f"values: {RECIPE}."]
    if measured:
        first, *others = measured_notes(measured) or [""]
        notes += [_recipe_note(first), *others,
                  f"In brackets: 95 % intervals, {OF_CLOUDS}, the same for anchor and curve.",
                  *base.seeds_notes(measured)]
    anchor = resampled_anchor(results, measured)
    rows = [_row(results, key, printed, documents, measured, anchor)
            for key in curve_keys(curves.grouped(printed), measured)]
    return Table("bd_metrics", CAPTION, KEY, COLUMNS, rows, notes)


def _recipe_note(anchor_note: str) -> str:
    """Anchor and data set, and what the printed recipe is worth on measured curves."""
    return f"{anchor_note} {PRINTED_RECIPE}".lstrip()


def measured_notes(measured: Curves) -> list[str]:
    """Anchor and data set of the measured values, and whether they compare with print."""
    anchor = measured.anchor()
    if anchor is None:
        return []
    codec = str(anchor["codec"].iloc[0])
    dataset = curves.dataset_label(measured.dataset)
    notes = [f"Measured: anchor {curves.codec_label(codec)}, data set {dataset}."]
    if not measured.comparable:
        notes.append(f"Measured values stand on {measured.dataset} and do not compare with print, "
                     "which stands on ModelNet40.")
    elif codec != "tmc13":
        notes.append("Measured BD values have another anchor than print and do not compare with "
                     "it; accuracies do.")
    notes += measured.limit_notes()
    if any(curves.evidence_of(rows) == "recorded" for rows in measured.rows.values()):
        notes.append(RECORDED)
    return [*notes, base.SELECTION] if measured.comparable else notes


def curve_keys(of_documents: Collection[CurveKey], measured: Curves | None) -> list[CurveKey]:
    """The documents' curves in their order; those of the run alone after their kind."""
    in_run = {**measured.rows, **measured.reasons} if measured else {}
    in_run_alone = sorted(key for key in in_run if key not in of_documents)
    return sorted([*of_documents, *in_run_alone], key=lambda key: key[0] == PROPOSED)


def resampled_anchor(results: Results, measured: Curves | None,
                     high: float = 0.0) -> ResampledCurve | None:
    """The run's anchor in every replicate, its steady curves carried up to rate `high` (bits)."""
    rows = measured.anchor() if measured else None
    return None if rows is None else ResampledCurve(results, rows, high)


def _row(results: Results, key: CurveKey, printed: DataFrame, documents: Curves,
         measured: Curves | None, anchor: ResampledCurve | None) -> dict[str, Cell]:
    codec, size, points = key
    labels = {"codec": text(codec), "size": text(size), "points": text(points)}
    in_print = base.select(printed, codec=codec, size=size or None, points=points or None)
    print_cells = base.copied(in_print, QUANTITIES)
    recomputed = _cells(key, documents, base.PUBLISHED_NOWHERE)
    if measured is None:
        row = base.comparison_row(labels, recomputed, text("published"), print_cells, recomputed)
        return {**row, **base.absent(ENDS, NO_CLOUDS), base.SEEDS: base.seeds(None)}
    if key not in measured.rows:
        reason = measured.reasons.get(key) or base.missing_curve(results, "bd_metrics", codec)
        values = base.absent(QUANTITIES, reason)
        row = base.comparison_row(labels, values, Cell(missing=reason), print_cells, recomputed)
        return {**row, **base.absent(ENDS, reason), base.SEEDS: base.seeds(None)}
    rows = measured.rows[key]
    note = " ".join([_recipe_note(" ".join(measured_notes(measured)[:1])),
                     *not_held_notes(key, measured), *_extension_notes(key, measured)])
    values = _cells(key, measured, "")
    row = base.comparison_row(labels, values, text(curves.evidence_of(rows)), print_cells,
                              recomputed, note)
    ends = _intervals(values, anchor, ResampledCurve(results, rows))
    return {**row, **ends, base.SEEDS: base.seeds(rows)}


def _intervals(values: Mapping[str, Cell], anchor: ResampledCurve | None,
               curve: ResampledCurve) -> dict[str, Cell]:
    """Both ends of each quantity's interval."""
    curve = resampled_as(anchor, curve)
    return cells({
        MAX_ACCURACY: highest_ends(values[MAX_ACCURACY], curve, HIGHEST),
        BD_RATE: pair_ends(values[BD_RATE], _bd_rates, anchor, curve),
        BD_ACCURACY: pair_ends(values[BD_ACCURACY], _bd_accuracies, anchor, curve)})


def _bd_rates(anchor: ResampledTraining, training: ResampledTraining) -> Floats:
    return printed_bd_rates(anchor.points, training.points)


def _bd_accuracies(anchor: ResampledTraining, training: ResampledTraining) -> Floats:
    return printed_bd_accuracies(anchor.points, training.points)


def not_held_notes(key: CurveKey, measured: Curves) -> list[str]:
    """Why a row's values, or its BD values, are not held against print."""
    limit = measured.limits.get(key)
    if limit:
        return [f"Not held against print: {limit}."]
    if measured.anchor_limit and measured.comparable:
        return [f"BD values are not held against print: {measured.anchor_limit}."]
    return []


def _extension_notes(key: CurveKey, measured: Curves) -> list[str]:
    """Names a BD-accuracy that follows from the extension alone, with its value by PCHIP."""
    anchor, rows = measured.anchor(), measured.rows[key]
    if anchor is None or rows is anchor:
        return []
    try:
        anchor_rates, _ = bjontegaard.front(*arrays(anchor))
        first = anchor_rates[0]
        last = trainings.mean(_last_rate, rows)
        by_pchip = base.against(partial(bjontegaard.bd_accuracy_points, method="pchip"), anchor,
                                rows)
    except ValueError:
        return []  # the cell says why there is no BD-accuracy
    if last >= first:
        return []
    value = f"{by_pchip:.1f}".replace("-", "−")
    return [f"BD-accuracy: the curve ends at {last:.1f} bits and the anchor begins at {first:.1f}, "
            "so that it stands on the extension alone, where Akima may overshoot; by PCHIP, which "
            f"can't, it is {value}."]


def _last_rate(training: DataFrame) -> float:
    rates, _ = bjontegaard.front(*arrays(training))
    return float(rates[-1])


def _cells(key: CurveKey, of: Curves, reason: str) -> dict[str, Cell]:
    rows, anchor = of.rows.get(key), of.anchor()
    if rows is None:
        return base.absent(QUANTITIES, reason)
    best = base.number(trainings.mean(curves.max_accuracy, rows), HIGHEST, rows)
    rate = _distance(bjontegaard.bd_rate_percent, "BD-rate", rows, anchor)
    accuracy = _distance(bjontegaard.bd_accuracy_points, "BD-accuracy", rows, anchor)
    return dict(zip(QUANTITIES, (best, rate, accuracy), strict=True))


def _distance(metric: Callable[..., float], name: str, rows: DataFrame,
              anchor: DataFrame | None) -> Cell:
    if anchor is None:
        return Cell(missing=NO_ANCHOR)
    codec = str(anchor["codec"].iloc[0])
    formula = f"{name} by the printed recipe against {curves.codec_label(codec)}: {RECIPE}"
    if rows is anchor:
        return base.number(0.0, f"{formula}; the anchor itself", anchor)
    return base.bd_cell(metric, name, formula, anchor, rows)
