"""Rate savings by quality: of the ideal, and of the proposed method with its side information."""

from functools import cache

from lcpc.curves.resampling import image_rates
from lcpc.metrics.information import rate_change_percent
from lcpc.metrics.intervals import Floats
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import _images, base
from lcpc.tables._intervals import IN_BRACKETS, NO_IMAGES, columns, image_ends

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
SHARE = "gap_share_percent"
OF_SHARE = "100 gain / potential gain"
ENDS = columns([*QUANTITIES, SHARE])
COLUMNS = base.comparison_columns(KEY, QUANTITIES, ("recomputed",),
                                  [SHARE, f"recomputed_{SHARE}", *ENDS])
PROPOSED = "proposed"
METHODS = ("static", "ideal", PROPOSED)
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
            values = {**recomputed, **base.absent(ENDS, NO_IMAGES)}
            evidence, note = text("published"), ""
        else:
            values, evidence, note = _measured(results, label, measured, complete)
        rows.append(base.comparison_row({"quality": text(label)}, values, evidence, {}, recomputed,
                                        note))
    notes = [] if base.published_only(results) else [IN_BRACKETS]
    return Table("rate_savings_per_quality", CAPTION, KEY, COLUMNS, rows, notes)


def _measured(results: Results, label: int | str, measured: DataFrame,
              complete: DataFrame) -> tuple[dict[str, Cell], Cell, str]:
    """The run's values with their intervals, their evidence, and what they are based on."""
    rows = _at(label, complete)
    if not rows.empty:
        values = {**_cells(label, rows), **_intervals(results, rows)}
        return values, text("measured"), _images.remark(rows)
    methods = set(_at(label, measured)["method"])
    lacking = " and ".join(method for method in METHODS if method not in methods)
    where = "" if label == MEAN else f" at quality {label}"
    reason = _images.missing(results, "rate_savings_per_quality", measured, f"{lacking}{where}")
    return base.absent([*QUANTITIES, SHARE, *ENDS], reason), Cell(missing=reason), ""


def _of_methods(rows: DataFrame) -> DataFrame:
    return rows[rows["method"].isin(METHODS)]


def _at(label: int | str, rows: DataFrame) -> DataFrame:
    return rows if label == MEAN else rows[rows["quality"] == label]


def _cells(label: int | str, rows: DataFrame) -> dict[str, Cell]:
    side = _images.as_replicate(rows[rows["method"] == PROPOSED], "bpp_side_information")
    values = _values(rows, _images.as_replicate(rows), side)
    mean = ", mean over the qualities" if label == MEAN else ""
    return {name: base.number(float(values[name][0]), f"{formula}{mean}", rows)
            for name, formula in {**FORMULAS, SHARE: OF_SHARE}.items()}


def _values(rows: DataFrame, rates: DataFrame, side: DataFrame) -> dict[str, Floats]:
    """Means of the quantities over the qualities, in every replicate: [B].

    rates, side (bpp): [B], a column for each row, and for each row of the proposed method.
    """
    static, ideal, proposed = (_images.by_quality(rates, rows, name) for name in METHODS)
    potential, gain = rate_change_percent(ideal, static), rate_change_percent(proposed, static)
    by_quality = {
        "static_bpp": static,
        "potential_gain_bpp": ideal - static,
        "potential_gain_percent": potential,
        "proposed_bpp": proposed,
        "gain_bpp": proposed - static,
        "gain_percent": gain,
        "side_information_bpp": _images.by_quality(side, rows, PROPOSED),
    }
    means = {name: values.mean(axis=1) for name, values in by_quality.items()}
    return {**means, SHARE: 100 * means["gain_percent"] / means["potential_gain_percent"]}


def _intervals(results: Results, rows: DataFrame) -> dict[str, Cell]:
    """Both ends of each quantity's interval."""
    def replicates() -> dict[str, Floats]:
        """Each quantity in every replicate, [B]."""
        side = image_rates(results, rows[rows["method"] == PROPOSED], "side_bpp")
        return _values(rows, image_rates(results, rows), side)

    return image_ends({**FORMULAS, SHARE: OF_SHARE}, cache(replicates), rows)
