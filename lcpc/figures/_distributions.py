"""Shared by the figures of encoding distributions: a run's own distributions of two images, and heatmaps of -log2 p."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcpc.errors import MissingData
from lcpc.figures import _clouds, _latent, style
from lcpc.metrics.information import entropy_bits
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KIND = "image_distributions"
CLIP_BITS = 10.0
LEAST_ENTROPY_BITS = 0.02
COLOURS = "BuPu_r"
COLUMNS = ["series", "run", "images", "base", "quality", "image", "distributions", "bpp", "evidence", "_file", "_line"]
IDEAL = "p"
NAMES = {"p": r"$-\log_2\,p$  (ideal)", "static": r"$-\log_2\,\hat{p}$  (static)", "p_hat": r"$-\log_2\,\hat{p}$  (adapted)"}
RATES = {"p": "ideal_bpp", "static": "static_bpp", "p_hat": "proposed_bpp"}


@dataclass(eq=False)
class Shown:
    """Rows of the images that are shown, and the arrays beside them.

    bins [b]: values about the channel's median; p [n, M, b]: histograms of the images; static [M, b] and p_hat [n, M, b]:
    what the base and the distribution model code with; picture_0, picture_1, ...: the images, small.
    """

    rows: "pandas.DataFrame"
    arrays: "dict[str, numpy.ndarray]"

    def distributions(self, name: str, index: int) -> "numpy.ndarray":
        """p, static or p_hat of an image by its index: [M, b]."""
        found = self.arrays[name]
        return found if name == "static" else found[index]

    @property
    def origin(self) -> dict[str, Any]:
        """What tells whose distributions these are, as columns of plotted points."""
        first = self.rows.iloc[0]
        return {name: first[name] for name in ("run", "images", "base", "quality", "evidence", "_file")}


def shown(results: Results, stem: str) -> Shown:
    """The distributions that a run shows, of its lowest quality. Raises MissingData with the command that makes them."""
    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} measures nothing, so it has nothing to show in {stem}; run `snakemake --cores 2 "
                          f"figures/demo/{stem}.pdf`")
    frame = results.measured(KIND)
    done = frame[(frame["status"] == "done").fillna(False).astype(bool)]
    if done.empty:
        raise MissingData(f"results/{results.run}/{KIND} holds no rows; ask for image codecs in config/{results.run}.yaml "
                          f"(images:), then `snakemake --cores 8 figures/{results.run}/{stem}.pdf`")
    rows = done[done["quality"] == done["quality"].min()].reset_index(drop=True)
    return Shown(rows, _clouds.picture(results, str(rows["_file"].iloc[0])))


def panels(results: Results, stem: str, used: str) -> "pandas.DataFrame":
    """One row a heatmap, ideal and `used`, with the rate that its distributions spend; the arrays travel as an attribute."""
    import pandas

    held = shown(results, stem)
    found = [pandas.DataFrame([row]).assign(series=f"{row['image']} {name}", distributions=name, bpp=row[RATES[name]])
             for _, row in held.rows.iterrows() for name in (IDEAL, used)]
    frame = pandas.concat(found, ignore_index=True)[COLUMNS].astype({"_line": "Int64"})
    frame.attrs["shown"] = held
    return frame


def bits(p: "numpy.ndarray") -> "numpy.ndarray":
    """-log2 of probabilities, clipped at CLIP_BITS; what never occurs stands there, too."""
    import numpy

    return -numpy.log2(numpy.maximum(p.astype(numpy.float64), 2.0**-CLIP_BITS))


def order(held: Shown) -> "numpy.ndarray":
    """Channels that vary at all, from the narrowest static distribution to the widest, to be read from left to right.

    A channel that is next to always 0, in the base's mind and in every image shown, is left out.
    """
    import numpy

    entropies = numpy.stack([entropy_bits(p.astype(numpy.float64)) for p in (held.arrays["static"], *held.arrays["p"])])
    ranks = numpy.argsort(entropies[0], kind="stable")
    varied = ranks[entropies.max(axis=0)[ranks] > LEAST_ENTROPY_BITS]
    return varied if len(varied) else ranks


def channel_label(held: Shown) -> str:
    """What stands below a heatmap: how many of the channels are in it."""
    count, all_ = len(order(held)), len(held.arrays["static"])
    return "channel, by entropy" if count == all_ else f"channel, by entropy ({count} of {all_} vary)"


def heatmap(axes: "Axes", p: "numpy.ndarray", bins: "numpy.ndarray") -> Any:
    """Draw -log2 p of channels [M, b] as columns, values about the median upwards; returns what a colour bar needs."""
    axes.grid(False)
    axes.locator_params(integer=True)
    return axes.imshow(bits(p).T, cmap=COLOURS, vmin=0, vmax=CLIP_BITS, aspect="auto", interpolation="nearest", origin="lower",
                       extent=(-0.5, len(p) - 0.5, bins[0] - 0.5, bins[-1] + 0.5))


def colour_bar(figure: "Figure", picture: Any, axes: Any, **more: Any) -> None:
    """A bar from 0 to 10+ bits."""
    bar = figure.colorbar(picture, ax=axes, ticks=range(0, 11, 2), **more)
    bar.ax.set_yticklabels(["0", "2", "4", "6", "8", "10+"])
    bar.ax.grid(False)
    bar.set_label("bits")


def draw(points: "pandas.DataFrame") -> "Figure":
    """A row an image: the image, its own distributions, and those that really code it."""
    from matplotlib.figure import Figure

    held: Shown = points.attrs["shown"]
    names = list(dict.fromkeys(points["distributions"]))
    count = len(held.rows)
    figure = Figure(figsize=(style.PAGE_IN, 0.35 + 1.35 * count))
    board = figure.subplots(count, 3, squeeze=False, width_ratios=(0.85, 1.5, 1.5))
    ranks = order(held)
    for index, (left, *right) in enumerate(board):
        _image(left, held, index)
        for axes, name in zip(right, names, strict=True):
            picture = heatmap(axes, held.distributions(name, index)[ranks], held.arrays["bins"])
            row = points[(points["image"] == held.rows["image"][index]) & (points["distributions"] == name)].iloc[0]
            axes.text(0.99, 0.97, f"{row['bpp']:.4f} bpp", ha="right", va="top", transform=axes.transAxes, fontsize=7.5)
            axes.set_title(NAMES[name] if index == 0 else "")
            axes.set_xlabel(channel_label(held) if index == count - 1 else "")
        right[0].set_ylabel("value − median")
        right[1].tick_params(labelleft=False)
    board[0, 0].set_title("Image")
    colour_bar(figure, picture, board[:, 2], pad=0.02, aspect=22)
    return figure


def _image(axes: "Axes", held: Shown, index: int) -> None:
    axes.imshow(held.arrays[f"picture_{index}"])
    axes.set_xlabel(str(held.rows["image"][index]), labelpad=2)
    _latent.bare(axes)

