"""The ideal bound (Blahut-Arimoto) and how near each codec comes to it, bits on a log axis."""

from collections.abc import Sequence

from lcpc import curves
from lcpc.errors import MissingData
from lcpc.figures import _curves, _points, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.metrics.interpolate import rate_at_accuracy
from lcpc.results.store import PUBLISHED, Results

READS = ("rate_accuracy",)
TEXT = ("The fewest bits that any codec needs for a top-1 accuracy (Blahut-Arimoto over the "
        "{labels}, for the prior of the {dataset} test split and for equally likely labels), and "
        "the best curve of each codec. Bands: 95 % intervals over the test clouds, where the run "
        "has them")
CAPTION = TEXT.format(labels="labels", dataset="run's")
STEM = "rate_accuracy_ideal"
RATES = (0.5, 16000.0)
TARGET_PERCENT = 80.0


def points(results: Results) -> DataFrame:
    """The proposed codec at the highest P of each size, the fronts of the input codecs, the bounds.

    The published curves beside measured ones are those at the same P.
    """
    rows, documents = _points.measured(results, STEM), _points.published(results)
    codecs = _points.input_codecs([documents, rows])
    fronts = _best(rows, codecs)
    if results.run != PUBLISHED and all(curve.empty for curve in fronts):
        command = _rows.command(results, STEM)
        raise MissingData(f"run {results.run} has no curve that is done; run {command}")
    twins = _best(documents, codecs, fronts) if _points.is_comparable(rows) else []
    series = _points.series([*fronts, *twins, *_points.bounds(results, rows)])
    frame = _points.with_intervals(results, series)
    labels = f"{len(results.class_counts())} labels"
    dataset = curves.dataset_label(_points.dataset_of(rows))
    caption = TEXT.format(labels=labels, dataset=dataset)
    frame.attrs["caption"] = _points.captioned(caption, frame)
    return frame


def _best(rows: DataFrame, codecs: Sequence[str],
          beside: Sequence[DataFrame] = ()) -> list[DataFrame]:
    """A curve of each size, then fronts of the input codecs.

    A size has the P of its curve in `beside`, else its highest.
    """
    counts = {str(curve["size"].iloc[0]): curve["points"].max() for curve in beside if len(curve)}
    best = []
    for size in curves.SIZES:
        curve = _points.proposed(rows, size)
        count = counts.get(size, curve["points"].max())
        best.append(curve[(curve["points"] == count).fillna(False)])
    return best + [_points.front(rows, codec) for codec in codecs]


def draw(points: DataFrame) -> Figure:
    """One panel, a column wide; what lies left of the bound is out of reach."""
    figure = style.new_figure(style.COLUMN_IN, 3.0)
    axes = figure.subplots()
    axes.set(xscale="log", xlim=RATES, ylim=(0, 100))
    axes.set(xlabel=style.RATE_LABEL, ylabel=style.ACCURACY_LABEL)
    axes.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1,000", "10,000"])
    axes.set_title(_curves.title(points), loc="left", color=style.FAINT)
    _bounds(axes, points[points["codec"] == _points.IDEAL])
    run = _curves.measured_run(points)
    _curves.draw_sizes(axes, points, run)
    _curves.draw_codecs(axes, points, run)
    _mark_target(axes, points[points["codec"] == _points.IDEAL])
    is_shown = (points["codec"] == curves.PROPOSED) & (points["run"] == (run or PUBLISHED))
    _mark_target(axes, points[is_shown])
    dots = (0, (1, 2))
    axes.axhline(TARGET_PERCENT, color=style.FAINT, linewidth=0.5, linestyle=dots, zorder=1.5)
    _curves.draw_legend(figure, axes, run)
    return figure


def _bounds(axes: Axes, points: DataFrame) -> None:
    bounds = dict(list(points.sort_values("rate_bits").groupby("size", sort=True)))
    for (prior, rows), dashes in zip(bounds.items(), ("-", ":"), strict=False):
        axes.plot(rows["rate_bits"], rows["top1_percent"], color="black", linestyle=dashes,
                  linewidth=1.1, label=f"ideal, {prior} prior")
    first = next(iter(bounds.values()))
    axes.fill_betweenx(first["top1_percent"], RATES[0], first["rate_bits"], color="#f0f0f0",
                       linewidth=0)
    axes.text(0.65, 93, "out of reach", color=style.FAINT, fontsize=7.5, va="center")


def _mark_target(axes: Axes, points: DataFrame) -> None:
    """Write the lowest rate at which a curve of `points` reaches TARGET_PERCENT."""
    reaching = [rows for _, rows in points.groupby("series")
                if rows["top1_percent"].max() >= TARGET_PERCENT]
    rates = [rate_at_accuracy(*curves.arrays(rows), TARGET_PERCENT) for rows in reaching]
    if rates:
        lowest = min(rates)
        words = f"{lowest:.1f} bits" if lowest < 100 else f"{lowest:,.0f} bits"
        axes.annotate(words, (lowest, TARGET_PERCENT), (-2, 2.5), textcoords="offset points",
                      fontsize=7.5, ha="right", path_effects=style.halo(), zorder=5)
