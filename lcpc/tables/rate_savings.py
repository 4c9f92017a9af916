"""Table 2.2: what static distributions waste (gap), and how much of it each method saves (gain)."""

from typing import TYPE_CHECKING

from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _images, base
from lcpc.units import percent

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rate change against the static distributions of bmshj2018-factorized on Kodak "
           "(negative saves bits): gap of the "
           "ideal, gain of each method at quality 1 and as the mean over all qualities (*)")
READS = ("rate_distortion",)
KEY = ["method", "quality"]
QUANTITIES = ["ratio_percent", "gap_percent", "gain_percent", "total_gain_percent"]
COLUMNS = base.comparison_columns(KEY, QUANTITIES)
ALL = "*"
NOTES = ("Ratio: share of the whole rate that the compared distributions code, which is all of it "
         "in a factorized "
         "model.",)


def build(results: Results) -> Table:
    """One row for each method and quality that the documents print."""
    printed = results.printed("table_2_2_rate_savings").astype({"quality": "string"})
    published = results.published("encoding_distributions_kodak")
    measured = _images.measured(results)
    rows = [_row(results, str(line.method), str(line.quality), printed, published, measured)
            for line in printed.itertuples()]
    return Table("rate_savings", CAPTION, KEY, COLUMNS, rows, NOTES)


def _row(results: Results, method: str, quality: str, printed: "pandas.DataFrame",
         published: "pandas.DataFrame", measured: "pandas.DataFrame") -> dict[str, Cell]:
    labels = {"method": text(method), "quality": text(ALL if quality == ALL else int(quality))}
    in_print = base.copied(base.select(printed, method=method, quality=quality), QUANTITIES)
    recomputed = _changes(method, _at(quality, published), quality)
    if base.published_only(results):
        return base.comparison_row(labels, recomputed, text("published"), in_print, recomputed)
    methods = {"static", "ideal", method}
    rows = _at(quality, measured[measured["method"].isin(methods)])
    complete = _images.with_all(rows, sorted(methods))
    if complete.empty:
        lacking = sorted(methods - set(rows["method"])) or ["all of them at one quality"]
        where = "" if quality == ALL else f" at quality {quality}"
        reason = _images.missing(results, "rate_savings", measured,
                                 f"{' and '.join(lacking)}{where}")
        values = base.absent(QUANTITIES, reason)
        return base.comparison_row(labels, values, Cell(missing=reason), in_print, recomputed)
    values = _changes(method, complete, quality)
    return base.comparison_row(labels, values, text("measured"), in_print, recomputed,
                               _images.remark(complete))


def _at(quality: str, rows: "pandas.DataFrame") -> "pandas.DataFrame":
    return rows if quality == ALL else rows[rows["quality"] == int(quality)]


def _changes(method: str, rows: "pandas.DataFrame", quality: str) -> dict[str, Cell]:
    static, ideal, ours = (rows[rows["method"] == name] for name in ("static", "ideal", method))
    mean = ", mean over the qualities" if quality == ALL else ""
    ratio = percent(static["bpp_estimated"].sum(), static["bpp_estimated"].sum())
    gap, gain = _mean_change(ideal, static), _mean_change(ours, static)
    return {
        "ratio_percent": base.number(ratio, "share of the rate that the static distributions code",
                                     static),
        "gap_percent": base.number(gap, f"100 (R_ideal - R_static) / R_static{mean}", ideal,
                                   static),
        "gain_percent": base.number(gain, f"100 (R_{method} - R_static) / R_static{mean}", ours,
                                    static),
        "total_gain_percent": base.number(ratio * gain / 100, f"ratio x gain / 100{mean}", ours,
                                          static),
    }


def _mean_change(method: "pandas.DataFrame", static: "pandas.DataFrame") -> float:
    """Mean change of the estimated rate in percent, over the qualities that `method` has."""
    pairs = method.merge(static, on="quality", suffixes=("", "_static"))
    changes = rate_change_percent(pairs["bpp_estimated"], pairs["bpp_estimated_static"])
    return float(changes.mean())
