"""The factorized entropy model: the latent as a cube, one colour and one real distribution a channel."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _distributions, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("A fully factorized entropy model: each of the M_y channels of the latent has one distribution, and all of its "
           "H_y x W_y elements are coded with it. Four channels and their static distributions in the trained base")
STEM = "factorized_model"
SLABS = 4
COLOURS = ("#c9dff5", "#fff3a6", "#f6c7a4", "#c4e3a8")
INKS = ("#2b5c94", "#8f7a00", "#b3591b", "#3f7a1f")
CELLS_ACROSS = 6
DEPTH = (-0.26, 0.30)
"""How far one channel lies behind the one before it, in cells."""
SHOWN_SHARE = 1e-3


def points(results: Results) -> "pandas.DataFrame":
    """Static probabilities of four channels, from a wide one in front to a narrow one behind."""
    import pandas

    held = _distributions.shown(results, STEM)
    ranks = _distributions.order(held)[::-1]
    chosen = [int(ranks[round(place * (len(ranks) - 1))]) for place in (0.0, 0.1, 0.25, 0.5)]
    static = held.distributions("static", 0)
    size = {name: int(held.rows[name].iloc[0]) for name in ("channels", "latent_height", "latent_width")}
    frames = [pandas.DataFrame({"series": f"channel {channel}", "channel": channel, "value": held.arrays["bins"],
                                "probability": static[channel]}) for channel in chosen]
    return pandas.concat(frames, ignore_index=True).assign(**size, **held.origin, _line=None).astype({"_line": "Int64"})


def draw(points: "pandas.DataFrame") -> "Figure":
    """The cube on the right, and on the left the distributions, each with an arrow to its channel."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.COLUMN_IN * 1.25, 2.7))
    figure.set_layout_engine("none")
    cube = figure.add_axes((0.36, 0.02, 0.64, 0.96))
    cells = (CELLS_ACROSS, _cells_down(points))
    for slab in reversed(range(SLABS)):
        _slab(cube, slab, cells)
    _names(cube, points.iloc[0], cells)
    for slab, (_, rows) in enumerate(points.groupby("series", sort=False)):
        axes = figure.add_axes((0.03, 0.115 + 0.225 * slab, 0.27, 0.12))
        _distribution(axes, rows, slab)
        _arrow(figure, axes, cube, slab, cells)
    return figure


def _cells_down(points: "pandas.DataFrame") -> int:
    """Cells downwards, so that they stay square."""
    first = points.iloc[0]
    return max(2, round(CELLS_ACROSS * int(first["latent_height"]) / int(first["latent_width"])))


def _corner(slab: int) -> tuple[float, float]:
    return slab * DEPTH[0] * 2.2, slab * DEPTH[1] * 2.2


def _slab(axes: "Axes", slab: int, cells: tuple[int, int]) -> None:
    """One channel: its face of cells, its top and its side."""
    from matplotlib.patches import Polygon, Rectangle

    (x, y), (across, down) = _corner(slab), cells
    back_x, back_y = _corner(slab + 1)
    look: dict[str, Any] = {"facecolor": COLOURS[slab], "edgecolor": "#555555", "linewidth": 0.5}
    for column in range(across):
        axes.add_patch(Polygon([(x + column, y + down), (x + column + 1, y + down), (back_x + column + 1, back_y + down),
                                (back_x + column, back_y + down)], **look))
        for row in range(down):
            axes.add_patch(Rectangle((x + column, y + row), 1, 1, **look))
    for row in range(down):
        side = [(x, y + row), (x, y + row + 1), (back_x, back_y + row + 1), (back_x, back_y + row)]
        axes.add_patch(Polygon(side, **look))


def _names(axes: "Axes", first: "pandas.Series", cells: tuple[int, int]) -> None:
    (back_x, back_y), (across, down) = _corner(SLABS), cells
    axes.text(across / 2, -0.2, f"$W_y$ = {first['latent_width']}", ha="center", va="top")
    axes.text(across + 0.15, down / 2, f"$H_y$ = {first['latent_height']}", ha="left", va="center", rotation=90)
    axes.text(back_x / 2 + across + 0.25, down + back_y / 2 + 0.1, f"$M_y$ = {first['channels']}", ha="left", va="bottom")
    axes.set(xlim=(back_x - 0.1, across + 1.7), ylim=(-0.8, down + back_y + 0.1), aspect="equal")
    axes.axis("off")


def _distribution(axes: "Axes", rows: "pandas.DataFrame", slab: int) -> None:
    peak = rows["probability"].max()
    kept = rows[rows["probability"] > SHOWN_SHARE * peak]
    axes.bar(kept["value"], kept["probability"], width=1.0, color=COLOURS[slab], edgecolor=INKS[slab], linewidth=0.5)
    axes.set(yticks=[], ylim=(0, 1.05 * peak))
    axes.tick_params(labelsize=6, length=1.5, pad=1)
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    axes.set_title(rows["series"].iloc[0], fontsize=6.5, pad=2, color=INKS[slab])
    if slab == 0:
        axes.set_xlabel("value − median", fontsize=6.5, labelpad=2)


def _arrow(figure: "Figure", axes: "Axes", cube: "Axes", slab: int, cells: tuple[int, int]) -> None:
    from matplotlib.patches import ConnectionPatch

    (x, y), (next_x, next_y) = _corner(slab), _corner(slab + 1)
    tip = ((x + next_x) / 2, (y + next_y) / 2 + 0.35 + 0.1 * cells[1] * slab)
    figure.add_artist(ConnectionPatch((1.02, 0.4), tip, axes.transAxes, cube.transData, arrowstyle="-|>",
                                      color=INKS[slab], linewidth=0.8, mutation_scale=7, shrinkB=1))
