"""Beyond the documents: cost, bits and accuracy of the codec `mixed`, beside published curves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from lcpc import curves
from lcpc.curves import DOCUMENTS_DATASET, DOCUMENTS_LABEL, PROPOSED, SIZES, trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining
from lcpc.metrics import architectures
from lcpc.metrics.bjontegaard import overlap_bd_rate
from lcpc.metrics.complexity import mac_count
from lcpc.metrics.intervals import Floats, Replicates, fixed_anchor_bd_rates
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base
from lcpc.tables._intervals import (
    NO_CLOUDS,
    OF_CLOUDS,
    Ends,
    cells,
    columns,
    curve_ends,
    highest_ends,
)
from lcpc.tables._rate_at import far_rows, rate_cell, rate_ends

CAPTION = ("Codecs beyond the documents, with the published curves: multiply-accumulates of "
           "encoder and decoder, bits for 60, 70 and 80 % top-1 accuracy, highest accuracy, and "
           "BD-rate against the documents' curve of the same size and P")
READS = ("mixed",)
MIXED, SCALABLE = "mixed", "scalable-pointnet2"
KEY = ["codec", "size", "points"]
COSTS = ["encoder_macs_per_point", "mixing_macs", "entropy_macs", "decoder_macs"]
TARGETS = {"rate_bits_at_60": 60.0, "rate_bits_at_70": 70.0, "rate_bits_at_80": 80.0}
STREAM, HIGHEST, BD_RATE = "stream_bits_at_80", "max_accuracy_percent", "overlap_bd_rate_percent"
WITH_ENDS = [*TARGETS, HIGHEST, BD_RATE]
QUANTITIES = [*TARGETS, STREAM, HIGHEST, BD_RATE]
COLUMNS = [*KEY, *COSTS, *QUANTITIES, *columns(WITH_ENDS), "evidence", base.SEEDS, "note"]
POINTS = 1024
ON_CURVE = "{column} where the Pareto front of the curve reaches {target:g} %, on a straight line"
OF_CURVE = "highest of the curve"
NO_STREAM = "the documents publish no sizes of streams"
BD_RECIPE = ("Pareto fronts, PCHIP of log10 rate over accuracy, mean over the accuracies that both "
             "curves cover; the anchor is the documents' published curve")


@dataclass(frozen=True, eq=False)
class CodecCurve:
    """Rows of one curve: rate_bits and top1_percent, and of `mixed` stream_bits too."""

    key: tuple[str, str, int]
    rows: DataFrame
    evidence: str

    @property
    def is_measured(self) -> bool:
        """Whether the run measured it."""
        return self.evidence != PUBLISHED


def build(results: Results) -> Table:
    """The documents' curves at P = 1024, those of PCS 2024, then the run's, one a row."""
    documents = curves.published(results).rows
    anchors = {(size, points): rows for (codec, size, points), rows in documents.items()
               if codec == PROPOSED}
    listed = [*published_curves(results, anchors), *measured_curves(results)]
    rows = [_row(results, curve, anchors) for curve in listed]
    notes = _notes()
    if any(trainings.count(curve.rows) > 1 for curve in listed):
        notes.append(base.MEANS)
    return Table("beyond", CAPTION, KEY, COLUMNS, rows, notes)


def published_curves(
    results: Results, documents: Mapping[tuple[str, int | str], DataFrame]
) -> Iterator[CodecCurve]:
    """The documents' codecs at P = 1024; PCS 2024's base layer, whose rate is its own."""
    for size in reversed(SIZES):
        yield CodecCurve((PROPOSED, size, POINTS), documents[size, POINTS], PUBLISHED)
    for size, rows in curves.base_layer_rows(results).groupby("size", sort=True):
        yield CodecCurve((SCALABLE, str(size), POINTS), rows, PUBLISHED)


def measured_curves(results: Results) -> Iterator[CodecCurve]:
    """The run's curves of `mixed`, by size and P, with all seeds and without variants."""
    rows = curves.done(results.measured(MIXED))
    rows = rows[rows["variant"] == ""]
    for (size, points), curve in rows.groupby(["size", "points"], sort=True):
        key = (MIXED, str(size), int(points))
        yield CodecCurve(key, curve, curves.evidence_of(curve))


def _notes() -> list[str]:
    return [f"{SCALABLE}: Ulhaq and Bajić, PCS 2024, base layer alone; points from their published "
            "results.",
            "Rates are estimates of the model, as in the documents; of mixed, by the whole numbers "
            "that its coder uses. stream_bits count the bytes of real streams, whose length comes "
            "from outside.",
            "The entropy model of mixed runs on either side; it is not in the encoder's count.",
            f"low_ and high_: 95 % intervals, {OF_CLOUDS}; the published anchor stays as it is.",
            f"BD-rate: {BD_RECIPE}."]


def _row(results: Results, curve: CodecCurve,
         anchors: Mapping[tuple[str, int | str], DataFrame]) -> dict[str, Cell]:
    codec, size, points = curve.key
    anchor = anchors.get((size, points))
    values = {**rates(curve.rows), STREAM: _stream(curve), HIGHEST: highest(curve.rows),
              BD_RATE: _bd_rate(curve, anchor)}
    if curve.is_measured:
        ends = cells(_ends(results, curve.rows, anchor, values))
    else:
        ends = base.absent(columns(WITH_ENDS), NO_CLOUDS)
    key = {"codec": text(codec), "size": text(size), "points": text(points)}
    row = {**key, **_costs(curve), **values, **ends, "evidence": text(curve.evidence),
           base.SEEDS: base.seeds(curve.rows if curve.is_measured else None),
           "note": text(_note(curve))}
    return {column: row[column] for column in COLUMNS}


def _ends(results: Results, rows: DataFrame, anchor: DataFrame | None,
          values: Mapping[str, Cell]) -> dict[str, Ends]:
    """Both ends of the intervals of a measured curve."""
    rate_changes = curve_ends(values[BD_RATE], BD_RECIPE, partial(_resampled_bd_rates, anchor),
                              ResampledCurve(results, rows))
    return {**ends_of_curve(results, rows, values), BD_RATE: rate_changes}


def ends_of_curve(results: Results, rows: DataFrame, values: Mapping[str, Cell]) -> dict[str, Ends]:
    """Both ends of the intervals of a curve's rates and of its highest accuracy."""
    ends = {name: rate_ends(results, rows, values[name], target, values[name].formula)
            for name, target in TARGETS.items()}
    highest = highest_ends(values[HIGHEST], ResampledCurve(results, rows), OF_CURVE)
    return {**ends, HIGHEST: highest}


def _note(curve: CodecCurve) -> str:
    about_rates = far_rows(curve.rows, TARGETS.values())
    if not curve.is_measured:
        return about_rates
    row = curve.rows.iloc[0]
    parts = [f"mixing of {row['mixing']} units"] if row["mixing"] else []
    parts += ["joint entropy model"] if row["context"] == "yes" else []
    network = ", ".join(parts) or "neither mixing nor joint entropy model"
    return f"{network}; {about_rates}" if about_rates else network


def _costs(curve: CodecCurve) -> dict[str, Cell]:
    codec, size, *_ = curve.key
    if curve.is_measured:
        return measured_costs(curve.rows)
    if codec != PROPOSED:
        return base.absent(COSTS, "its published results do not say it")
    return documents_costs(size)


def measured_costs(rows: DataFrame) -> dict[str, Cell]:
    """Multiply-accumulates of the networks of measured rows."""
    row, sources = rows.iloc[0], Source.of(rows)
    return {name: Cell(int(row[name]), base.ON_MODULES, sources) for name in COSTS}


def documents_costs(size: str) -> dict[str, Cell]:
    """Multiply-accumulates of a codec of the documents."""
    widths = architectures.POINT_ENCODERS[size]
    encoder = architectures.point_encoder(widths)
    decoder = architectures.point_decoder(widths[-1][0])
    counts = {"encoder_macs_per_point": mac_count(encoder), "mixing_macs": 0, "entropy_macs": 0,
              "decoder_macs": mac_count(decoder)}
    return {name: Cell(count, "counted on the widths of Table I")
            for name, count in counts.items()}


def rates(rows: DataFrame) -> dict[str, Cell]:
    """Bits where a curve reaches each accuracy of `TARGETS`."""
    return {name: _bits_at(rows, "rate_bits", target) for name, target in TARGETS.items()}


def highest(rows: DataFrame) -> Cell:
    """Highest accuracy of a curve, mean over its trainings."""
    return base.number(trainings.mean(curves.max_accuracy, rows), OF_CURVE, rows)


def _bits_at(rows: DataFrame, column: str, target: float) -> Cell:
    return rate_cell(rows, target, ON_CURVE.format(column=column, target=target), column)


def _stream(curve: CodecCurve) -> Cell:
    if not curve.is_measured:
        return Cell(missing=NO_STREAM)
    return _bits_at(curve.rows, "stream_bits", TARGETS["rate_bits_at_80"])


def _bd_rate(curve: CodecCurve, anchor: DataFrame | None) -> Cell:
    codec, size, points = curve.key
    if anchor is None:
        return Cell(missing=f"the documents publish no curve of {size} at P = {points}")
    if codec == PROPOSED:
        return base.number(0, "the anchor itself", anchor)
    if curve.is_measured and set(curve.rows["dataset"]) != {DOCUMENTS_DATASET}:
        return Cell(missing=f"not on {DOCUMENTS_LABEL}, the data set of the published anchor")
    try:
        change = base.against(overlap_bd_rate, anchor, curve.rows)
    except ValueError as error:
        return Cell(missing=str(error))
    return base.number(change, BD_RECIPE, anchor, curve.rows)


def _resampled_bd_rates(anchor: DataFrame, training: ResampledTraining) -> Floats:
    """BD-rate of each replicate against the published curve, %: [B]."""
    rates, accuracies = curves.arrays(anchor)
    return fixed_anchor_bd_rates(Replicates(rates[None], accuracies[None]), training.points)
