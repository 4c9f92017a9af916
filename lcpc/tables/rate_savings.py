"""Table 2.2: what static encoding distributions waste (gap), and how much of it each method saves (gain)."""

from typing import TYPE_CHECKING

from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _images, base
from lcpc.units import percent

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rate change against the static distributions of bmshj2018-factorized on Kodak (negative saves bits): gap of the "
           "ideal, gain of each method at quality 1 and as the mean over all qualities (*)")
KEY = ["method", "quality"]
QUANTITIES = ["ratio_percent", "gap_percent", "gain_percent", "total_gain_percent"]
COLUMNS = base.comparison_columns(KEY, QUANTITIES)
ALL = "*"


def build(results: Results) -> Table:
    """One row a method and quality that the documents print."""
    printed = results.printed("table_2_2_rate_savings").astype({"quality": "string"})
    points, own = results.published("encoding_distributions_kodak"), _images.measured(results)
    rows = [_row(results, row.method, row.quality, printed, points, own) for row in printed.itertuples()]
    notes = ["Ratio: share of the whole rate that the compared distributions code, which is all of it in a factorized model."]
    return Table("rate_savings", CAPTION, KEY, COLUMNS, rows, notes)


def _row(results: Results, method: str, quality: str, printed: "pandas.DataFrame",
         points: "pandas.DataFrame", own: "pandas.DataFrame") -> dict[str, Cell]:
    labels = {"method": text(method), "quality": text(ALL if quality == ALL else int(quality))}
    told = base.copied(base.select(printed, method=method, quality=quality), QUANTITIES)
    again = _changes(method, points, quality)
    if base.published_only(results):
        return base.comparison_row(labels, again, text("published"), told, again)
    rows = own[own["method"].isin(("static", "ideal", method))]
    asked = rows if quality == ALL else rows[rows["quality"] == int(quality)]
    kept = asked[asked.groupby("quality")["method"].transform("nunique") == len({"static", "ideal", method})]
    if kept.empty:
        lacking = sorted({"static", "ideal", method} - set(asked["method"])) or ["all of them at one quality"]
        which = "" if quality == ALL else f" at quality {quality}"
        why = _images.lacking(results, "rate_savings", own, f"{' and '.join(lacking)}{which}")
        return base.comparison_row(labels, base.absent(QUANTITIES, why), Cell(missing=why), told, again)
    return base.comparison_row(labels, _changes(method, kept, quality), text("measured"), told, again, _images.remark(kept))


def _changes(method: str, points: "pandas.DataFrame", quality: str) -> dict[str, Cell]:
    kept = points if quality == ALL else points[points["quality"] == int(quality)]
    static, ideal, ours = (kept[kept["method"] == name] for name in ("static", "ideal", method))
    mean = "" if quality != ALL else ", mean over the qualities"
    gap, gain = mean_change(ideal, static), mean_change(ours, static)
    ratio = percent(static["bpp_estimated"].sum(), static["bpp_estimated"].sum())
    cells = (
        base.number(ratio, "share of the rate that the static distributions code", static),
        base.number(gap, f"100 (R_ideal - R_static) / R_static{mean}", ideal, static),
        base.number(gain, f"100 (R_{method} - R_static) / R_static{mean}", ours, static),
        base.number(ratio * gain / 100, f"ratio x gain / 100{mean}", ours, static),
    )
    return dict(zip(QUANTITIES, cells, strict=True))


def mean_change(method: "pandas.DataFrame", static: "pandas.DataFrame") -> float:
    """Mean change of the estimated rate in percent, over the qualities that `method` has."""
    pairs = method.merge(static, on="quality", suffixes=("", "_static"))
    return float(rate_change_percent(pairs["bpp_estimated"], pairs["bpp_estimated_static"]).mean())
