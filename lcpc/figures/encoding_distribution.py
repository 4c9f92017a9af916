"""What an encoding distribution is: one element of the latent, the distribution that codes it, and what its value costs."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _distributions, style
from lcpc.figures.diagrams import SHAPE_PT, Box, Diagram
from lcpc.results.store import Results

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("One element of the latent of a test image and the distribution that codes it: that of the element's channel in the "
           "trained base. The coded value, one that the channel really takes in that image, is marked with its probability "
           "and with the bits that it costs, -log2 p. The cube is a sketch; its sizes are the image's")
STEM = "encoding_distribution"
SHOWN_BITS, QUANTILE, LEAST = 3.5, 0.8, 2e-3
"""A channel of about so many bits has bars to show; the value is at that quantile of its histogram; bars below are left out."""
WIDTH_IN, HEIGHT_IN, CELL_IN, COLUMNS, ROWS = 5.4, 1.9, 0.2, 5, 4
BARS_IN = (3.2, 0.38, 2.1, 1.42)
"""Left, bottom, width and height of the bars."""
TOLD = ("run", "images", "base", "quality", "image", "channels", "latent_height", "latent_width", "evidence", "_file", "_line")
LAYERS = ("#d6e6f5", "#f1f1f1", "#e4e4e4", "#f1f1f1", "#e4e4e4")
MARKED = "#d55e00"
WORDS_AT, HIGHEST = 1.06, 1.5
"""Words stand above all bars: where they begin and where the axis ends, in heights of the highest bar."""


def points(results: Results) -> "pandas.DataFrame":
    """One row a bar: value about the median, its probability and cost; `coded` marks the element's value."""
    import numpy
    import pandas

    held = _distributions.shown(results, STEM)
    row = held.rows.iloc[0]
    static = held.arrays["static"].astype(numpy.float64)
    channel = int(numpy.argmin(numpy.abs(entropy_bits(static) - SHOWN_BITS)))
    own = numpy.cumsum(held.arrays["p"][0, channel].astype(numpy.float64))
    coded = int(numpy.searchsorted(own, QUANTILE * own[-1]))
    p = static[channel]
    seen = numpy.flatnonzero(p >= LEAST)
    kept = numpy.arange(min(seen[0], coded), max(seen[-1], coded) + 1)
    return pandas.DataFrame({
        "series": f"{row['image']} channel {channel}", "value": held.arrays["bins"][kept], "p": p[kept],
        "cost_bits": -numpy.log2(numpy.maximum(p[kept], numpy.finfo(float).tiny)), "coded": kept == coded, "channel": channel,
        **{name: row[name] for name in TOLD}}).astype({"_line": "Int64"})


def entropy_bits(p: "numpy.ndarray") -> "numpy.ndarray":
    """Entropy of each distribution [M, b], bits."""
    import numpy

    entropy: numpy.ndarray[Any, Any] = -(p * numpy.log2(numpy.where(p > 0, p, 1))).sum(axis=-1)
    return entropy


def draw(points: "pandas.DataFrame") -> "Figure":
    """The latent with one element marked, an arrow, and the bars."""
    diagram = Diagram(WIDTH_IN, HEIGHT_IN)
    first, coded = points.iloc[0], points[points["coded"]].iloc[0]
    corner = (0.72, 0.42)
    front = diagram.tensor(corner, CELL_IN, COLUMNS, ROWS, LAYERS)
    for x, y, words, side in ((front.x, front.bottom - 0.12, f"$W_y={first['latent_width']}$", "center"),
                              (front.left - 0.06, front.y, f"$H_y={first['latent_height']}$", "right"),
                              (front.left + 0.2, front.top + 0.26, f"$M_y={first['channels']}$", "right")):
        diagram.label(x, y, words, SHAPE_PT + 0.7, ha=side, color=style.FAINT)
    x, y = corner[0] + 3 * CELL_IN, corner[1] + 2 * CELL_IN
    element = diagram.box(Box(x, y, x + CELL_IN, y + CELL_IN), fill=MARKED)
    left, bottom, width, height = BARS_IN
    axes = diagram.figure.add_axes((left / WIDTH_IN, bottom / HEIGHT_IN, width / WIDTH_IN, height / HEIGHT_IN))
    _bars(axes, points, coded)
    diagram.arrow(element.east, (left - 0.52, element.y), colour=MARKED, above=True)
    diagram.label(left - 0.78, element.y + 0.06, r"$\hat{y}$", 10, va="bottom", color=MARKED)
    return diagram.figure


def _bars(axes: "Axes", points: "pandas.DataFrame", coded: "pandas.Series") -> None:
    """The distribution, the coded value in another colour with its probability led to the axis and its cost in words."""
    colours = [MARKED if is_coded else "#bcd2e8" for is_coded in points["coded"]]
    axes.bar(points["value"], points["p"], width=1.0, color=colours, edgecolor="#333333", linewidth=0.5)
    axes.grid(False)
    low, high = points["value"].min() - 0.9, points["value"].max() + 0.9
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", integer=True)
    axes.set_ylim(0, HIGHEST * points["p"].max())
    axes.hlines(coded["p"], low, coded["value"] - 0.5, colors=MARKED, linestyles=(0, (3, 2)), linewidth=0.9)
    axes.annotate(rf"$\hat{{p}}\,(\hat{{y}})={coded['p']:.3f}$" + "\n" + rf"$-\log_2\,\hat{{p}}={coded['cost_bits']:.2f}$ bits",
                  (coded["value"], coded["p"]), (high - 0.4, WORDS_AT * points["p"].max()), ha="right", va="bottom",
                  fontsize=8.5, color=MARKED,
                  arrowprops={"arrowstyle": "-", "color": MARKED, "linewidth": 0.6, "shrinkB": 2, "relpos": (0.9, 0.0)})
    axes.set_xlabel("value − median", labelpad=2)
    axes.set_ylabel(r"$\hat{p}$", rotation=0, labelpad=8)
