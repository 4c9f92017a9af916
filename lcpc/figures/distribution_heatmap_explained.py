"""How to read the heatmaps: one distribution, turned on its side and coloured, is one column of them."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _distributions, style
from lcpc.figures._distributions import CLIP_BITS, COLOURS, Shown
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("One distribution of one channel as bars (left), turned on its side with each bar in the colour of its -log2 p "
           "(middle), and as one column of the heatmap over all channels (right)")
STEM = "distribution_heatmap_explained"
REACH = 8
PLACE = 0.9
"""Where in the order of entropy the explained channel stands: wide enough to show its shape."""


def points(results: Results) -> "pandas.DataFrame":
    """Probabilities and bits of one channel of the first image, value by value; the heatmap travels as an attribute."""
    import pandas

    held = _distributions.shown(results, STEM)
    ranks = _distributions.order(held)
    place = round(PLACE * (len(ranks) - 1))
    p = held.distributions("static", 0)[ranks[place]]
    frame = pandas.DataFrame({"series": f"channel {ranks[place]}", "channel": int(ranks[place]), "place": place,
                              "value": held.arrays["bins"], "probability": p, "bits": _distributions.bits(p)})
    frame = frame.assign(**held.origin, _line=held.rows["_line"].iloc[0]).astype({"_line": "Int64"})
    frame.attrs["shown"] = held
    return frame


def draw(points: "pandas.DataFrame") -> "Figure":
    """Bars, the same on their side, and the heatmap with the column marked."""
    from matplotlib.figure import Figure

    held: Shown = points.attrs["shown"]
    figure = Figure(figsize=(style.PAGE_IN, 2.4))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.3, 0.75, 1.9))
    near = points[points["value"].abs() <= REACH]
    left.bar(near["value"], near["probability"], width=1.0, color=_colours(near), edgecolor="#444444", linewidth=0.5)
    left.set(xlabel="value − median", ylabel="probability", title=near["series"].iloc[0])
    middle.barh(near["value"], near["probability"], height=1.0, color=_colours(near), edgecolor="#444444", linewidth=0.5)
    middle.set(xlabel="probability", ylabel="value − median", ylim=(-REACH - 0.5, REACH + 0.5), title="turned on its side")
    middle.locator_params(axis="y", integer=True)
    ranks = _distributions.order(held)
    picture = _distributions.heatmap(right, held.distributions("static", 0)[ranks], held.arrays["bins"])
    right.set(xlabel=_distributions.channel_label(held), ylim=(-REACH - 0.5, REACH + 0.5))
    right.set_title(r"one column of $-\log_2\,\hat{p}$")
    _distributions.colour_bar(figure, picture, right, pad=0.02)
    _mark(right, middle, int(points["place"].iloc[0]))
    return figure


def _colours(rows: "pandas.DataFrame") -> Any:
    import matplotlib

    return matplotlib.colormaps[COLOURS](rows["bits"].to_numpy(float) / CLIP_BITS)


def _mark(axes: "Axes", other: "Axes", place: int) -> None:
    """The column in a frame, tied to the bars that it stands for."""
    from matplotlib.patches import ConnectionPatch, Rectangle

    axes.add_patch(Rectangle((place - 0.5, -REACH - 0.4), 1.0, 2 * REACH + 0.8, fill=False, edgecolor="#d7191c", linewidth=1.0))
    for end in (-REACH - 0.4, REACH + 0.4):
        axes.add_artist(ConnectionPatch((1.0, end), (place - 0.5, end), other.get_yaxis_transform(), axes.transData,
                                        color="#d7191c", linewidth=0.5, linestyle=(0, (2, 1.5)), clip_on=False))
