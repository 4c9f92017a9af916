"""The ideal bound (Blahut-Arimoto) and how near each codec comes to it, bits on a log axis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.figures import _curves, _points, style
from lcpc.metrics.interpolate import rate_at_accuracy
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("The fewest bits that any codec needs for a top-1 accuracy (Blahut-Arimoto over the 40 labels, for the prior of the "
           "ModelNet40 test split and for equally likely labels), and the best curve of each codec")
SIZES = ("full", "lite", "micro")
RATES = (0.5, 12000.0)
TARGET_PERCENT = 80.0


def points(results: Results) -> "pandas.DataFrame":
    """The proposed codec at the highest P of each size, the fronts of the input codecs, and both bounds.

    The published curves beside measured ones are those at the same P.
    """
    documents = _points.published(results)
    bounds = [_points.bound(results), _points.bound(results, uniform=True)]
    if results.run == PUBLISHED:
        return _points.series([*_best(documents), *bounds])
    rows = _points.measured(results, "rate_accuracy_ideal")
    own = _best(rows)
    if all(curve.empty for curve in own):
        raise MissingData(f"run {results.run} has no curve that is done; run {_points.command(results, 'rate_accuracy_ideal')}")
    if not _points.on_documents_dataset(rows):
        return _points.series([*own, bounds[1]])
    return _points.series([*own, *_best(documents, own), *bounds])


def draw(points: "pandas.DataFrame") -> "Figure":
    """One panel, a column wide; what lies left of the bound is out of reach."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.COLUMN_IN, 3.0))
    axes = figure.subplots()
    axes.set(xscale="log", xlim=RATES, ylim=(0, 100), xlabel=_curves.RATE_LABEL, ylabel=_curves.ACCURACY_LABEL)
    axes.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1,000", "10,000"])
    axes.set_title(_curves.title(points), loc="left", color=style.FAINT)
    _bounds(axes, points)
    aside = _curves.measured_run(points)
    _curves.draw_codecs(axes, points, aside, tuple(style.LOOKS))
    _crossings(axes, points, aside or PUBLISHED)
    _curves.draw_legend(figure, axes, aside)
    return figure


def _best(rows: "pandas.DataFrame", beside: "Sequence[pandas.DataFrame]" = ()) -> "list[pandas.DataFrame]":
    """A curve of each size, at the P of the one that it stands `beside`, else at its highest; fronts of the input codecs."""
    ours = {size: _points.proposed(rows, size) for size in SIZES}
    wanted = {size: curve["points"].max() for size, curve in ours.items()}
    wanted |= {str(curve["size"].iloc[0]): curve["points"].max() for curve in beside if len(curve)}
    chosen = [curve[(curve["points"] == wanted[size]).fillna(False)] for size, curve in ours.items()]
    return [*chosen, *(_points.front(rows, codec) for codec in _points.INPUT_CODECS)]


def _bounds(axes: "Axes", points: "pandas.DataFrame") -> None:
    curves = dict(list(points[points["codec"] == "ideal"].sort_values("rate_bits").groupby("size", sort=True)))
    for (prior, rows), dashes in zip(curves.items(), ("-", ":"), strict=False):
        axes.plot(rows["rate_bits"], rows["top1_percent"], color="black", linestyle=dashes, linewidth=1.1,
                  label=f"ideal, {prior} prior")
    first = next(iter(curves.values()))
    axes.fill_betweenx(first["top1_percent"], RATES[0], first["rate_bits"], color="#f0f0f0", linewidth=0)
    axes.text(0.65, 93, "out of reach", color=style.FAINT, fontsize=7.5, va="center")


def _crossings(axes: "Axes", points: "pandas.DataFrame", run: str) -> None:
    """Mark the rates at which the bound and the best curve of the proposed codec reach 80 %."""
    axes.axhline(TARGET_PERCENT, color=style.FAINT, linewidth=0.5, linestyle=(0, (1, 2)), zorder=1.5)
    for codec, runs in (("ideal", {PUBLISHED}), ("proposed", {run})):
        shown = points[(points["codec"] == codec) & points["run"].isin(runs)]
        rates = [_rate(rows) for _, rows in shown.groupby("series") if rows["top1_percent"].max() >= TARGET_PERCENT]
        if rates:
            told = f"{min(rates):.1f}" if min(rates) < 100 else f"{min(rates):,.0f}"
            axes.annotate(f"{told} bits", (min(rates), TARGET_PERCENT), (-2, 2.5), textcoords="offset points",
                          fontsize=7.5, ha="right", path_effects=style.halo(), zorder=5)


def _rate(rows: "pandas.DataFrame") -> float:
    return rate_at_accuracy(rows["rate_bits"], rows["top1_percent"], TARGET_PERCENT)
