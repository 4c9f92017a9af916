"""How to read the heatmaps: a distribution, turned on its side and coloured, is one column."""

from lcpc.figures import _distributions, _rows, style
from lcpc.figures._distributions import CLIP_BITS, COLOURS, ImageDistributions
from lcpc.figures._types import Array, Axes, DataFrame, Figure
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

READS = (_distributions.KIND,)
CAPTION = ("One distribution of one channel as bars (left), turned on its side with each bar in "
           "the colour of its -log2 p (middle), and as one column of the heatmap over all "
           "channels (right)")
STEM = "distribution_heatmap_explained"
REACH = 8
MARK = "#d7191c"
PLACE = 0.9
"""Place of the explained channel in the order of entropy: wide enough to show its shape."""


def points(results: Results) -> DataFrame:
    """Probabilities and bits of one channel, by value; the heatmap as attribute."""
    distributions = _distributions.shown(results, STEM)
    ranks = _distributions.order(distributions)
    place = round(PLACE * (len(ranks) - 1))
    channel = int(ranks[place])
    p = distributions.static[channel]
    frame = frame_of({
        "series": f"channel {channel}", "channel": channel, "place": place,
        "value": distributions.bins, "probability": p, "bits": _distributions.bits(p)})
    line = distributions.rows["_line"].iloc[0]
    frame = _rows.with_lines(frame.assign(**distributions.origin, _line=line))
    frame.attrs["shown"] = distributions
    return frame


def draw(points: DataFrame) -> Figure:
    """Bars, the same on their side, and the heatmap with the column marked."""
    distributions: ImageDistributions = points.attrs["shown"]
    figure = style.new_figure(style.PAGE_IN, 2.4)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.3, 0.75, 1.9))
    near = points[points["value"].abs() <= REACH]
    values, p, colours = near["value"], near["probability"], _colours(near)
    edge = {"edgecolor": "#444444", "linewidth": 0.5}
    limits = (-REACH - 0.5, REACH + 0.5)
    left.bar(values, p, width=1.0, color=colours, **edge)
    left.set(xlabel="value − median", ylabel="probability", title=near["series"].iloc[0])
    middle.barh(values, p, height=1.0, color=colours, **edge)
    middle.set(xlabel="probability", ylabel="value − median", title="turned on its side")
    middle.set(ylim=limits)
    middle.locator_params(axis="y", integer=True)
    ranks = _distributions.order(distributions)
    picture = _distributions.heatmap(right, distributions.static[ranks], distributions.bins)
    right.set(xlabel=_distributions.channel_label(distributions), ylim=limits)
    right.set_title(r"one column of $-\log_2\,\hat{p}$")
    _distributions.colour_bar(figure, picture, right, pad=0.02)
    _mark(right, middle, int(points["place"].iloc[0]))
    return figure


def _colours(rows: DataFrame) -> Array:
    import matplotlib

    return matplotlib.colormaps[COLOURS](rows["bits"].to_numpy(float) / CLIP_BITS)


def _mark(axes: Axes, bars: Axes, place: int) -> None:
    """The column in a frame, tied to its bars."""
    from matplotlib.patches import ConnectionPatch, Rectangle

    left, low, high = place - 0.5, -REACH - 0.4, REACH + 0.4
    frame = Rectangle((left, low), 1.0, high - low, fill=False, edgecolor=MARK, linewidth=1.0)
    axes.add_patch(frame)
    for end in (low, high):
        axes.add_artist(ConnectionPatch(
            (1.0, end), (left, end), bars.get_yaxis_transform(), axes.transData, color=MARK,
            linewidth=0.5, linestyle=(0, (2, 1.5)), clip_on=False))
