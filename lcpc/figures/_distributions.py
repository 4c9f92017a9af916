"""Shared by the figures of encoding distributions: those of two images, and heatmaps of -log2 p."""

from dataclasses import dataclass
from typing import Any

import numpy

from lcpc.errors import MissingData
from lcpc.figures import _rows, style
from lcpc.figures._types import Array, Axes, DataFrame, Figure
from lcpc.metrics.information import entropy_bits
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

KIND = "image_distributions"
CAPTION = ("Encoding distributions of two images, one column a channel that varies, in the order "
           "of their static entropy: each image's own (ideal), and {used}. Colour: -log2 of the "
           "probability, 10 bits and more in white; the rate of y under each")
CLIP_BITS = 10.0
LEAST_ENTROPY_BITS = 0.02
COLOURS = "BuPu_r"
COLUMNS = ["series", "run", "images", "base", "quality", "image", "distributions", "bpp",
           "evidence", "_file", "_line"]
IDEAL = "p"
NAMES = {"p": r"$-\log_2\,p$  (ideal)", "static": r"$-\log_2\,\hat{p}$  (static)",
         "p_hat": r"$-\log_2\,\hat{p}$  (adapted)"}
RATES = {"p": "ideal_bpp", "static": "static_bpp", "p_hat": "proposed_bpp"}


@dataclass(eq=False)
class ImageDistributions:
    """Rows of the images that are shown, and the arrays beside them.

    bins [b]: values about the channel's median; p [n, M, b]: histograms of the images;
    static [M, b] and p_hat [n, M, b]: distributions of the base and of the distribution model;
    picture_0, picture_1, ...: the images, small.
    """

    rows: DataFrame
    arrays: dict[str, Array]

    def of_image(self, name: str, index: int) -> Array:
        """p, static or p_hat of an image by its index: [M, b]."""
        distributions = self.arrays[name]
        return distributions if name == "static" else distributions[index]

    @property
    def static(self) -> Array:
        """The distributions of the base: [M, b]."""
        return self.arrays["static"]

    @property
    def bins(self) -> Array:
        """Values about the channel's median: [b]."""
        return self.arrays["bins"]

    @property
    def origin(self) -> dict[str, Any]:
        """Columns that say whose distributions these are."""
        names = ("run", "images", "base", "quality", "evidence", "_file")
        return {name: self.rows[name].iloc[0] for name in names}


def shown(results: Results, stem: str) -> ImageDistributions:
    """The distributions of a run's lowest quality. Raises MissingData with the command."""
    _rows.refuse_published(results, stem)
    done = _rows.done(results.measured(KIND))
    if done.empty:
        raise MissingData(f"results/{results.run}/{KIND} holds no rows; ask for image codecs in "
                          f"config/{results.run}.yaml (images:), then "
                          f"{_rows.command(results, stem)}")
    rows = done[done["quality"] == done["quality"].min()].reset_index(drop=True)
    return ImageDistributions(rows, _rows.arrays_beside(results, str(rows["_file"].iloc[0])))


def panels(results: Results, stem: str, used: str) -> DataFrame:
    """One row a heatmap, ideal and `used`, with its rate; the arrays as attribute."""
    distributions = shown(results, stem)
    rows = []
    for _, row in distributions.rows.iterrows():
        for name in (IDEAL, used):
            series = f"{row['image']} {name}"
            rows.append({**row, "series": series, "distributions": name, "bpp": row[RATES[name]]})
    frame = _rows.with_lines(frame_of(rows)[COLUMNS])
    frame.attrs["shown"] = distributions
    return frame


def bits(p: Array) -> Array:
    """-log2 of probabilities, clipped at CLIP_BITS, also those of zero."""
    return -numpy.log2(numpy.maximum(p.astype(numpy.float64), 2.0**-CLIP_BITS))


def order(distributions: ImageDistributions) -> Array:
    """Channels that vary, from the narrowest static distribution to the widest.

    A channel that is next to always 0, for the base and in every image shown, is left out.
    """
    histograms = (distributions.static, *distributions.arrays["p"])
    entropies = numpy.stack([entropy_bits(p.astype(numpy.float64)) for p in histograms])
    ranks = numpy.argsort(entropies[0], kind="stable")
    varied = ranks[entropies.max(axis=0)[ranks] > LEAST_ENTROPY_BITS]
    return varied if len(varied) else ranks


def channel_label(distributions: ImageDistributions) -> str:
    """The label below a heatmap: how many of the channels are in it."""
    count, all_ = len(order(distributions)), len(distributions.static)
    return "channel, by entropy" + ("" if count == all_ else f" ({count} of {all_} vary)")


def heatmap(axes: Axes, p: Array, bins: Array) -> Any:
    """Draw -log2 p of channels [M, b] as columns, values upwards, for a colour bar."""
    axes.grid(False)
    axes.locator_params(integer=True)
    extent = (-0.5, len(p) - 0.5, bins[0] - 0.5, bins[-1] + 0.5)
    return axes.imshow(bits(p).T, cmap=COLOURS, vmin=0, vmax=CLIP_BITS, aspect="auto",
                       interpolation="nearest", origin="lower", extent=extent)


def colour_bar(figure: Figure, picture: Any, axes: Any, **options: Any) -> None:
    """A bar from 0 to 10+ bits; `options` are those of matplotlib's colorbar."""
    bar = figure.colorbar(picture, ax=axes, ticks=range(0, 11, 2), **options)
    bar.ax.set_yticklabels(["0", "2", "4", "6", "8", "10+"])
    bar.ax.grid(False)
    bar.set_label("bits")


def draw(points: DataFrame) -> Figure:
    """A row an image: the image, its own distributions, and those that really code it."""
    distributions: ImageDistributions = points.attrs["shown"]
    images = list(distributions.rows["image"])
    figure = style.new_figure(style.PAGE_IN, 0.35 + 1.35 * len(images))
    board = figure.subplots(len(images), 3, squeeze=False, width_ratios=(0.85, 1.5, 1.5))
    ranks = order(distributions)
    for index, (image, (left, *right)) in enumerate(zip(images, board, strict=True)):
        left.imshow(distributions.arrays[f"picture_{index}"])
        left.set_xlabel(str(image), labelpad=2)
        style.bare(left)
        rows = points[points["image"] == image]
        for axes, name, bpp in zip(right, rows["distributions"], rows["bpp"], strict=True):
            p = distributions.of_image(name, index)[ranks]
            picture = heatmap(axes, p, distributions.bins)
            axes.text(0.99, 0.97, f"{bpp:.4f} bpp", ha="right", va="top", fontsize=7.5,
                      transform=axes.transAxes)
        right[0].set_ylabel("value − median")
        right[1].tick_params(labelleft=False)
    _titles(board, list(points["distributions"].unique()), channel_label(distributions))
    colour_bar(figure, picture, board[:, 2], pad=0.02, aspect=22)
    return figure


def _titles(board: Any, names: list[str], label: str) -> None:
    board[0, 0].set_title("Image")
    for column, name in enumerate(names, 1):
        board[0, column].set_title(NAMES[name])
        board[-1, column].set_xlabel(label)
