"""What each part of the codec `mixed` brings: its variants, with their costs, bits and accuracy."""

from collections.abc import Iterator

from lcpc import curves
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base, beyond
from lcpc.tables._intervals import NO_CLOUDS, OF_CLOUDS, cells, columns
from lcpc.tables._rate_at import far_rows

CAPTION = ("Variants of the codec mixed: multiply-accumulates of encoder and decoder, bits for 60, "
           "70 and 80 % top-1 accuracy, and highest accuracy, with 95 % intervals")
READS = ("mixed",)
KEY = ["variant", "size", "points", "seed"]
PARTS = ["mixing", "context"]
QUANTITIES = [*beyond.TARGETS, beyond.HIGHEST]
COLUMNS = [*KEY, *PARTS, *beyond.COSTS, *QUANTITIES, *columns(QUANTITIES), "evidence", "note"]
DOCUMENTS, SIZE = "documents", "micro"
PLAIN = "as it is"
"""Name of the curve that the variants are compared with: mixing and joint model, both."""
NOTES = [
    "A variant is trained as the curve as it is, but for what its name says; settings are in the "
    "run's config.",
    "mixing: hidden units of the mixing network, 0 without one. context: whether the entropy model "
    "codes each latent given those before it.",
    "Rates are by the whole numbers that the coder uses. The entropy model runs on either side; it "
    "is not in the encoder's count.",
    f"In brackets: 95 % intervals, {OF_CLOUDS}. They do not cover other seeds.",
]


def build(results: Results) -> Table:
    """The documents' curves of the sizes and P with variants (else micro, 1024), then these."""
    measured = list(curves_with_variants(results))
    published = curves.published(results).rows
    shapes = sorted({(curve["size"].iloc[0], int(curve["points"].iloc[0])) for curve in measured})
    shapes = shapes or [(SIZE, beyond.POINTS)]
    anchors = [shape for shape in shapes if (curves.PROPOSED, *shape) in published]
    rows = [_documents_row(*shape, published[curves.PROPOSED, *shape]) for shape in anchors]
    rows += [_row(results, curve) for curve in measured]
    return Table("ablation_beyond", CAPTION, KEY, COLUMNS, rows, NOTES)


def _documents_row(size: str, points: int, curve: DataFrame) -> dict[str, Cell]:
    """A published curve, which has neither part."""
    row = {"variant": text(DOCUMENTS), "size": text(size), "points": text(points),
           "seed": text(""), "mixing": Cell(0, "the documents' codec"), "context": text("no"),
           **beyond.documents_costs(size), **_bits_and_accuracy(curve),
           **base.absent(columns(QUANTITIES), NO_CLOUDS),
           "evidence": text(PUBLISHED), "note": _note(curve)}
    return {column: row[column] for column in COLUMNS}


def curves_with_variants(results: Results) -> Iterator[DataFrame]:
    """Rows of one curve at a time, by size, P and seed, then by variant; the empty one first."""
    rows = curves.done(results.measured(beyond.MIXED))
    for _, together in rows.groupby(["size", "points", "seed"], sort=True):
        if (together["variant"] != "").any():
            for _, curve in together.groupby("variant", sort=True):
                yield curve


def _row(results: Results, curve: DataFrame) -> dict[str, Cell]:
    first, sources = curve.iloc[0], Source.of(curve)
    key = {"variant": first["variant"] or PLAIN, "size": first["size"],
           "points": int(first["points"]), "seed": int(first["seed"])}
    values = _bits_and_accuracy(curve)
    row = {**{name: text(value) for name, value in key.items()},
           "mixing": Cell(int(first["mixing"]), "the run's config", sources),
           "context": text(first["context"]), **beyond.measured_costs(curve), **values,
           **cells(beyond.ends_of_curve(results, curve, values)),
           "evidence": text(curves.evidence_of(curve)), "note": _note(curve)}
    return {column: row[column] for column in COLUMNS}


def _bits_and_accuracy(curve: DataFrame) -> dict[str, Cell]:
    return {**beyond.rates(curve), beyond.HIGHEST: beyond.highest(curve)}


def _note(curve: DataFrame) -> Cell:
    return text(far_rows(curve, beyond.TARGETS.values()))
