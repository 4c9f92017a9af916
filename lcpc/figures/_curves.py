"""Draws rate-accuracy curves: where a run measures, published curves are thin and dashed."""

from typing import TYPE_CHECKING

from lcpc import curves
from lcpc.figures import _points, style
from lcpc.figures._points import Range
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.figures.style import LineStyle
from lcpc.results.store import PUBLISHED

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

FAINT = "published beside measured"
SECOND_LINE_IN = 0.14
"""Height of the second line of a title."""


def of_size(points: DataFrame, rates: Range) -> Figure:
    """One curve a P, the reference codec, PointNet and the bound, on a log axis from `rates`.

    P has a colour and a marker, and a legend of its own beside the axes, the largest P first:
    words inside would hide curves.
    """
    figure, axes = _figure(points, rates)
    run = measured_run(points)
    sizes = points.loc[points["codec"] == curves.PROPOSED, "size"]
    axes.set_title(f"Proposed codec, {sizes.iloc[0]}\n{title(points)}", loc="left",
                   color=style.FAINT, linespacing=1.05)
    draw_codecs(axes, points, run)
    handles = _proposed(axes, points, run)
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), labelspacing=0.55,
                handlelength=1.5, handletextpad=0.5)
    draw_legend(figure, axes, run)
    figure.set_figheight(figure.get_figheight() + SECOND_LINE_IN)
    return figure


def of_input_codecs(points: DataFrame, rates: Range) -> Figure:
    """One curve a codec, and PointNet, on a log axis from `rates`; the bound lies to its left."""
    figure, axes = _figure(points[points["codec"] != _points.IDEAL], rates)
    axes.set_title(title(points), loc="left", color=style.FAINT)
    run = measured_run(points)
    draw_codecs(axes, points, run)
    draw_legend(figure, axes, run)
    return figure


def measured_run(points: DataFrame) -> str:
    """Name of the run whose own curves are shown, empty where all are published."""
    return next((str(run) for run in points["run"] if run != PUBLISHED), "")


def title(points: DataFrame) -> str:
    """Data set and evidence in a reader's words."""
    run = measured_run(points)
    datasets = points.loc[points["run"] == (run or PUBLISHED), "dataset"].dropna()
    name = curves.dataset_label(str(datasets.iloc[0]))
    return f"{name}, measured in run {run}" if run else f"{name}, published points"


def draw_codecs(axes: Axes, points: DataFrame, run: str) -> None:
    """Curves of the input codecs, with their published twins where the run measured them."""
    is_published = points["run"] == PUBLISHED
    names = _points.input_codecs([points[is_published], points])
    styles = style.codec_styles(names)
    for name in names:
        draw_twins(axes, points[points["codec"] == name], run, styles[name])


def draw_sizes(axes: Axes, points: DataFrame, run: str) -> None:
    """The curve of each size of the proposed codec, labelled with its P, and its published twin."""
    for size, look in style.SIZE_STYLES.items():
        rows = _points.proposed(points, size)
        if not rows.empty:
            label = f"{look.label}, P={rows['points'].iloc[0]:.0f}"
            draw_twins(axes, rows, run, LineStyle(label, look.colour, look.marker))


def draw_twins(axes: Axes, rows: DataFrame, run: str, line: LineStyle) -> None:
    """A measured curve and its published twin, which has a label only where it is alone."""
    twins = dict(list(rows.groupby("run")))
    for name, curve in twins.items():
        is_faint = bool(run) and name == PUBLISHED
        is_alone = len(twins) == 1
        label = f"{line.label}, published" if is_faint and is_alone else line.label
        draw_curve(axes, curve, line, is_faint, label if is_alone or not is_faint else "")


def draw_curve(axes: Axes, rows: DataFrame, line: LineStyle, is_faint: bool,
               label: str = "") -> None:
    """One curve in the band of its intervals; a faint one is thin, dashed and without markers."""
    rows = rows.sort_values("rate_bits")
    x, y, label = rows["rate_bits"], rows["top1_percent"], label or "_"
    if is_faint:
        axes.plot(x, y, color=line.colour, label=label, linestyle=style.PUBLISHED_DASHES,
                  linewidth=0.8, alpha=0.8, zorder=2.2, gid=FAINT)
    else:
        axes.plot(x, y, color=line.colour, label=label, linestyle=line.dashes, linewidth=1.2,
                  marker=line.marker, markersize=2.3, zorder=3)
        style.draw_band(axes, rows, "rate_bits", "top1_percent", line.colour)


def draw_legend(figure: Figure, axes: Axes, run: str) -> None:
    """One legend below the axes, where it hides no curve."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if run and any(line.get_gid() == FAINT for line in axes.get_lines()):
        dashes = style.PUBLISHED_DASHES
        handles.append(Line2D([], [], color=style.FAINT, linestyle=dashes, linewidth=0.8))
        labels.append("same curve, published")
    if any(area.get_gid() == style.BAND_LABEL for area in axes.collections):
        handles.append(style.band_handle())
        labels.append(style.BAND_LABEL)
    figure.legend(handles, labels, loc="outside lower center", ncols=2, columnspacing=1.0)
    figure.set_figheight(2.72 + 0.15 * ((len(labels) + 1) // 2))


def _figure(points: DataFrame, rates: Range) -> tuple[Figure, Axes]:
    figure = style.new_figure(style.COLUMN_IN, 3.0)
    axes = figure.subplots()
    axes.set(ylim=(0, 100), ylabel=style.ACCURACY_LABEL)
    style.log_bits(axes, rates)
    _levels(axes, points[points["codec"] == _points.POINTNET])
    _bound(axes, points)
    return figure, axes


def _levels(axes: Axes, points: DataFrame) -> None:
    levels = [level for _, level in points.groupby("series")]
    for level in sorted(levels, key=lambda level: -level["top1_percent"].iloc[0]):
        first = level.iloc[0]
        is_official = first["run"] == PUBLISHED
        variant = first["size"] if is_official else f"P={first['points']}, measured"
        line = style.LEVEL_STYLES.get(variant, style.LEVEL_STYLES[""])
        axes.axhline(first["top1_percent"], color=line.colour, linewidth=0.9,
                     linestyle=line.dashes, zorder=2,
                     label=f"PointNet, {variant}: {first['top1_percent']:.1f} %")


def _bound(axes: Axes, points: DataFrame) -> None:
    rows = points[points["codec"] == _points.IDEAL].sort_values("rate_bits")
    if rows.empty:
        return
    line = style.IDEAL_STYLE
    axes.plot(rows["rate_bits"], rows["top1_percent"], color=line.colour, linestyle=line.dashes,
              linewidth=1.0, zorder=2, label=line.label)


def _proposed(axes: Axes, points: DataFrame, run: str) -> "list[Line2D]":
    """Draws the curves; the legend entries of those that are not faint, the largest P first."""
    from matplotlib.lines import Line2D

    handles = []
    rows = points[points["codec"] == curves.PROPOSED]
    for (count, curve_run), curve in rows.groupby(["points", "run"], sort=True):
        line = style.points_style(int(count))
        draw_curve(axes, curve, line, is_faint=bool(run) and curve_run == PUBLISHED)
        if curve_run == (run or PUBLISHED):
            handles.append(Line2D([], [], color=line.colour, marker=line.marker, markersize=2.6,
                                  linewidth=1.2, label=line.label))
    return handles[::-1]
