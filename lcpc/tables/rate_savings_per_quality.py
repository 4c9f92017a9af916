"""Rate savings quality by quality: what the static distributions spend, what could be saved, what ours saves and costs."""

from typing import TYPE_CHECKING

from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _images, base

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rates on Kodak at each quality of bmshj2018-factorized: static distributions, potential gain of the ideal, our "
           "rate and gain with the side information inside (negative saves bits)")
KEY = ["quality"]
QUANTITIES = ["static_bpp", "potential_gain_bpp", "potential_gain_percent", "proposed_bpp", "gain_bpp", "gain_percent",
              "side_information_bpp"]
COLUMNS = base.comparison_columns(KEY, QUANTITIES, ("recomputed",))
FORMULAS = {
    "static_bpp": "R_static, estimated", "potential_gain_bpp": "R_ideal - R_static",
    "potential_gain_percent": "100 (R_ideal - R_static) / R_static",
    "proposed_bpp": "R_proposed, estimated, side information inside",
    "gain_bpp": "R_proposed - R_static", "gain_percent": "100 (R_proposed - R_static) / R_static",
    "side_information_bpp": "rate of q_hat",
}
METHODS = ("static", "ideal", "proposed")
MEAN = "mean"


def build(results: Results) -> Table:
    """One row a quality, and their mean."""
    points = results.published("encoding_distributions_kodak")
    points, own = (frame[frame["method"].isin(METHODS)] for frame in (points, _images.measured(results)))
    labels = [*sorted(set(points["quality"])), MEAN]
    rows = [_row(results, label if label == MEAN else int(label), points, _complete(own), own) for label in labels]
    return Table("rate_savings_per_quality", CAPTION, KEY, COLUMNS, rows)


def _complete(points: "pandas.DataFrame") -> "pandas.DataFrame":
    """Rows of the qualities at which all methods are measured."""
    return points[points.groupby("quality")["method"].transform("nunique") == len(METHODS)]


def _row(results: Results, label: int | str, points: "pandas.DataFrame", complete: "pandas.DataFrame",
         own: "pandas.DataFrame") -> dict[str, Cell]:
    labels, again = {"quality": text(label)}, _rates(label, points)
    if base.published_only(results):
        return base.comparison_row(labels, again, text("published"), {}, again)
    kept = _of(label, complete)
    if kept.empty:
        which = "" if label == MEAN else f" at quality {label}"
        there = set(_of(label, own)["method"])
        lacking = " and ".join(method for method in METHODS if method not in there)
        why = _images.lacking(results, "rate_savings_per_quality", own, f"{lacking}{which}")
        return base.comparison_row(labels, base.absent(QUANTITIES, why), Cell(missing=why), {}, again)
    return base.comparison_row(labels, _rates(label, kept), text("measured"), {}, again, _images.remark(kept))


def _of(label: int | str, points: "pandas.DataFrame") -> "pandas.DataFrame":
    return points if label == MEAN else points[points["quality"] == label]


def _rates(label: int | str, points: "pandas.DataFrame") -> dict[str, Cell]:
    kept = _of(label, points)
    values, mean = _values(kept), ", mean over the qualities" if label == MEAN else ""
    return {name: base.number(float(values[name].mean()), FORMULAS[name] + mean, kept) for name in QUANTITIES}


def _values(points: "pandas.DataFrame") -> "pandas.DataFrame":
    rates = points.pivot(index="quality", columns="method", values="bpp_estimated")
    side = points[points["method"] == "proposed"].set_index("quality")["bpp_side_information"]
    return rates.assign(
        static_bpp=rates["static"], potential_gain_bpp=rates["ideal"] - rates["static"],
        potential_gain_percent=rate_change_percent(rates["ideal"], rates["static"]), proposed_bpp=rates["proposed"],
        gain_bpp=rates["proposed"] - rates["static"], gain_percent=rate_change_percent(rates["proposed"], rates["static"]),
        side_information_bpp=side,
    )
