"""What each part of the codec `mixed` brings: its variants, with their costs, bits and accuracy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lcpc import curves
from lcpc.metrics import architectures
from lcpc.metrics.complexity import mac_count
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base, beyond

if TYPE_CHECKING:
    import pandas

CAPTION = ("Variants of the codec mixed: multiply-accumulates of encoder and decoder, bits for 60, "
           "70 and 80 % top-1 accuracy, and highest accuracy")
READS = ("mixed",)
KEY = ["variant", "size", "points", "seed"]
PARTS = ["mixing", "context"]
HIGHEST = beyond.HIGHEST
COLUMNS = [*KEY, *PARTS, *beyond.COSTS, *beyond.TARGETS, HIGHEST, "evidence", "note"]
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
]


def build(results: Results) -> Table:
    """The documents' curves of the sizes and P that have variants (micro at P = 1024 where none
    has), then these, one a row."""
    measured = list(curves_with_variants(results))
    published = curves.published(results).rows
    shapes = sorted({(curve["size"].iloc[0], int(curve["points"].iloc[0])) for curve in measured})
    shapes = shapes or [(SIZE, beyond.POINTS)]
    anchors = [shape for shape in shapes if (curves.PROPOSED, *shape) in published]
    rows = [_documents_row(*shape, published[curves.PROPOSED, *shape]) for shape in anchors]
    return Table("ablation_beyond", CAPTION, KEY, COLUMNS, [*rows, *map(_row, measured)], NOTES)


def _documents_row(size: str, points: int, curve: "pandas.DataFrame") -> dict[str, Cell]:
    """A published curve, which has neither part."""
    widths = architectures.POINT_ENCODERS[size]
    counts = {"encoder_macs_per_point": mac_count(architectures.point_encoder(widths)),
              "mixing_macs": 0, "entropy_macs": 0,
              "decoder_macs": mac_count(architectures.point_decoder(widths[-1][0]))}
    costs = {name: Cell(count, "counted on the widths of Table I")
             for name, count in counts.items()}
    key = {"variant": text(DOCUMENTS), "size": text(size), "points": text(points),
           "seed": text("")}
    parts = {"mixing": Cell(0, "the documents' codec"), "context": text("no")}
    return {**key, **parts, **costs,
            **_bits_and_accuracy(curve), "evidence": text(PUBLISHED), "note": text("")}


def curves_with_variants(results: Results) -> "Iterator[pandas.DataFrame]":
    """Rows of one curve at a time, by size, P and seed, then by variant; the empty one first."""
    rows = curves.done(results.measured(beyond.MIXED))
    for _, together in rows.groupby(["size", "points", "seed"], sort=True):
        if (together["variant"] != "").any():
            for _, curve in together.groupby("variant", sort=True):
                yield curve


def _row(curve: "pandas.DataFrame") -> dict[str, Cell]:
    first, sources = curve.iloc[0], Source.of(curve)
    key = {"variant": first["variant"] or PLAIN, "size": first["size"],
           "points": int(first["points"]), "seed": int(first["seed"])}
    costs = {name: Cell(int(first[name]), base.ON_MODULES, sources) for name in beyond.COSTS}
    return {**{name: text(value) for name, value in key.items()},
            "mixing": Cell(int(first["mixing"]), "the run's config", sources),
            "context": text(first["context"]), **costs, **_bits_and_accuracy(curve),
            "evidence": text(curves.evidence_of(curve)), "note": text("")}


def _bits_and_accuracy(curve: "pandas.DataFrame") -> dict[str, Cell]:
    rates = {name: beyond.bits_at(curve, "rate_bits", target)
             for name, target in beyond.TARGETS.items()}
    highest = base.number(curve["top1_percent"].max(), "highest of the curve", curve)
    return {**rates, HIGHEST: highest}
