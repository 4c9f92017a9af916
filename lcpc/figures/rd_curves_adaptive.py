"""Adapted encoding distributions: rate-distortion, and the rate relative to static ones."""

from typing import Any

import numpy

from lcpc.curves.resampling import DECIMALS, image_rates
from lcpc.errors import MissingData
from lcpc.figures import _kodak, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.metrics.information import rate_change_percent
from lcpc.metrics.intervals import PERCENTILES
from lcpc.results.store import PUBLISHED, Results

READS = (_kodak.KIND,)
CAPTION = ("Rate-distortion of bmshj2018-factorized with its static distributions, Balcilar 2022, "
           "ours, and each image's own distributions at no cost (ideal); right: rate relative to "
           "the static distributions at each quality. Rates as the models estimate them, side "
           "information inside. Solid: measured by this run, where it measures; thin and dashed "
           "then: the published points on Kodak. Bars: 95 % intervals over the images, which all "
           "methods share, so that they move together. An own base is one that the run trained "
           "itself.")
STEM = "rd_curves_adaptive"
ENDS = ["low_relative_rate_percent", "high_relative_rate_percent"]
styles = _kodak.method_styles
COLUMNS = ["series", "method", "base", "quality", "bpp", "relative_rate_percent", "psnr_rgb_db",
           "evidence", *ENDS, "_file", "_line"]
BAR_STEP = 0.025
"""Distance of the points of methods and of their bars, as a share of the axis of qualities."""
BAR: dict[str, Any] = {"linewidth": 2.2, "alpha": 0.45}
LONE_MARKER = "_"
"""The ideal has no marker, but a run of one quality must show it too."""


def points(results: Results) -> DataFrame:
    """One row a method and quality, rates as estimated; the documents' on Kodak, too."""
    published = results.published("encoding_distributions_kodak")
    published = published.assign(evidence=PUBLISHED, base="")
    published = published[published["method"].isin(_kodak.METHOD_STYLES)]
    published = _relative(published.assign(bpp=published["bpp_estimated"]))
    if results.run == PUBLISHED:
        return published.assign(series=published["method"]).reindex(columns=COLUMNS)
    measured = _kodak.measured(results, STEM)
    methods = measured["codec"].replace(_kodak.STATIC)
    measured = measured[measured["base"].notna()].assign(method=methods)
    if "static" not in set(measured["method"]):
        raise MissingData(
            f"run {results.run} has no rows of its base, so {STEM} has nothing to show; add "
            f"bmshj2018-factorized to images: codecs, then {_rows.command(results, STEM)}")
    measured = _with_intervals(results, _relative(measured))
    return _kodak.with_published(measured, published, "method").reindex(columns=COLUMNS)


def _relative(rows: DataFrame) -> DataFrame:
    static = rows[rows["method"] == "static"].set_index("quality")["bpp"]
    rows = rows[rows["quality"].isin(static.index)]
    change = rate_change_percent(rows["bpp"], rows["quality"].map(static))
    return rows.assign(relative_rate_percent=change)


def _with_intervals(results: Results, measured: DataFrame) -> DataFrame:
    """The run's rows with the ends of the intervals of their relative rates, if it has images."""
    try:
        rates = image_rates(results, measured)
    except MissingData:
        return measured
    measured = measured.copy()
    for _, rows in measured.groupby("quality"):
        static = rates[rows.index[rows["method"] == "static"][0]].to_numpy()
        changes = rate_change_percent(rates[rows.index].to_numpy(), static[:, None])
        ends = numpy.percentile(changes, PERCENTILES, axis=0).T
        measured.loc[rows.index, ENDS] = ends.round(DECIMALS)
    return measured


def draw(points: DataFrame) -> Figure:
    """Rate-distortion left, savings right, both about the run's own points if it measures."""
    figure = style.new_figure(style.PAGE_IN, 3.1)
    left, right = figure.subplots(1, 2)
    is_published = points["evidence"] == PUBLISHED
    measured, faint = points[~is_published], points[is_published]
    rates, psnr = _around(measured) if len(measured) else (style.BPP_LIMITS, style.PSNR_LIMITS)
    if measured.empty:
        measured, faint = faint, measured
    first, last = measured["quality"].min(), measured["quality"].max()
    shown = faint[faint["quality"].between(first, last)]
    apart = _apart(measured)
    for method, line in styles(list(points["method"].unique())).items():
        for axes, x, y, theirs, own in ((left, "bpp", "psnr_rgb_db", faint, measured),
                                        (right, "quality", "relative_rate_percent", shown, apart)):
            _faint_line(axes, theirs[theirs["method"] == method], x, y, line)
            _line(axes, own[own["method"] == method], x, y, line)
        _bars(right, apart[apart["method"] == method], line)
    left.set(xlim=rates, ylim=psnr, xlabel=style.BPP_LABEL, ylabel=style.PSNR_LABEL)
    title = "measured, own base" if _kodak.on_own_base(measured) else ""
    _legend(figure, left, len(faint) > 0, title)
    _savings(right, points, measured)
    _labels(right, apart)
    return figure


def _apart(measured: DataFrame) -> DataFrame:
    """The rows with the methods that have intervals side by side at each quality."""
    with_ends = measured.dropna(subset=ENDS)
    methods = [name for name in styles(list(with_ends["method"].unique())) if name != "static"]
    first, last = _quality_limits(measured)
    step = BAR_STEP * (last - first)
    shifts = {name: step * (rank - (len(methods) - 1) / 2) for rank, name in enumerate(methods)}
    shift = measured["method"].map(shifts).fillna(0.0)
    return measured.assign(quality=measured["quality"].astype(float) + shift.astype(float))


def _bars(axes: Axes, rows: DataFrame, line: LineStyle) -> None:
    """The intervals of the savings of a method."""
    rows = rows[rows["method"] != "static"].dropna(subset=ENDS)
    if len(rows):
        axes.vlines(rows["quality"], rows[ENDS[0]], rows[ENDS[1]], color=line.colour, zorder=2.2,
                    gid=style.BAND_LABEL, **BAR)


def _around(measured: DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of rate and of PSNR about a run's own points."""
    psnr, rates = measured["psnr_rgb_db"], measured["bpp"]
    ends = 0.7 * float(rates.min()), 1.4 * float(rates.max())
    return ends, (float(psnr.min()) - 0.7, float(psnr.max()) + 1.2)


def _line(axes: Axes, rows: DataFrame, x: str, y: str, line: LineStyle) -> None:
    rows = rows.sort_values("quality")
    marker = line.marker or (LONE_MARKER if len(rows) == 1 else "")
    if len(rows):
        axes.plot(rows[x], rows[y], color=line.colour, linestyle=line.dashes, marker=marker,
                  label=line.label, linewidth=1.0, markersize=2.8, zorder=3 if line.marker else 2.5)


def _faint_line(axes: Axes, rows: DataFrame, x: str, y: str, line: LineStyle) -> None:
    rows = rows.sort_values("quality")
    if len(rows):
        axes.plot(rows[x], rows[y], color=line.colour, linestyle=style.PUBLISHED_DASHES,
                  linewidth=0.6, alpha=0.75, zorder=2)


def _legend(figure: Figure, axes: Axes, has_published: bool, title: str) -> None:
    """Below both panels, where it hides no curve."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if has_published:
        dashes = style.PUBLISHED_DASHES
        handles.append(Line2D([], [], color=style.FAINT, linestyle=dashes, linewidth=0.6))
        labels.append("published (Kodak)")
    if any(bars.get_gid() == style.BAND_LABEL for bars in figure.axes[-1].collections):
        handles.append(Line2D([], [], color=style.FAINT, **BAR))
        labels.append(style.BAND_LABEL)
    figure.legend(handles, labels, loc="outside lower center", title=title or None,
                  ncols=len(labels) if len(labels) <= 6 else 4)


def _savings(axes: Axes, points: DataFrame, measured: DataFrame) -> None:
    first, last = int(measured["quality"].min()), int(measured["quality"].max())
    is_shown = points["quality"].between(first, last)
    shown = ["relative_rate_percent", ENDS[0]]
    lowest = float(points.loc[is_shown, shown].min(axis=None))
    left, right = _quality_limits(measured)
    axes.set(xlim=(left, right), ylim=(lowest - 0.75, 0.6))
    axes.set(xticks=range(first, last + 1), xlabel="Quality", ylabel="Rate against static (%)")


def _quality_limits(measured: DataFrame) -> tuple[float, float]:
    """Limits of the axis of qualities, with room for labels; a single quality has an axis, too."""
    first, last = float(measured["quality"].min()), float(measured["quality"].max())
    width = last - first or 0.5
    return first - 0.1 * width, last + 0.3 * width


def _labels(axes: Axes, points: DataFrame) -> None:
    """The name of each method beside its last point."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    last = points.sort_values("quality").groupby("method").last()
    ends = []
    for name, line in styles(list(last.index)).items():
        row = last.loc[name]
        end = float(row["quality"]), float(row["relative_rate_percent"])
        ends.append((*end, line.label.removesuffix(_kodak.BEYOND), line.colour))
    x = float(points["quality"].max()) + 0.04 * (right - left)
    style.label_ends(axes, ends, x, 0.07 * (top - bottom))
