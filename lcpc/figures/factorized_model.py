"""The factorized entropy model: the latent as a cube, one real distribution a channel."""

from typing import Any

from lcpc.figures import _distributions, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure, Series
from lcpc.figures.diagrams import Position
from lcpc.results.frames import concat, frame_of
from lcpc.results.store import Results

READS = (_distributions.KIND,)
CAPTION = ("A fully factorized entropy model: each of the M_y channels of the latent has one "
           "distribution, and all of its H_y x W_y elements are coded with it. Four channels and "
           "their static distributions in the trained base")
STEM = "factorized_model"
PLACES = (0.0, 0.1, 0.25, 0.5)
"""Places of the shown channels in the order of entropy, the widest first."""
COLOURS = ("#c9dff5", "#fff3a6", "#f6c7a4", "#c4e3a8")
INKS = ("#2b5c94", "#8f7a00", "#b3591b", "#3f7a1f")
CELLS_ACROSS = 6
DEPTH = (-0.26, 0.30)
"""Offset of one channel from the one before it, in cells."""
SHOWN_SHARE = 1e-3
SIZES = ("channels", "latent_height", "latent_width")

Cells = tuple[int, int]
"""Cells across and down."""


def points(results: Results) -> DataFrame:
    """Static probabilities of four channels, a wide one in front, a narrow one at the back."""
    distributions = _distributions.shown(results, STEM)
    ranks = _distributions.order(distributions)[::-1]
    frames = []
    for place in PLACES:
        channel = int(ranks[round(place * (len(ranks) - 1))])
        frames.append(frame_of({
            "series": f"channel {channel}", "channel": channel, "value": distributions.bins,
            "probability": distributions.static[channel]}))
    frame = concat(frames)
    size = {name: int(distributions.rows[name].iloc[0]) for name in SIZES}
    return _rows.with_lines(frame.assign(**size, **distributions.origin, _line=None))


def draw(points: DataFrame) -> Figure:
    """The cube, and left of it the distributions, each with an arrow to its channel."""
    figure = style.new_figure(style.COLUMN_IN * 1.25, 2.7)
    figure.set_layout_engine("none")
    cube = figure.add_axes((0.36, 0.02, 0.64, 0.96))
    first = points.iloc[0]
    is_tall = int(first["latent_height"]) / int(first["latent_width"])
    cells = (CELLS_ACROSS, max(2, round(CELLS_ACROSS * is_tall)))
    for slab in reversed(range(len(PLACES))):
        _slab(cube, slab, cells)
    _names(cube, first, cells)
    for slab, (_, rows) in enumerate(points.groupby("series", sort=False)):
        axes = figure.add_axes((0.03, 0.115 + 0.225 * slab, 0.27, 0.12))
        _distribution(axes, rows, slab)
        _arrow(figure, axes, cube, slab, cells)
    return figure


def _corner(slab: int) -> Position:
    return slab * DEPTH[0] * 2.2, slab * DEPTH[1] * 2.2


def _slab(axes: Axes, slab: int, cells: Cells) -> None:
    """One channel: its face of cells, its top and its side."""
    from matplotlib.patches import Polygon, Rectangle

    (x, y), (across, down) = _corner(slab), cells
    back_x, back_y = _corner(slab + 1)
    options: dict[str, Any] = {"facecolor": COLOURS[slab], "edgecolor": "#555555", "linewidth": 0.5}
    for column in range(across):
        left, back = x + column, back_x + column
        top, back_top = y + down, back_y + down
        lid = [(left, top), (left + 1, top), (back + 1, back_top), (back, back_top)]
        axes.add_patch(Polygon(lid, **options))
        for row in range(down):
            axes.add_patch(Rectangle((left, y + row), 1, 1, **options))
    for row in range(down):
        low, back_low = y + row, back_y + row
        side = [(x, low), (x, low + 1), (back_x, back_low + 1), (back_x, back_low)]
        axes.add_patch(Polygon(side, **options))


def _names(axes: Axes, first: Series, cells: Cells) -> None:
    (back_x, back_y), (across, down) = _corner(len(PLACES)), cells
    width, height, depth = (first[name] for name in reversed(SIZES))
    axes.text(across / 2, -0.2, f"$W_y$ = {width}", ha="center", va="top")
    axes.text(across + 0.15, down / 2, f"$H_y$ = {height}", ha="left", va="center", rotation=90)
    axes.text(back_x / 2 + across + 0.25, down + back_y / 2 + 0.1, f"$M_y$ = {depth}", ha="left",
              va="bottom")
    axes.set(xlim=(back_x - 0.1, across + 1.7), ylim=(-0.8, down + back_y + 0.1), aspect="equal")
    axes.axis("off")


def _distribution(axes: Axes, rows: DataFrame, slab: int) -> None:
    peak = rows["probability"].max()
    kept = rows[rows["probability"] > SHOWN_SHARE * peak]
    axes.bar(kept["value"], kept["probability"], width=1.0, color=COLOURS[slab],
             edgecolor=INKS[slab], linewidth=0.5)
    axes.set(yticks=[], ylim=(0, 1.05 * peak))
    axes.tick_params(labelsize=6, length=1.5, pad=1)
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    axes.set_title(rows["series"].iloc[0], fontsize=6.5, pad=2, color=INKS[slab])
    if slab == 0:
        axes.set_xlabel("value − median", fontsize=6.5, labelpad=2)


def _arrow(figure: Figure, axes: Axes, cube: Axes, slab: int, cells: Cells) -> None:
    from matplotlib.patches import ConnectionPatch

    (x, y), (next_x, next_y) = _corner(slab), _corner(slab + 1)
    tip = (x + next_x) / 2, (y + next_y) / 2 + 0.35 + 0.1 * cells[1] * slab
    figure.add_artist(ConnectionPatch(
        (1.02, 0.4), tip, axes.transAxes, cube.transData, arrowstyle="-|>", color=INKS[slab],
        linewidth=0.8, mutation_scale=7, shrinkB=1))
