"""An encoding distribution: one element of the latent, its distribution and its cost."""

from typing import Any

import numpy

from lcpc.figures import _distributions, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure, Series
from lcpc.figures.diagrams import SHAPE_PT, Box, Diagram
from lcpc.metrics.information import entropy_bits
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

READS = (_distributions.KIND,)
CAPTION = ("One element of the latent of a test image and the distribution that codes it: that of "
           "the element's channel in the trained base. The coded value, one that the channel "
           "really takes in that image, is marked with its probability and with the bits that it "
           "costs, -log2 p. The cube is a sketch; its sizes are the image's")
STEM = "encoding_distribution"
SHOWN_BITS = 3.5
"""A channel of about so many bits has bars to show."""
QUANTILE = 0.8
"""Place of the coded value in the histogram of its channel."""
LEAST = 2e-3
"""Bars below are left out."""
WIDTH_IN, HEIGHT_IN, CELL_IN, COLUMNS, ROWS = 5.4, 1.9, 0.2, 5, 4
CORNER_IN = (0.72, 0.42)
BARS_IN = (3.2, 0.38, 2.1, 1.42)
"""Left, bottom, width and height of the bars."""
ORIGIN = ["run", "images", "base", "quality", "image", "channels", "latent_height", "latent_width",
          "evidence", "_file", "_line"]
LAYERS = ("#d6e6f5", "#f1f1f1", "#e4e4e4", "#f1f1f1", "#e4e4e4")
MARKED = "#d55e00"
WORDS_AT, HIGHEST = 1.06, 1.5
"""Begin of the words above all bars and end of the axis, in heights of the highest bar."""


def points(results: Results) -> DataFrame:
    """One row a bar: value about the median, probability and cost; `coded`: the coded value."""
    distributions = _distributions.shown(results, STEM)
    row = distributions.rows.iloc[0]
    static = distributions.static.astype(numpy.float64)
    channel = int(numpy.argmin(numpy.abs(entropy_bits(static) - SHOWN_BITS)))
    cumulated = numpy.cumsum(distributions.of_image("p", 0)[channel].astype(numpy.float64))
    coded = int(numpy.searchsorted(cumulated, QUANTILE * cumulated[-1]))
    seen = numpy.flatnonzero(static[channel] >= LEAST)
    kept = numpy.arange(min(seen[0], coded), max(seen[-1], coded) + 1)
    p = static[channel][kept]
    cost = -numpy.log2(numpy.maximum(p, numpy.finfo(float).tiny))
    frame = frame_of({
        "series": f"{row['image']} channel {channel}", "value": distributions.bins[kept], "p": p,
        "cost_bits": cost, "coded": kept == coded, "channel": channel})
    return _rows.with_lines(frame.assign(**row[ORIGIN]))


def draw(points: DataFrame) -> Figure:
    """The latent with one element marked, an arrow, and the bars."""
    diagram = Diagram(WIDTH_IN, HEIGHT_IN)
    first, coded = points.iloc[0], points[points["coded"]].iloc[0]
    front = diagram.tensor(CORNER_IN, CELL_IN, COLUMNS, ROWS, LAYERS)
    size: dict[str, Any] = {"size": SHAPE_PT + 0.7, "color": style.FAINT}
    diagram.label(front.x, front.bottom - 0.12, f"$W_y={first['latent_width']}$", **size)
    diagram.label(front.left - 0.06, front.y, f"$H_y={first['latent_height']}$", ha="right", **size)
    depth = f"$M_y={first['channels']}$"
    diagram.label(front.left + 0.2, front.top + 0.26, depth, ha="right", **size)
    x, y = CORNER_IN[0] + 3 * CELL_IN, CORNER_IN[1] + 2 * CELL_IN
    element = diagram.box(Box(x, y, x + CELL_IN, y + CELL_IN), fill=MARKED)
    left, bottom, width, height = BARS_IN
    place = (left / WIDTH_IN, bottom / HEIGHT_IN, width / WIDTH_IN, height / HEIGHT_IN)
    _bars(diagram.figure.add_axes(place), points, coded)
    diagram.arrow(element.east, (left - 0.52, element.y), colour=MARKED, above=True)
    diagram.label(left - 0.78, element.y + 0.06, r"$\hat{y}$", 10, va="bottom", color=MARKED)
    return diagram.figure


def _bars(axes: Axes, points: DataFrame, coded: Series) -> None:
    """The distribution; the coded value in another colour, with its probability and cost."""
    colours = [MARKED if is_coded else "#bcd2e8" for is_coded in points["coded"]]
    axes.bar(points["value"], points["p"], width=1.0, color=colours, edgecolor="#333333",
             linewidth=0.5)
    axes.grid(False)
    low, high = points["value"].min() - 0.9, points["value"].max() + 0.9
    highest = points["p"].max()
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", integer=True)
    axes.set_ylim(0, HIGHEST * highest)
    value, p = coded["value"], coded["p"]
    axes.hlines(p, low, value - 0.5, colors=MARKED, linestyles=(0, (3, 2)), linewidth=0.9)
    words = (rf"$\hat{{p}}\,(\hat{{y}})={p:.3f}$" + "\n"
             + rf"$-\log_2\,\hat{{p}}={coded['cost_bits']:.2f}$ bits")
    tie = {"arrowstyle": "-", "color": MARKED, "linewidth": 0.6, "shrinkB": 2, "relpos": (0.9, 0.0)}
    axes.annotate(words, (value, p), (high - 0.4, WORDS_AT * highest), ha="right", va="bottom",
                  fontsize=8.5, color=MARKED, arrowprops=tie)
    axes.set_xlabel("value − median", labelpad=2)
    axes.set_ylabel(r"$\hat{p}$", rotation=0, labelpad=8)
