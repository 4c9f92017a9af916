"""Draws rate-accuracy curves: published ones step back where measured ones stand beside them, labels stand at the curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lcpc.figures import style
from lcpc.figures._points import INPUT_CODECS
from lcpc.figures.style import Look
from lcpc.results.store import PUBLISHED

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

RATE_LABEL = "Rate (bits per cloud)"
ACCURACY_LABEL = "Top-1 accuracy (%)"
DATASETS = {"modelnet40": "ModelNet40"}
LABEL_GAP_PERCENT = 5.4
"""As high as a label, so that none touches the next."""
ZOOM_BITS = 100
ASIDE = "aside"
LEVELS: dict[str, tuple[str, tuple[int, tuple[float, ...]]]] = {
    "with transforms": ("#555555", (0, (5, 2))), "no transforms": ("#a0a0a0", (0, (5, 2))),
    "": ("#111111", (0, (6, 1.5, 1.2, 1.5))),
}


def of_size(points: "pandas.DataFrame", highest_rate: float) -> "Figure":
    """One curve a P, the reference codec, PointNet and the bound; low rates once more, larger, where curves lie there.

    Curves that all leave the axes are named where they do. Curves that end inside are named in a column beside the axes, in
    the order in which they lie: words inside would stand on other curves.
    """
    figure, axes = _figure(points, highest_rate)
    aside = measured_run(points)
    draw_codecs(axes, points, aside, INPUT_CODECS)
    ends = _proposed(axes, points, aside, highest_rate)
    if (points.loc[points["codec"] == "proposed", "rate_bits"] < ZOOM_BITS).sum() > 1:
        zoom = _zoom(axes)
        _bound(zoom, points)
        _proposed(zoom, points, aside, highest_rate)
    if all(rate == highest_rate for rate, *_ in ends):
        style.label_ends(axes, ends, 1.045 * highest_rate, LABEL_GAP_PERCENT)
    else:
        axes.legend(handles=_named_curves(axes, ends), loc="upper left", bbox_to_anchor=(1.0, 1.0), labelspacing=0.55,
                    handlelength=1.5, handletextpad=0.5)
    draw_legend(figure, axes, aside)
    return figure


def of_input_codecs(points: "pandas.DataFrame", highest_rate: float) -> "Figure":
    """One curve a codec, PointNet and the bound."""
    figure, axes = _figure(points, highest_rate)
    aside = measured_run(points)
    draw_codecs(axes, points, aside, INPUT_CODECS)
    draw_legend(figure, axes, aside)
    return figure


def measured_run(points: "pandas.DataFrame") -> str:
    """Name of the run whose own curves are shown, empty where all are published."""
    return next((str(run) for run in points["run"] if run != PUBLISHED), "")


def title(points: "pandas.DataFrame") -> str:
    """Data set and evidence in a reader's words."""
    run = measured_run(points)
    shown = points[points["run"] == (run or PUBLISHED)]["dataset"].dropna().iloc[0]
    name = DATASETS.get(str(shown), str(shown))
    return f"{name}, measured in run {run}" if run else f"{name}, published points"


def curve(axes: "Axes", rows: "pandas.DataFrame", look: Look, aside: bool, label: str = "") -> None:
    """One curve; `aside` draws it thin, dashed and without markers."""
    rows = rows.sort_values("rate_bits")
    manner: dict[str, Any] = {"linestyle": style.PUBLISHED_DASHES, "linewidth": 0.8, "alpha": 0.8, "zorder": 2.2,
                              "gid": ASIDE} if aside \
        else {"linestyle": look.dashes, "linewidth": 1.2, "marker": look.marker, "markersize": 2.3, "zorder": 3}
    axes.plot(rows["rate_bits"], rows["top1_percent"], color=look.colour, label=label or "_", **manner)


def end(rows: "pandas.DataFrame", highest_rate: float) -> tuple[float, float]:
    """Where a curve ends, or leaves the axes: (rate, accuracy)."""
    import numpy

    rows = rows.sort_values("rate_bits")
    rate = min(float(rows["rate_bits"].iloc[-1]), highest_rate)
    return rate, float(numpy.interp(rate, rows["rate_bits"], rows["top1_percent"]))


def _figure(points: "pandas.DataFrame", highest_rate: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.COLUMN_IN, 3.0))
    axes = figure.subplots()
    axes.set(xlim=(0, highest_rate), ylim=(0, 100), xlabel=RATE_LABEL, ylabel=ACCURACY_LABEL)
    axes.set_title(title(points), loc="left", color=style.FAINT)
    _levels(axes, points)
    _bound(axes, points)
    return figure, axes


def _levels(axes: "Axes", points: "pandas.DataFrame") -> None:
    rows = points[points["codec"] == "pointnet"]
    for _, level in sorted(rows.groupby("series"), key=lambda item: -item[1]["top1_percent"].iloc[0]):
        first = level.iloc[0]
        which = first["size"] if first["run"] == PUBLISHED else f"P={first['points']}, measured"
        colour, dashes = LEVELS.get(which, LEVELS[""])
        axes.plot(level["rate_bits"], level["top1_percent"], color=colour, linestyle=dashes, linewidth=0.9, zorder=2,
                  label=f"PointNet, {which}: {first['top1_percent']:.1f} %")


def _bound(axes: "Axes", points: "pandas.DataFrame") -> None:
    rows = points[points["codec"] == "ideal"].sort_values("rate_bits")
    axes.plot(rows["rate_bits"], rows["top1_percent"], color="black", linestyle=":", linewidth=1.0, zorder=2,
              label="ideal bound")


def _zoom(axes: "Axes") -> "Axes":
    zoom = axes.inset_axes((0.52, 0.09, 0.46, 0.29))
    zoom.set(xlim=(0, ZOOM_BITS), ylim=(20, 90), xticks=(0, 50, 100), yticks=(40, 60, 80))
    zoom.tick_params(labelsize=6.5, length=1.5, pad=1.5)
    zoom.set_title("low rates", fontsize=7.5, color=style.FAINT, pad=2)
    return zoom


def _proposed(axes: "Axes", points: "pandas.DataFrame", aside: str,
              highest_rate: float) -> list[tuple[float, float, str, str]]:
    """Draws the curves, and returns the labelled end of each: (rate, accuracy, label, colour)."""
    ends = []
    ours = points[points["codec"] == "proposed"]
    for (count, run), rows in ours.groupby(["points", "run"], sort=True):
        look = style.points_look(int(count))
        curve(axes, rows, look, aside=bool(aside) and run == PUBLISHED)
        if run == (aside or PUBLISHED):
            ends.append((*end(rows, highest_rate), look.label, look.colour))
    return ends


def _named_curves(axes: "Axes", ends: Sequence[tuple[float, float, str, str]]) -> "list[Line2D]":
    """The curves with a labelled end, the highest end first, each with its label."""
    from matplotlib.lines import Line2D

    drawn = {line.get_color(): line for line in axes.get_lines() if line.get_gid() != ASIDE}
    return [Line2D([], [], color=colour, marker=drawn[colour].get_marker(), markersize=2.6, linewidth=1.2, label=label)
            for _, _, label, colour in sorted(ends, key=lambda end: -end[1])]


def draw_codecs(axes: "Axes", points: "pandas.DataFrame", aside: str, names: Sequence[str]) -> None:
    """The curves of some codecs, or sizes of the proposed one, with their published twins where a run measured them."""
    for name in names:
        look = style.LOOKS[name]
        curves = dict(list(points[(points["codec"] == name) | (points["size"] == name)].groupby("run")))
        for run, rows in curves.items():
            published, alone = bool(aside) and run == PUBLISHED, len(curves) == 1
            told = f"{look.label}, P={rows['points'].iloc[0]:.0f}" if (rows["codec"] == "proposed").all() else look.label
            label = f"{told}, published" if published and alone else told
            curve(axes, rows, look, published, label if alone or not published else "")


def draw_legend(figure: "Figure", axes: "Axes", aside: str) -> None:
    """One legend below the axes, where it hides no curve."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if aside and any(line.get_gid() == ASIDE for line in axes.get_lines()):
        handles.append(Line2D([], [], color=style.FAINT, linestyle=style.PUBLISHED_DASHES, linewidth=0.8))
        labels.append("same curve, published")
    figure.legend(handles, labels, loc="outside lower center", ncols=2, columnspacing=1.0)
    figure.set_figheight(2.72 + 0.15 * ((len(labels) + 1) // 2))
