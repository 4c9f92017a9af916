"""Distance of each measured curve to the published one at equal rate: a panel a size."""

from lcpc import curves
from lcpc.errors import MissingData
from lcpc.figures import _points, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.metrics.difference import points_above
from lcpc.results.store import PUBLISHED, Results

READS = ("rate_accuracy",)
STEM = "reproduction"
CAPTION = ("Top-1 accuracy of the proposed codecs less that of the published curve of the same "
           "size and P at the same rate; above zero the measured one is better. Bands: 95 % "
           "intervals over the test clouds, the published points as they are")
COMPARING = f"`snakemake --cores 8 figures/workstation/{STEM}.pdf`"
BAND_POINTS = 2.0
MIDDLE_POINTS = 64
"""P whose colour stands for all bands in the legend; the strip about zero is grey."""
MANY_BANDS_ALPHA = 0.1
"""Lighter than elsewhere: up to eight bands lie on each other."""
MARGIN = 1.07
"""The axis of rates goes so far beyond the points, as a factor."""
STEP_POINTS = 2.0
"""Ticks of the axis of differences."""
TICKS = (5, 10, 20, 50, 100, 200, 500)


def points(results: Results) -> DataFrame:
    """Measured fronts with `difference_points`, and the published curves, the line at zero.

    Measured points at rates beyond the ends of their published curve are left out. Raises
    MissingData for a run that measures nothing on ModelNet40.
    """
    if results.run == PUBLISHED:
        raise MissingData(f"run published measures nothing that could differ; {COMPARING} compares "
                          "a run that does")
    rows, documents = _points.measured(results, STEM), _points.published(results)
    if not _points.is_comparable(rows):
        raise MissingData(f"run {results.run} stands on {_points.dataset_of(rows)}, which does not "
                          f"compare with print (ModelNet40); {COMPARING} shows a run that does")
    compared = _compared(rows[rows["codec"] == curves.PROPOSED], documents)
    if not compared:
        raise MissingData(f"run {results.run} has no proposed codec to compare; ask for one in "
                          f"config/{results.run}.yaml, then {_rows.command(results, STEM)}")
    differences = _rows.concat(compared)
    frame = _points.with_intervals(results, _points.series([differences]))
    difference = differences["difference_points"]
    published = frame["top1_percent"] - difference
    ends = {f"{end}_difference_points": frame[f"{end}_top1_percent"] - published
            for end in ("low", "high")}
    frame = frame.assign(difference_points=difference, **ends)
    frame.attrs["caption"] = _points.captioned(CAPTION, frame)
    return frame


def _compared(rows: DataFrame, documents: DataFrame) -> list[DataFrame]:
    """Each measured front and its published curve; without those that have no published curve."""
    compared = []
    for (size, points), curve in rows.groupby(["size", "points"]):
        published = _points.proposed(documents, str(size))
        published = published[published["points"] == points]
        if not published.empty:
            front = curves.front(curve)
            above = points_above(*curves.arrays(published), *curves.arrays(front))
            front = front.assign(difference_points=above).dropna(subset="difference_points")
            compared += [front, published.assign(difference_points=0.0)]
    return compared


def draw(points: DataFrame) -> Figure:
    """Three panels with one axis of differences, a page wide."""
    from matplotlib.ticker import MultipleLocator

    figure = style.new_figure(style.PAGE_IN, 3.05)
    panels = figure.subplots(1, len(curves.SIZES), sharey=True)
    measured = points[points["run"] != PUBLISHED]
    rates = measured["rate_bits"].min() / MARGIN, measured["rate_bits"].max() * MARGIN
    for axes, size in zip(panels, curves.SIZES, strict=True):
        _panel(axes, measured[measured["size"] == size])
        axes.set_xlim(rates)
        axes.set_title(style.SIZE_STYLES[size].label, loc="left")
    panels[0].yaxis.set_major_locator(MultipleLocator(STEP_POINTS))
    panels[0].set_ylabel("Accuracy above published (points)")
    legends = [axes.get_legend_handles_labels() for axes in panels]
    handles, labels = max(legends, key=lambda legend: len(legend[0]))
    handles, labels = [*handles[1:], handles[0]], [*labels[1:], labels[0]]  # the strip after P
    if measured["low_difference_points"].notna().any():
        band = style.band_handle(style.points_style(MIDDLE_POINTS).colour)
        handles, labels = [*handles, band], [*labels, style.BAND_LABEL]
    figure.legend(handles, labels, loc="outside lower center", ncols=5, columnspacing=1.1)
    return figure


def _panel(axes: Axes, points: DataFrame) -> None:
    axes.axhspan(-BAND_POINTS, BAND_POINTS, facecolor="#ececec", edgecolor=style.FAINT,
                 linestyle=(0, (2, 2)), linewidth=0.6, zorder=0.5,
                 label=f"within {BAND_POINTS:g} points")
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=2)
    for count, rows in sorted(points.groupby("points"), key=lambda group: -group[0]):
        line = style.points_style(int(count))
        rows = rows.sort_values("rate_bits")
        axes.plot(rows["rate_bits"], rows["difference_points"], color=line.colour,
                  marker=line.marker, markersize=2.6, linewidth=1.1, zorder=3, label=line.label)
        style.draw_band(axes, rows, "rate_bits", "difference_points", line.colour, MANY_BANDS_ALPHA)
    axes.set(xscale="log", xlabel=style.RATE_LABEL)
    axes.set_xticks(TICKS, [str(tick) for tick in TICKS])
    axes.minorticks_off()
