"""Why static distributions waste bits: two images' own in one channel, and the one made for all."""

from collections.abc import Sequence

import numpy

from lcpc.figures import _distributions, _rows, style
from lcpc.figures._distributions import ImageDistributions
from lcpc.figures._types import Array, Axes, DataFrame, Figure
from lcpc.metrics.information import kl_divergence_bits
from lcpc.results.frames import concat, frame_of
from lcpc.results.store import Results

READS = (_distributions.KIND,)
CAPTION = ("Distributions of one latent channel: the histograms of two images (each optimal for "
           "its own image) and the static distribution of the base, which has to serve all "
           "images; the bits that it wastes on each value of either. The channel is the one where "
           "it serves the worse served of the two worst")
STEM = "static_suboptimality"
STATIC = "static"
COLOURS = ("#2a9d8f", "#3b5b9d")
STATIC_COLOUR = "#c0508f"
SHOWN_SHARE = 1e-3


def points(results: Results) -> DataFrame:
    """Probabilities of one channel, value by value, and the loss of each image."""
    distributions = _distributions.shown(results, STEM)
    channel = telling_channel(distributions)
    static = distributions.static[channel]
    images = [str(image) for image in distributions.rows["image"]]
    histograms = distributions.arrays["p"][:, channel]
    curves = dict(zip(images, histograms, strict=True))
    curves[STATIC] = static
    kept = visible(list(curves.values()))
    lines = dict(zip(images, distributions.rows["_line"], strict=True))
    frames = []
    for name, p in curves.items():
        loss = float(kl_divergence_bits(p, smoothed(static))) if name in images else None
        frames.append(frame_of({
            "series": name, "channel": channel, "value": distributions.bins[kept],
            "probability": p[kept], "lost_bits": loss}))
    frame = concat(frames).assign(**distributions.origin)
    frame = _rows.with_lines(frame.assign(_line=frame["series"].map(lines)))
    frame.attrs["shown"] = distributions
    return frame


def telling_channel(distributions: ImageDistributions) -> int:
    """The channel where the smaller of the images' losses to the static distribution is largest."""
    static = smoothed(distributions.static)
    losses = [kl_divergence_bits(p, static) for p in distributions.arrays["p"]]
    return int(numpy.minimum.reduce(losses).argmax())


def smoothed(static: Array) -> Array:
    """The static distribution with a floor where it was cut, so that no loss is infinite."""
    return numpy.maximum(static.astype(numpy.float64), 2.0**-30)


def visible(curves: Sequence[Array]) -> slice:
    """Values at which any curve exceeds SHOWN_SHARE of its peak, and one more either way."""
    is_visible = [curve > SHOWN_SHARE * curve.max() for curve in curves]
    places = numpy.flatnonzero(numpy.any(is_visible, axis=0))
    return slice(max(int(places[0]) - 1, 0), int(places[-1]) + 2)


def draw(points: DataFrame) -> Figure:
    """The images at the sides, their distributions and the static one between them."""
    distributions: ImageDistributions = points.attrs["shown"]
    images = [str(image) for image in distributions.rows["image"]][:2]
    figure = style.new_figure(style.PAGE_IN * 0.8, 2.3)
    widths = (1.0, 2.6, 1.0)[:len(images) + 1]
    board = figure.subplots(1, len(widths), width_ratios=widths)
    middle = board[1]
    for index, (image, colour) in enumerate(zip(images, COLOURS, strict=False)):
        axes, curve = board[2 * index], points[points["series"] == image]
        _image(axes, distributions.arrays[f"picture_{index}"], curve, colour)
        _curve(middle, curve, f"optimal for {image}", colour)
    static = points[points["series"] == STATIC]
    _curve(middle, static, "static: average-optimal", STATIC_COLOUR, dashed=True)
    channel = points["channel"].iloc[0]
    middle.set(xlabel=f"value − median, channel {channel}", ylabel="probability", ylim=(0, None))
    middle.locator_params(axis="x", integer=True)
    figure.legend(*middle.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _curve(axes: Axes, rows: DataFrame, label: str, colour: str, dashed: bool = False) -> None:
    values, p = rows["value"], rows["probability"]
    axes.step(values, p, where="mid", color=colour, label=label, linewidth=1.2,
              linestyle=(0, (3, 1.4)) if dashed else "-", zorder=4 if dashed else 3)
    if not dashed:
        axes.fill_between(values, p, step="mid", color=colour, alpha=0.15, linewidth=0)


def _image(axes: Axes, picture: Array, curve: DataFrame, colour: str) -> None:
    first = curve.iloc[0]
    axes.imshow(picture)
    style.bare(axes)
    axes.set_title(first["series"], color=colour)
    words = f"static loses {first['lost_bits']:.2f} bits\na value"
    axes.set_xlabel(words, color=colour)
