"""Table 2.2: what static distributions waste (gap), and how much of it each method saves (gain)."""

from functools import cache

from lcpc.curves.resampling import image_rates
from lcpc.metrics.information import rate_change_percent
from lcpc.metrics.intervals import Floats
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import _images, base
from lcpc.tables._intervals import IN_BRACKETS, NO_IMAGES, columns, image_ends

CAPTION = ("Rate change against the static distributions of bmshj2018-factorized on Kodak "
           "(negative saves bits): gap of the "
           "ideal, gain of each method at quality 1 and as the mean over all qualities (*)")
READS = ("rate_distortion",)
KEY = ["method", "quality"]
QUANTITIES = ["ratio_percent", "gap_percent", "gain_percent", "total_gain_percent"]
SHARE = "gap_share_percent"
MEASURED = [*QUANTITIES, SHARE]
WITH_INTERVALS = MEASURED[1:]
ENDS = columns(WITH_INTERVALS)
COLUMNS = base.comparison_columns(KEY, QUANTITIES, appended=[SHARE, f"recomputed_{SHARE}", *ENDS])
FORMULAS = {
    "ratio_percent": "share of the rate that the static distributions code",
    "gap_percent": "100 (R_ideal - R_static) / R_static",
    "gain_percent": "100 (R_method - R_static) / R_static",
    "total_gain_percent": "ratio x gain / 100",
    SHARE: "100 gain / gap",
}
ALL = "*"
NOTES = ("Ratio: share of the whole rate that the compared distributions code, which is all of it "
         "in a factorized model. Share of the gap: the part of it that the method saves.",)


def build(results: Results) -> Table:
    """One row for each method and quality that the documents print."""
    printed = results.printed("table_2_2_rate_savings").astype({"quality": "string"})
    published = results.published("encoding_distributions_kodak")
    measured = _images.measured(results)
    rows = [_row(results, str(line.method), str(line.quality), printed, published, measured)
            for line in printed.itertuples()]
    notes = NOTES if base.published_only(results) else (*NOTES, IN_BRACKETS)
    return Table("rate_savings", CAPTION, KEY, COLUMNS, rows, notes)


def _row(results: Results, method: str, quality: str, printed: DataFrame,
         published: DataFrame, measured: DataFrame) -> dict[str, Cell]:
    labels = {"method": text(method), "quality": text(ALL if quality == ALL else int(quality))}
    in_print = base.copied(base.select(printed, method=method, quality=quality), QUANTITIES)
    points = _at(quality, published)
    recomputed = _cells(method, points, quality)
    share = {f"recomputed_{SHARE}": recomputed.pop(SHARE)}
    if base.published_only(results):
        row = base.comparison_row(labels, recomputed, text("published"), in_print, recomputed)
        return {**row, **share, SHARE: share[f"recomputed_{SHARE}"],
                **base.absent(ENDS, NO_IMAGES)}
    methods = {"static", "ideal", method}
    rows = _at(quality, measured[measured["method"].isin(methods)])
    complete = _images.with_all(rows, sorted(methods))
    if complete.empty:
        lacking = sorted(methods - set(rows["method"])) or ["all of them at one quality"]
        where = "" if quality == ALL else f" at quality {quality}"
        reason = _images.missing(results, "rate_savings", measured,
                                 f"{' and '.join(lacking)}{where}")
        values = base.absent([*MEASURED, *ENDS], reason)
        row = base.comparison_row(labels, values, Cell(missing=reason), in_print, recomputed)
        return {**row, **share}
    values = {**_cells(method, complete, quality), **_intervals(results, method, complete)}
    row = base.comparison_row(labels, values, text("measured"), in_print, recomputed,
                              _images.remark(complete))
    return {**row, **share}


def _at(quality: str, rows: DataFrame) -> DataFrame:
    return rows if quality == ALL else rows[rows["quality"] == int(quality)]


def _cells(method: str, rows: DataFrame, quality: str) -> dict[str, Cell]:
    mean = ", mean over the qualities" if quality == ALL else ""
    changes = _changes(method, rows, _images.as_replicate(rows))
    compared = {"ratio_percent": ["static"], "gap_percent": ["ideal", "static"],
                SHARE: ["ideal", method, "static"]}
    cells = {}
    for quantity, change in changes.items():
        sources = rows[rows["method"].isin(compared.get(quantity, [method, "static"]))]
        cells[quantity] = base.number(float(change[0]), f"{FORMULAS[quantity]}{mean}", sources)
    return cells


def _changes(method: str, rows: DataFrame, rates: DataFrame) -> dict[str, Floats]:
    """Each quantity in every replicate, [B]; rates (bpp): [B], a column for each row."""
    static, ideal, ours = (_images.by_quality(rates, rows, name)
                           for name in ("static", "ideal", method))
    ratio = 100 * static.sum(axis=1) / static.sum(axis=1)
    gap = rate_change_percent(ideal, static).mean(axis=1)
    gain = rate_change_percent(ours, static).mean(axis=1)
    return {"ratio_percent": ratio, "gap_percent": gap, "gain_percent": gain,
            "total_gain_percent": ratio * gain / 100, SHARE: 100 * gain / gap}


def _intervals(results: Results, method: str, rows: DataFrame) -> dict[str, Cell]:
    """Both ends of each quantity's interval."""
    replicates = cache(lambda: _changes(method, rows, image_rates(results, rows)))
    formulas = {quantity: FORMULAS[quantity] for quantity in WITH_INTERVALS}
    return image_ends(formulas, replicates, rows)
