"""Rate savings by quality: of the ideal, and of the proposed method with its side information."""

from typing import TYPE_CHECKING

from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _images, base

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rates on Kodak at each quality of bmshj2018-factorized: static distributions, "
           "potential gain of the ideal, our "
           "rate and gain with the side information inside (negative saves bits)")
READS = ("rate_distortion",)
KEY = ["quality"]
FORMULAS = {
    "static_bpp": "R_static, estimated",
    "potential_gain_bpp": "R_ideal - R_static",
    "potential_gain_percent": "100 (R_ideal - R_static) / R_static",
    "proposed_bpp": "R_proposed, estimated, side information inside",
    "gain_bpp": "R_proposed - R_static",
    "gain_percent": "100 (R_proposed - R_static) / R_static",
    "side_information_bpp": "rate of q_hat",
}
QUANTITIES = [*FORMULAS]
COLUMNS = base.comparison_columns(KEY, QUANTITIES, ("recomputed",))
METHODS = ("static", "ideal", "proposed")
MEAN = "mean"


def build(results: Results) -> Table:
    """One row for each quality, and their mean."""
    published = _of_methods(results.published("encoding_distributions_kodak"))
    measured = _of_methods(_images.measured(results))
    complete = _images.with_all(measured, METHODS)
    qualities = sorted(set(published["quality"]))
    labels: list[int | str] = [*map(int, qualities), MEAN]
    rows = []
    for label in labels:
        recomputed = _cells(label, _at(label, published))
        if base.published_only(results):
            values, evidence, note = recomputed, text("published"), ""
        else:
            values, evidence, note = _measured(results, label, measured, complete)
        rows.append(base.comparison_row({"quality": text(label)}, values, evidence, {}, recomputed,
                                        note))
    return Table("rate_savings_per_quality", CAPTION, KEY, COLUMNS, rows)


def _measured(results: Results, label: int | str, measured: "pandas.DataFrame",
              complete: "pandas.DataFrame") -> tuple[dict[str, Cell], Cell, str]:
    """The run's values, their evidence, and a note of what they stand on."""
    rows = _at(label, complete)
    if not rows.empty:
        return _cells(label, rows), text("measured"), _images.remark(rows)
    methods = set(_at(label, measured)["method"])
    lacking = " and ".join(method for method in METHODS if method not in methods)
    where = "" if label == MEAN else f" at quality {label}"
    reason = _images.missing(results, "rate_savings_per_quality", measured, f"{lacking}{where}")
    return base.absent(QUANTITIES, reason), Cell(missing=reason), ""


def _of_methods(rows: "pandas.DataFrame") -> "pandas.DataFrame":
    return rows[rows["method"].isin(METHODS)]


def _at(label: int | str, rows: "pandas.DataFrame") -> "pandas.DataFrame":
    return rows if label == MEAN else rows[rows["quality"] == label]


def _cells(label: int | str, rows: "pandas.DataFrame") -> dict[str, Cell]:
    values = _values(rows)
    mean = ", mean over the qualities" if label == MEAN else ""
    return {name: base.number(float(values[name].mean()), formula + mean, rows)
            for name, formula in FORMULAS.items()}


def _values(rows: "pandas.DataFrame") -> "pandas.DataFrame":
    """Quantities by quality."""
    rates = rows.pivot(index="quality", columns="method", values="bpp_estimated")
    side = rows[rows["method"] == "proposed"].set_index("quality")["bpp_side_information"]
    static, ideal, proposed = (rates[method] for method in METHODS)
    return rates.assign(
        static_bpp=static,
        potential_gain_bpp=ideal - static,
        potential_gain_percent=rate_change_percent(ideal, static),
        proposed_bpp=proposed,
        gain_bpp=proposed - static,
        gain_percent=rate_change_percent(proposed, static),
        side_information_bpp=side,
    )
