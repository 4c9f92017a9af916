"""The thesis' "bits for 87.1 %": what codecs spend for the accuracy of PointNet by itself."""

from lcpc import curves
from lcpc.curves import PROPOSED, CurveKey, Curves
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base
from lcpc.tables._intervals import NO_CLOUDS, OF_CLOUDS, columns
from lcpc.tables._rate_at import far_rows, rate_cell, rate_ends

CAPTION = ("Bits that buy 87.1 % top-1 accuracy, that of PointNet without transforms on clouds as "
           "they are: the proposed codec, full at P = 1024, and TMC13")
READS = ("rate_accuracy",)
KEY = ["codec"]
QUANTITIES = ["rate_bits"]
ENDS = columns(QUANTITIES)
COLUMNS = base.comparison_columns(KEY, QUANTITIES, appended=[*ENDS, base.SEEDS])
TARGET_PERCENT = 87.1
FORMULA = (f"rate where the Pareto front of the curve reaches {TARGET_PERCENT:g} %, on a straight "
           "line between its points")
CURVES: dict[str, CurveKey] = {"full": (PROPOSED, "full", 1024), "tmc13": ("tmc13", "", "")}


def build(results: Results) -> Table:
    """One row for each codec whose bits the thesis prints."""
    printed = results.printed("rate_at_87_1_percent")
    documents = curves.published(results)
    measured = base.measured_curves(results, "rate_at_pointnet")
    rows = []
    for codec in printed["codec"]:
        key = CURVES[str(codec)]
        of_run = measured.rows.get(key) if measured else None
        recomputed = _rate(key, documents, base.PUBLISHED_NOWHERE)
        rate, evidence, ends = recomputed, text(PUBLISHED), base.absent(ENDS, NO_CLOUDS)
        if measured:
            rate, evidence, ends = _measured(results, key, measured)
        in_print = base.copied(base.select(printed, codec=codec), QUANTITIES)
        note = far_rows((measured or documents).rows.get(key), [TARGET_PERCENT])
        row = base.comparison_row({"codec": text(codec)}, {"rate_bits": rate}, evidence, in_print,
                                  {"rate_bits": recomputed}, note)
        rows.append({**row, **ends, base.SEEDS: base.seeds(of_run)})
    return Table("rate_at_pointnet", CAPTION, KEY, COLUMNS, rows, _notes(measured))


def _notes(measured: Curves | None) -> list[str]:
    if measured is None:
        return []
    if not measured.comparable:
        return [f"Measured: data set {measured.dataset}; not comparable with print (ModelNet40)."]
    return ["Measured: data set ModelNet40.", *measured.limit_notes(),
            f"In brackets: 95 % intervals, {OF_CLOUDS}.", *base.seeds_notes(measured)]


def _measured(results: Results, key: CurveKey,
              measured: Curves) -> tuple[Cell, Cell, dict[str, Cell]]:
    """The run's rate, its evidence and both ends of its interval."""
    reason = measured.reasons.get(key) or base.missing_curve(results, "rate_at_pointnet", key[0])
    rate = _rate(key, measured, reason)
    if rate.missing:
        return rate, Cell(missing=rate.missing), base.absent(ENDS, rate.missing)
    rows = measured.rows[key]
    ends = dict(zip(ENDS, rate_ends(results, rows, rate, TARGET_PERCENT, FORMULA), strict=True))
    return rate, text(curves.evidence_of(rows)), ends


def _rate(key: CurveKey, of: Curves, reason: str) -> Cell:
    rows = of.rows.get(key)
    return Cell(missing=reason) if rows is None else rate_cell(rows, TARGET_PERCENT, FORMULA)
