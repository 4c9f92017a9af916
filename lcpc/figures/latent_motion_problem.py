"""Two frames with their motion field, and the tensors of both with the field that block matching finds in them."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _latent, style
from lcpc.results.store import Results, read_csv

if TYPE_CHECKING:
    import numpy
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Two frames and the tensors (four channels) that a network's front end makes of them. Arrows: how the content "
           "moved, found by exhaustive block matching (31 x 31 pixels within 11, 3 x 3 positions within 5 over all channels) "
           "in the second frame and its tensor; below them in orange the true motion and, in the tensor, the same rescaled by "
           "the stride. Arrows are drawn at twice their length, in the channels at four times")
STEM = "latent_motion_problem"
COLOURS = {"expected": "#ffb000", "match": "#ff2d87"}
WIDTHS = {"expected": 0.0065, "match": 0.0035}
LENGTHEN = 2.0
TILES = 2
WORDS = {"match": "found by block matching", "expected": "true motion; in the tensor: rescaled"}


def points(results: Results) -> "pandas.DataFrame":
    """The arrows: place, match and true motion, in pixels and in latent steps; the pictures travel as an attribute."""
    import pandas

    shown = _latent.pictures(results, STEM)
    rows = _latent.measured(results, STEM)
    vectors = read_csv(_latent.beside(results, rows, ".vectors.csv.gz"), results.root)
    first = rows.sort_values("weights", kind="stable").iloc[0]
    about = {"network": first["network"], "weights": first["weights"], "layer": str(shown.arrays["field_layer"]),
             "image": str(shown.arrays["image"]), "evidence": "measured"}
    vectors = vectors.rename(columns={"where": "series"}).assign(**about)
    pictures = pandas.DataFrame([{**about, "series": "pictures", "_file": shown.file, "_line": None}])
    frame = pandas.concat([vectors, pictures], ignore_index=True).astype({"_line": "Int64"})
    frame.attrs["pictures"] = shown
    return frame


def draw(points: "pandas.DataFrame") -> "Figure":
    """Frames on the left, tensors on the right, first above second."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.lines import Line2D

    arrays = points.attrs["pictures"].arrays
    about = points.iloc[0]
    figure = Figure(figsize=(style.PAGE_IN * 0.8, style.PAGE_IN * 0.8), layout=ConstrainedLayoutEngine(wspace=0.14, hspace=0.1))
    board = figure.subplots(2, 2)
    for row, word in enumerate(("first", "second")):
        board[row, 0].imshow(arrays["field_frames"][row])
        board[row, 1].imshow(_tensor(arrays["field_tensors"], row), cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
        board[row, 0].set_title(f"{word} frame ({about['image']})")
        board[row, 1].set_title(f"its tensor: {_latent.NAMES[about['network']]} {about['layer']}")
        for axes in board[row]:
            _latent.bare(axes)
    _arrows(board[1, 0], points[points["series"] == "frame"], [(0.0, 0.0)], LENGTHEN)
    _tiled(board[1, 1], points[points["series"] == "latent"], arrays["field_tensors"].shape[-1])
    _story(board)
    handles = [Line2D([], [], color=colour, linewidth=1.5, label=WORDS[kind]) for kind, colour in COLOURS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _tensor(tensors: "numpy.ndarray", row: int) -> "numpy.ndarray":
    return _latent.mosaic(_latent.stretched(tensors[row], like=tensors[0]), TILES)


def _tiled(axes: "Axes", vectors: "pandas.DataFrame", side: int) -> None:
    places = sorted(set(vectors["x"]))[::2]
    thinned = vectors[vectors["x"].isin(places) & vectors["y"].isin(places)]
    _arrows(axes, thinned, [(left * (side + 1.0), top * (side + 1.0)) for top in range(TILES) for left in range(TILES)],
            LENGTHEN * TILES)


def _arrows(axes: "Axes", vectors: "pandas.DataFrame", corners: list[tuple[float, float]], lengthen: float) -> None:
    # A motion vector leads back to the reference; an arrow that shows where things went is its opposite.
    manner: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1 / lengthen, "pivot": "tip", "units": "width"}
    for kind, colour in COLOURS.items():
        for left, top in corners:
            axes.quiver(vectors["x"] + left, vectors["y"] + top, -vectors[f"{kind}_x"], -vectors[f"{kind}_y"], color=colour,
                        width=WIDTHS[kind], headwidth=3.2, headlength=3.5, headaxislength=3.2, minlength=0.3, **manner)


def _story(board: Any) -> None:
    arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    for left, right in board:
        left.annotate("", (-0.015, 0.5), (1.015, 0.5), xycoords=right.transAxes, textcoords=left.transAxes, arrowprops=arrow,
                      annotation_clip=False)
        left.annotate("front end", (1.165, 0.525), xycoords=left.transAxes, ha="center", annotation_clip=False, fontsize=7.5)
    for column, text in ((0, "motion $v$"), (1, r"$\tilde{v}(x, y) = v(s x, s y)\,/\,s$ ?")):
        upper, lower = board[:, column]
        upper.annotate("", (0.5, 1.075), (0.5, -0.01), xycoords=lower.transAxes, textcoords=upper.transAxes, arrowprops=arrow,
                       annotation_clip=False)
        upper.annotate(text, (0.53, -0.025), xycoords=upper.transAxes, ha="left", va="top", annotation_clip=False)
