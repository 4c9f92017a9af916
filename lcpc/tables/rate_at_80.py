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
from lcpc.tables._intervals import NO_CLOUDS, OF_CLOUDS
from lcpc.tables._rate_at import COLUMNS, ENDS, KEY, RateTable, RunRate

CAPTION = ("Bits that buy 80 % top-1 accuracy: the ideal, the proposed codecs at P = 1024, "
           "and a label sent without loss")
READS = ("rate_accuracy",)
TARGET_PERCENT = 80.0
POINTS = 1024
IDEAL = "ideal"
RATES = RateTable("rate_at_80", TARGET_PERCENT,
                  "rate where the Pareto front of the curve, P = 1024, reaches 80 %, on a straight "
                  "line between its points")
OF_CLASSES = "it follows from the counts of the classes, not from single clouds; no interval"
IN_BRACKETS = f"In brackets: 95 % intervals, {OF_CLOUDS}."


def build(results: Results) -> Table:
    """One row for the ideal, each size of the proposed codec, and the label sent without loss."""
    printed = results.printed("rate_at_80_percent")
    documents = curves.published(results)
    measured = base.measured_curves(results, RATES.stem)
    counts = _class_counts(results)
    documents_counts = Results(results.root, PUBLISHED).class_counts()
    rows = []
    for codec in printed["codec"]:
        key = (PROPOSED, codec, POINTS)
        if codec in SIZES:
            recomputed = RATES.rate(key, documents, base.PUBLISHED_NOWHERE)
            of_run = RATES.of_run(results, key, measured, recomputed)
        else:
            recomputed = _of_classes(codec, documents_counts)
            of_run = RunRate(recomputed, text(PUBLISHED), base.absent(ENDS, NO_CLOUDS))
            if measured:
                of_run = _bound(codec, counts, RATES.reason(results, key, measured))
        shown = (measured or documents).rows.get(key)
        rows.append(RATES.row(codec, printed, recomputed, of_run, shown,
                              shown if measured else None))
    return Table(RATES.stem, CAPTION, KEY, COLUMNS, rows, _notes(measured, counts))


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


def _limit_notes(measured: Curves) -> list[str]:
    """Why curves of this table are not held against print."""
    keys = [(PROPOSED, size, POINTS) for size in SIZES]
    return comparable.grouped_notes({curves.curve_label(key): measured.limits[key]
                                     for key in keys if key in measured.limits})


def _bound(codec: str, counts: DataFrame | None, reason: str) -> RunRate:
    """A rate that follows from the run's classes alone."""
    if counts is None:
        missing = Cell(missing=reason)
        return RunRate(missing, missing, base.absent(ENDS, reason))
    return RunRate(_of_classes(codec, counts), text(PUBLISHED), base.absent(ENDS, OF_CLASSES))


def _of_classes(codec: str, counts: DataFrame) -> Cell:
    """Bits of the ideal, or of a label sent without loss."""
    if codec != IDEAL:
        return base.number(math.log2(len(counts)), "log2 of the number of classes", counts)
    if _is_uniform(counts) and len(counts) > 1:
        rate = uniform_rate_bits(len(counts), 1.0 - TARGET_PERCENT / 100.0)
        return base.number(rate,
                           "log2 K - h(D) - D log2(K - 1) at D = 0.2, K equally likely classes",
                           counts)
    rate = rate_at_accuracy_bits(counts["count"].to_numpy(float), TARGET_PERCENT)
    return base.number(rate, "Blahut-Arimoto, Hamming distortion 0.2, prior of the test split",
                       counts)


def _is_uniform(counts: DataFrame) -> bool:
    return bool(counts["count"].nunique() == 1)
