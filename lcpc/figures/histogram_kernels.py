"""The histogram of a channel: counted exactly forward, a triangular kernel a bin backward."""

from typing import Any

import numpy

from lcpc.figures import _distributions, _rows, style
from lcpc.figures._types import Array, Axes, DataFrame, Figure
from lcpc.metrics.information import entropy_bits
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

READS = (_distributions.KIND,)
CAPTION = ("How much each bin of the histogram of a channel gets from a value, less the channel's "
           "median. Forward (dashed) the nearest bin gets all of it, so that shares are exact; "
           "backward (solid) the gradient is that of a triangular kernel, max(0, 1 - |u|), which "
           "shares a value between its two neighbours. Right: the shares of a channel of a test "
           "image")
STEM = "histogram_kernels"
BINS = (0, 1, 2, 3)
LOW, HIGH, STEP = -2.0, 5.0, 0.5
"""Values at which the kernels are drawn."""
SHOWN_BITS = 2.5
"""A channel of about so many bits has bars to show."""
LEAST = 2e-3
"""Shares below are left out."""
WIDTH_IN, HEIGHT_IN = 5.4, 2.2
KERNEL, COUNT = "#2b6ca3", "#d55e00"
ORIGIN = ["run", "images", "base", "quality", "image", "evidence", "_file", "_line"]


def points(results: Results) -> DataFrame:
    """Both kernels of each bin at values, and the shares of a channel of the first image."""
    distributions = _distributions.shown(results, STEM)
    origin = distributions.rows.iloc[0][ORIGIN]
    values = numpy.arange(LOW, HIGH + STEP, STEP)
    frames = []
    for bin_ in BINS:
        for kernel, weigh in (("triangle", triangle), ("box", box)):
            frames.append(_frame(f"bin {bin_}, {kernel}", kernel, values, weigh(values - bin_)))
    entropies = entropy_bits(distributions.static.astype(numpy.float64))
    channel = int(numpy.argmin(numpy.abs(entropies - SHOWN_BITS)))
    shares = distributions.of_image("p", 0)[channel]
    seen = numpy.flatnonzero(shares >= LEAST)
    kept = slice(seen[0], seen[-1] + 1)
    series = f"{origin['image']} channel {channel}"
    frames.append(_frame(series, "shares", distributions.bins[kept], shares[kept]))
    return _rows.concat(frame.assign(**origin) for frame in frames)


def triangle(offset: Array) -> Array:
    """Weight of a value at an offset from the middle of a bin, for the gradient."""
    return numpy.maximum(0.0, 1.0 - numpy.abs(offset))


def box(offset: Array) -> Array:
    """Weight of a value at an offset from the middle of a bin, when it is counted."""
    return ((offset >= -0.5) & (offset < 0.5)).astype(float)


def _frame(series: str, element: str, values: Any, weights: Any) -> DataFrame:
    return frame_of({"series": series, "element": element, "value": values, "weight": weights})


def draw(points: DataFrame) -> Figure:
    """A line a bin with its two kernels, bin 0 at the top; the shares beside them."""
    figure = style.new_figure(WIDTH_IN, HEIGHT_IN)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    for rank, bin_ in enumerate(BINS):
        height = 1.35 * (len(BINS) - 1 - rank)
        _kernels(left, points, bin_, height)
        left.text(LOW - 0.25, height, f"$p_{{{bin_}}}$", ha="right", va="bottom", fontsize=9)
    left.set_xticks(BINS)
    left.set_xlabel("value − median")
    left.set_yticks([])
    left.spines["left"].set_visible(False)
    left.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=2)
    _shares(right, points[points["element"] == "shares"])
    return figure


def _kernels(axes: Axes, points: DataFrame, bin_: int, height: float) -> None:
    looks: dict[str, dict[str, Any]] = {
        "box": {"color": COUNT, "linestyle": (0, (3, 2)), "drawstyle": "steps-post"},
        "triangle": {"color": KERNEL}}
    names = {"box": "forward: counts", "triangle": "backward: gradient"}
    for element, look in looks.items():
        rows = points[points["series"] == f"bin {bin_}, {element}"]
        label = names[element] if bin_ == BINS[0] else None
        axes.plot(rows["value"], rows["weight"] + height, label=label, **look)


def _shares(axes: Axes, rows: DataFrame) -> None:
    axes.bar(rows["value"], rows["weight"], width=1.0, color="#bcd2e8", edgecolor="#333333",
             linewidth=0.5)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("value − median")
    axes.set_ylabel("share $p_b$")
    axes.set_title(str(rows["series"].iloc[0]), fontsize=8)
