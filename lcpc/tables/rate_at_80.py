"""The talk's "80 % at" numbers: bits that each codec, the ideal and a lossless label spend for 80 % top-1 accuracy."""

import math
from typing import TYPE_CHECKING

from lcpc.metrics.blahut_arimoto import rate_at_accuracy_bits, uniform_rate_bits
from lcpc.metrics.interpolate import rate_at_accuracy
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _curves, base
from lcpc.tables._curves import Curves
from lcpc.tables.bd_metrics import SELECTION, absence

if TYPE_CHECKING:
    import pandas

CAPTION = "Bits that buy 80 % top-1 accuracy: the ideal, the proposed codecs at P = 1024, and a label sent without loss"
KEY = ["codec"]
QUANTITIES = ["rate_bits"]
COLUMNS = base.comparison_columns(KEY, QUANTITIES)
TARGET_PERCENT = 80.0
POINTS = 1024
SIZES = ("full", "lite", "micro")
IDEAL = "ideal"
CURVE = "rate where the Pareto front of the curve, P = 1024, reaches 80 %, on a straight line between its points"


def build(results: Results) -> Table:
    """One row for the ideal, each size of the proposed codec, and the label sent without loss."""
    printed = results.printed("rate_at_80_percent")
    recomputed = _curves.published(results)
    own = None if base.published_only(results) else _curves.measured(results, "rate_at_80")
    rows = [_row(results, codec, printed, recomputed, own) for codec in printed["codec"]]
    return Table("rate_at_80", CAPTION, KEY, COLUMNS, rows, _notes(own))


def _notes(own: Curves | None) -> list[str]:
    if own is None:
        return []
    if own.dataset == _curves.DOCUMENTS_DATASET:
        return ["Measured: data set ModelNet40.", SELECTION]
    return [f"Measured: data set {own.dataset}, whose 40 classes are equally likely; not comparable with print (ModelNet40)."]


def _row(results: Results, codec: str, printed: "pandas.DataFrame", recomputed: Curves, own: Curves | None) -> dict[str, Cell]:
    told = base.copied(base.select(printed, codec=codec), QUANTITIES)
    again = _rate(results, codec, recomputed, base.PUBLISHED_NOWHERE)
    labels = {"codec": text(codec)}
    if own is None:
        return base.comparison_row(labels, {"rate_bits": again}, text("published"), told, {"rate_bits": again})
    key = ("proposed", codec, POINTS)
    why = own.reasons.get(key) or absence(results, "rate_at_80")
    mine = _rate(results, codec, own, why)
    evidence = text(_evidence(codec, own)) if not mine.missing else Cell(missing=mine.missing)
    return base.comparison_row(labels, {"rate_bits": mine}, evidence, told, {"rate_bits": again})


def _evidence(codec: str, own: Curves) -> str:
    return _curves.evidence_of(own.rows["proposed", codec, POINTS]) if codec in SIZES else "published"


def _rate(results: Results, codec: str, curves: Curves, why: str) -> Cell:
    if codec in SIZES:
        return _on_curve(curves.rows.get(("proposed", codec, POINTS)), why)
    counts = results.published("modelnet40_test_class_counts")
    return _ideal(counts, curves.dataset) if codec == IDEAL else _lossless(counts)


def _on_curve(rows: "pandas.DataFrame | None", why: str) -> Cell:
    if rows is None:
        return Cell(missing=why)
    try:
        rate = rate_at_accuracy(rows["rate_bits"].to_numpy(float), rows["top1_percent"].to_numpy(float), TARGET_PERCENT)
    except ValueError as error:
        return Cell(missing=f"80 % lies off the curve: {error}")
    return base.number(rate, CURVE, rows)


def _ideal(counts: "pandas.DataFrame", dataset: str) -> Cell:
    if dataset == _curves.DOCUMENTS_DATASET:
        rate = rate_at_accuracy_bits(counts["count"].to_numpy(float), TARGET_PERCENT)
        return base.number(rate, "Blahut-Arimoto, Hamming distortion 0.2, prior of the test split", counts)
    rate = uniform_rate_bits(len(counts), 1.0 - TARGET_PERCENT / 100.0)
    return base.number(rate, "log2 K - h(D) - D log2(K - 1) at D = 0.2, K equally likely classes", counts)


def _lossless(counts: "pandas.DataFrame") -> Cell:
    return base.number(math.log2(len(counts)), "log2 of the number of classes", counts)
