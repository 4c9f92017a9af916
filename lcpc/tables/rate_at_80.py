"""The talk's "80 % at" numbers: bits that codecs and the ideal spend for 80 % top-1 accuracy."""

import math

from lcpc import curves
from lcpc.curves import PROPOSED, SIZES, Curves, comparable
from lcpc.errors import MissingData
from lcpc.metrics.blahut_arimoto import rate_at_accuracy_bits, uniform_rate_bits
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base
from lcpc.tables._intervals import NO_CLOUDS, OF_CLOUDS, columns
from lcpc.tables._rate_at import far_rows, rate_cell, rate_ends

CAPTION = ("Bits that buy 80 % top-1 accuracy: the ideal, the proposed codecs at P = 1024, "
           "and a label sent without loss")
READS = ("rate_accuracy",)
KEY = ["codec"]
QUANTITIES = ["rate_bits"]
ENDS = columns(QUANTITIES)
COLUMNS = base.comparison_columns(KEY, QUANTITIES, appended=[*ENDS, base.SEEDS])
TARGET_PERCENT = 80.0
POINTS = 1024
IDEAL = "ideal"
CURVE = ("rate where the Pareto front of the curve, P = 1024, reaches 80 %, "
         "on a straight line between its points")
OF_CLASSES = "it follows from the counts of the classes, not from single clouds; no interval"
IN_BRACKETS = f"In brackets: 95 % intervals, {OF_CLOUDS}."


def build(results: Results) -> Table:
    """One row for the ideal, each size of the proposed codec, and the label sent without loss."""
    printed = results.printed("rate_at_80_percent")
    documents = curves.published(results)
    measured = base.measured_curves(results, "rate_at_80")
    counts = _class_counts(results)
    documents_counts = Results(results.root, PUBLISHED).class_counts()
    rows = []
    for codec in printed["codec"]:
        print_cells = base.copied(base.select(printed, codec=codec), QUANTITIES)
        recomputed = _rate(codec, documents, documents_counts, base.PUBLISHED_NOWHERE)
        value, evidence, ends = recomputed, text(PUBLISHED), base.absent(ENDS, NO_CLOUDS)
        if measured:
            value, evidence = _measured(results, codec, measured, counts)
            ends = _ends(results, codec, measured, value)
        row = base.comparison_row({"codec": text(codec)}, {"rate_bits": value}, evidence,
                                  print_cells, {"rate_bits": recomputed},
                                  far_rows(_curve(codec, measured or documents),
                                           [TARGET_PERCENT]))
        rows.append({**row, **ends, base.SEEDS: base.seeds(_curve(codec, measured))})
    return Table("rate_at_80", CAPTION, KEY, COLUMNS, rows, _notes(measured, counts))


def _class_counts(results: Results) -> DataFrame | None:
    """None where no row of the run was evaluated, so that nothing says its classes."""
    try:
        return results.class_counts()
    except MissingData:
        return None


def _notes(measured: Curves | None, counts: DataFrame | None) -> list[str]:
    if measured is None:
        return []
    if measured.comparable:
        return ["Measured: data set ModelNet40.", *_limit_notes(measured), IN_BRACKETS,
                *base.seeds_notes(measured), base.SELECTION]
    if counts is None:
        return [f"Measured: data set {measured.dataset}; not comparable with print (ModelNet40)."]
    likely = "equally likely" if _is_uniform(counts) else "as likely as in its test split"
    return [f"Measured: data set {measured.dataset}, whose {len(counts)} classes are {likely}; "
            "not comparable with print (ModelNet40)."]


def _curve(codec: str, measured: Curves | None) -> DataFrame | None:
    return measured.rows.get((PROPOSED, codec, POINTS)) if measured else None


def _limit_notes(measured: Curves) -> list[str]:
    """Why curves of this table are not held against print."""
    keys = [(PROPOSED, size, POINTS) for size in SIZES]
    return comparable.grouped_notes({curves.curve_label(key): measured.limits[key]
                                     for key in keys if key in measured.limits})


def _measured(results: Results, codec: str, measured: Curves,
              counts: DataFrame | None) -> tuple[Cell, Cell]:
    """The run's rate and its evidence."""
    key = (PROPOSED, codec, POINTS)
    reason = measured.reasons.get(key) or base.missing_curve(results, "rate_at_80", PROPOSED)
    rate = _rate(codec, measured, counts, reason)
    if rate.missing:
        return rate, Cell(missing=rate.missing)
    return rate, text(curves.evidence_of(measured.rows[key]) if codec in SIZES else PUBLISHED)


def _ends(results: Results, codec: str, measured: Curves, rate: Cell) -> dict[str, Cell]:
    """Both ends of the interval of the run's rate."""
    if rate.missing:
        return base.absent(ENDS, rate.missing)
    if codec not in SIZES:
        return base.absent(ENDS, OF_CLASSES)
    rows = measured.rows[PROPOSED, codec, POINTS]
    return dict(zip(ENDS, rate_ends(results, rows, rate, TARGET_PERCENT, CURVE), strict=True))


def _rate(codec: str, of: Curves, counts: DataFrame | None, reason: str) -> Cell:
    if codec in SIZES:
        rows = of.rows.get((PROPOSED, codec, POINTS))
        return Cell(missing=reason) if rows is None else rate_cell(rows, TARGET_PERCENT, CURVE)
    if counts is None:
        return Cell(missing=reason)
    return _ideal(counts) if codec == IDEAL else _lossless(counts)


def _ideal(counts: DataFrame) -> Cell:
    if _is_uniform(counts) and len(counts) > 1:
        rate = uniform_rate_bits(len(counts), 1.0 - TARGET_PERCENT / 100.0)
        return base.number(rate,
                           "log2 K - h(D) - D log2(K - 1) at D = 0.2, K equally likely classes",
                           counts)
    rate = rate_at_accuracy_bits(counts["count"].to_numpy(float), TARGET_PERCENT)
    return base.number(rate, "Blahut-Arimoto, Hamming distortion 0.2, prior of the test split",
                       counts)


def _lossless(counts: DataFrame) -> Cell:
    return base.number(math.log2(len(counts)), "log2 of the number of classes", counts)


def _is_uniform(counts: DataFrame) -> bool:
    return bool(counts["count"].nunique() == 1)
