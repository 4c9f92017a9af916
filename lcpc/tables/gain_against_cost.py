"""What each entropy model on one base saves, and what it costs: multiplications, weights, time."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _images, base

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rate change against the static distributions of the same base (negative saves bits), "
           "estimated and of the real streams, beside the cost of the entropy model: "
           "multiply-accumulates a pixel, weights and biases, and processor time to encode and to "
           "decode as a multiple of the base's own. Context coding is beyond the documents.")
READS = ("rate_distortion", "image_cost")
KEY = ["codec", "quality"]
SAVED = {"gain_percent": "bpp", "stream_gain_percent": "stream_bpp"}
COSTS = {"macs_per_pixel": "counted on the layers", "parameters": "counted on the built networks"}
TIMES = {"encode_ratio": ("encode_s", "base_encode_s"), "decode_ratio": ("decode_s",
                                                                        "base_decode_s")}
RECOMPUTED = "recomputed_gain_percent"
COLUMNS = [*KEY, *SAVED, *COSTS, *TIMES, "evidence", RECOMPUTED, "beyond_the_documents"]
STEM = "gain_against_cost"
BOUND = "a bound and no codec: it has no stream"
UNCOUNTED = "no networks were counted for this codec"


def build(results: Results) -> Table:
    """One row for each learned codec and quality of the run, the dearest last."""
    measured = _images.measured(results)
    costs = results.measured("image_cost")
    if measured.empty:
        raise MissingData(
            f"run {results.run} has no rows of learned image codecs for {STEM}; "
            f"see {base.command(results, STEM)}, or `snakemake --cores 2 tables/zoo/{STEM}.csv`")
    published = results.published("encoding_distributions_kodak")
    rows = []
    for quality in sorted(set(measured["quality"])):
        of_quality = measured[measured["quality"] == quality]
        static = base.select(of_quality, codec=_images.STATIC)
        others = of_quality[of_quality["codec"] != _images.STATIC]
        ordered = others.sort_values("bpp", ascending=False)
        rows += [_row(ordered.iloc[[index]], static, costs, published)
                 for index in range(len(ordered)) if len(static)]
    notes = (_images.remark(measured), "Static: change 0 by definition, no networks.")
    return Table(STEM, CAPTION, KEY, COLUMNS, rows, notes)


def _row(rows: "pandas.DataFrame", static: "pandas.DataFrame", costs: "pandas.DataFrame",
         published: "pandas.DataFrame") -> dict[str, Cell]:
    line = rows.iloc[0]
    cost = base.select(costs, codec=line["codec"], quality=line["quality"])
    documents = base.select(published, method=line["method"], quality=line["quality"])
    theirs = base.select(published, method="static", quality=line["quality"])
    return {
        "codec": text(line["codec"]), "quality": text(int(line["quality"])),
        **{name: _change(column, rows, static) for name, column in SAVED.items()},
        **{name: _cost(name, formula, cost) for name, formula in COSTS.items()},
        **{name: _ratio(*columns, cost) for name, columns in TIMES.items()},
        "evidence": text("measured"),
        RECOMPUTED: _change("bpp_estimated", documents, theirs),
        "beyond_the_documents": text("yes" if documents.empty else "no"),
    }


def _change(column: str, rows: "pandas.DataFrame", static: "pandas.DataFrame") -> Cell:
    if rows.empty:
        return Cell(missing=base.PRINTED_NOWHERE)
    if rows[column].isna().any():
        return Cell(missing=BOUND)
    change = rate_change_percent(rows[column].iloc[0], static[column].iloc[0])
    return base.number(float(change), "100 (R - R_static) / R_static", rows, static)


def _cost(name: str, formula: str, cost: "pandas.DataFrame") -> Cell:
    if cost.empty:
        return Cell(missing=UNCOUNTED)
    value = cost[name].iloc[0]
    return base.number(int(value) if name == "parameters" else float(value), formula, cost)


def _ratio(time: str, of_base: str, cost: "pandas.DataFrame") -> Cell:
    if cost.empty:
        return Cell(missing=UNCOUNTED)
    ratio = float(cost[time].iloc[0] / cost[of_base].iloc[0])
    return base.number(ratio, f"{time} / {of_base}, medians of processor time", cost)
