"""Why static distributions waste bits: what two images need in one channel, against the one distribution made for all."""

from typing import TYPE_CHECKING

from lcpc.figures import _distributions, _latent, style
from lcpc.figures._distributions import Shown
from lcpc.metrics.information import kl_divergence_bits
from lcpc.results.store import Results

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Distributions of one latent channel: the histograms of two images (each optimal for its own image) and the static "
           "distribution of the base, which has to serve all images; the bits that it wastes on each value of either. The "
           "channel is the one where it serves the worse served of the two worst")
STEM = "static_suboptimality"
COLOURS = ("#2a9d8f", "#3b5b9d")
STATIC_COLOUR = "#c0508f"
SHOWN_SHARE = 1e-3


def points(results: Results) -> "pandas.DataFrame":
    """Probabilities of one channel, value by value, and what each image loses."""
    import pandas

    held = _distributions.shown(results, STEM)
    channel = telling_channel(held)
    curves = [(str(image), held.distributions("p", index)[channel]) for index, image in enumerate(held.rows["image"])]
    static = held.distributions("static", 0)[channel]
    lost = {name: float(kl_divergence_bits(p, smoothed(static))) for name, p in curves}
    kept = visible([p for _, p in curves] + [static])
    frames = [pandas.DataFrame({
        "series": name, "channel": channel, "value": held.arrays["bins"][kept], "probability": p[kept],
        "lost_bits": lost.get(name)}) for name, p in [*curves, ("static", static)]]
    frame = pandas.concat(frames, ignore_index=True).assign(**held.origin)
    frame = frame.assign(_line=frame["series"].map(dict(zip(held.rows["image"], held.rows["_line"], strict=True))))
    frame = frame.astype({"_line": "Int64"})
    frame.attrs["shown"] = held
    return frame


def telling_channel(held: Shown) -> int:
    """The channel where the smaller of the images' losses to the static distribution is largest."""
    import numpy

    static = smoothed(held.distributions("static", 0))
    losses = [kl_divergence_bits(held.distributions("p", index), static) for index in range(len(held.rows))]
    return int(numpy.minimum.reduce(losses).argmax())


def smoothed(static: "numpy.ndarray") -> "numpy.ndarray":
    """The static distribution with a floor where it was cut, so that no loss is infinite."""
    import numpy

    return numpy.maximum(static.astype(numpy.float64), 2.0**-30)


def visible(curves: "list[numpy.ndarray]") -> slice:
    """Values from the first to the last at which any curve is more than SHOWN_SHARE of its peak, and one more either way."""
    import numpy

    seen = numpy.flatnonzero(numpy.any([curve > SHOWN_SHARE * curve.max() for curve in curves], axis=0))
    return slice(max(int(seen[0]) - 1, 0), int(seen[-1]) + 2)


def draw(points: "pandas.DataFrame") -> "Figure":
    """The images at the sides, their distributions and the static one between them."""
    from matplotlib.figure import Figure

    held: Shown = points.attrs["shown"]
    images = [str(image) for image in held.rows["image"]][:2]
    figure = Figure(figsize=(style.PAGE_IN * 0.8, 2.3))
    widths = (1.0, 2.6, 1.0)[:len(images) + 1]
    board = figure.subplots(1, len(widths), width_ratios=widths)
    for index, image in enumerate(images):
        lost = points.loc[points["series"] == image, "lost_bits"].iloc[0]
        _image(board[2 * index], held.arrays[f"picture_{index}"], image, lost, COLOURS[index])
        _curve(board[1], points[points["series"] == image], f"optimal for {image}", COLOURS[index])
    _curve(board[1], points[points["series"] == "static"], "static: average-optimal", STATIC_COLOUR, dashed=True)
    board[1].set(xlabel=f"value − median, channel {points['channel'].iloc[0]}", ylabel="probability", ylim=(0, None))
    board[1].locator_params(axis="x", integer=True)
    figure.legend(*board[1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _curve(axes: "Axes", rows: "pandas.DataFrame", label: str, colour: str, dashed: bool = False) -> None:
    axes.step(rows["value"], rows["probability"], where="mid", color=colour, label=label, linewidth=1.2,
              linestyle=(0, (3, 1.4)) if dashed else "-", zorder=4 if dashed else 3)
    if not dashed:
        axes.fill_between(rows["value"], rows["probability"], step="mid", color=colour, alpha=0.15, linewidth=0)


def _image(axes: "Axes", picture: "numpy.ndarray", name: str, lost_bits: float, colour: str) -> None:
    axes.imshow(picture)
    _latent.bare(axes)
    axes.set_title(name, color=colour)
    axes.set_xlabel(f"static loses {lost_bits:.2f} bits\na value", color=colour)
