"""Rate savings quality by quality: what the static distributions spend, what could be saved, what ours saves and costs."""

from typing import TYPE_CHECKING

from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import base

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


def build(results: Results) -> Table:
    """One row a quality, and their mean."""
    points = results.published("encoding_distributions_kodak")
    points = points[points["method"].isin(METHODS)]
    values = _values(points)
    rows = [_row(results, int(quality), values.loc[[quality]], points[points["quality"] == quality])
            for quality in values.index]
    rows.append(_row(results, "mean", values, points))
    return Table("rate_savings_per_quality", CAPTION, KEY, COLUMNS, rows)


def _values(points: "pandas.DataFrame") -> "pandas.DataFrame":
    rates = points.pivot(index="quality", columns="method", values="bpp_estimated")
    side = points[points["method"] == "proposed"].set_index("quality")["bpp_side_information"]
    return rates.assign(
        static_bpp=rates["static"], potential_gain_bpp=rates["ideal"] - rates["static"],
        potential_gain_percent=rate_change_percent(rates["ideal"], rates["static"]), proposed_bpp=rates["proposed"],
        gain_bpp=rates["proposed"] - rates["static"], gain_percent=rate_change_percent(rates["proposed"], rates["static"]),
        side_information_bpp=side,
    )


def _row(results: Results, label: int | str, values: "pandas.DataFrame", points: "pandas.DataFrame") -> dict[str, Cell]:
    mean = ", mean over the qualities" if label == "mean" else ""
    again = {name: base.number(float(values[name].mean()), FORMULAS[name] + mean, points) for name in QUANTITIES}
    labels = {"quality": text(label)}
    if base.published_only(results):
        return base.comparison_row(labels, again, text("published"), {}, again)
    why = base.no_images(results, "rate_savings_per_quality")
    return base.comparison_row(labels, base.absent(QUANTITIES, why), Cell(missing=why), {}, again)
