"""How far each measured curve lies from the published one at equal rate: a panel for each size, a line for each P."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.figures import _curves, _points, style
from lcpc.metrics.difference import points_above
from lcpc.metrics.pareto import pareto_front
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEM = "reproduction"
CAPTION = ("Top-1 accuracy of the proposed codecs less that of the published curve of the same size and P at the same rate; "
           "above zero the measured one is better")
SIZES = ("full", "lite", "micro")
BAND_POINTS = 2.0
RATES = (5.0, 620.0)
TICKS = (5, 10, 20, 50, 100, 200, 500)


def points(results: Results) -> "pandas.DataFrame":
    """Measured fronts with `difference_points` at each point, and the published curves, which are the line at zero.

    Measured points at rates beyond the ends of their published curve are left out. Raises MissingData for a run that measures
    nothing on ModelNet40.
    """
    import pandas

    if results.run == PUBLISHED:
        raise MissingData("run published measures nothing that could differ; `snakemake --cores 8 "
                          f"figures/workstation/{STEM}.pdf` compares a run that does")
    rows, theirs = _points.measured(results, STEM), _points.published(results)
    if not _points.on_documents_dataset(rows):
        raise MissingData(f"run {results.run} stands on {', '.join(sorted(set(rows['dataset'])))}, which does not compare with "
                          f"print (ModelNet40); `snakemake --cores 8 figures/workstation/{STEM}.pdf` shows a run that does")
    compared = [_compared(own, _points.proposed(theirs, str(size)), int(points))
                for (size, points), own in rows[rows["codec"] == "proposed"].groupby(["size", "points"])]
    differences = pandas.concat(compared, ignore_index=True) if compared else rows.iloc[:0]
    if differences.empty:
        raise MissingData(f"run {results.run} has no proposed codec to compare; ask for one in config/{results.run}.yaml, then "
                          f"{_points.command(results, STEM)}")
    return _points.series([differences]).assign(difference_points=differences["difference_points"])


def _compared(own: "pandas.DataFrame", theirs: "pandas.DataFrame", points: int) -> "pandas.DataFrame":
    import pandas

    theirs, own = theirs[theirs["points"] == points], own.iloc[pareto_front(own["rate_bits"], own["top1_percent"])]
    if theirs.empty:
        return own.iloc[:0].assign(difference_points=0.0)  # a P that the documents don't have
    above = points_above(theirs["rate_bits"], theirs["top1_percent"], own["rate_bits"], own["top1_percent"])
    covered = own.assign(difference_points=above).dropna(subset="difference_points")
    return pandas.concat([covered, theirs.assign(difference_points=0.0)])


def draw(points: "pandas.DataFrame") -> "Figure":
    """Three panels with one axis of differences, a page wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.PAGE_IN, 2.9))
    panels = figure.subplots(1, len(SIZES), sharey=True)
    for axes, size in zip(panels, SIZES, strict=True):
        _panel(axes, points[(points["size"] == size) & (points["run"] != PUBLISHED)])
        axes.set_title(style.LOOKS[size].label, loc="left")
    panels[0].set_ylabel("Accuracy less published (points)")
    handles, labels = max((axes.get_legend_handles_labels() for axes in panels), key=lambda pair: len(pair[0]))
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), columnspacing=1.1)
    return figure


def _panel(axes: "Axes", points: "pandas.DataFrame") -> None:
    axes.axhspan(-BAND_POINTS, BAND_POINTS, color="#ececec", zorder=0.5, linewidth=0, label=f"within {BAND_POINTS:g} points")
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=2)
    for count, rows in sorted(points.groupby("points"), key=lambda pair: -pair[0]):
        look = style.points_look(int(count))
        rows = rows.sort_values("rate_bits")
        axes.plot(rows["rate_bits"], rows["difference_points"], color=look.colour, marker=look.marker, markersize=2.6,
                  linewidth=1.1, zorder=3, label=look.label)
    axes.set(xscale="log", xlim=RATES, xlabel=_curves.RATE_LABEL)
    axes.set_xticks(TICKS, [str(tick) for tick in TICKS])
    axes.minorticks_off()
