"""Two frames with their motion field, and the tensors of both with the field of block matching."""

from collections.abc import Sequence
from typing import Any

from lcpc.figures import _latent, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.results.frames import frame_of
from lcpc.results.store import Results, read_csv

READS = (_latent.KIND,)
CAPTION = ("Two frames and the tensors (four channels) that a network's front end makes of them. "
           "Arrows: how the content moved, found by exhaustive block matching (31 x 31 pixels "
           "within 11, 3 x 3 positions within 5 over all channels) in the second frame and its "
           "tensor; below them in orange the true motion and, in the tensor, the same rescaled by "
           "the stride. Arrows are drawn at twice their length, in the channels at four times")
STEM = "latent_motion_problem"
COLOURS = {"expected": "#ffb000", "match": "#ff2d87"}
WIDTHS = {"expected": 0.0065, "match": 0.0035}
WORDS = {"match": "found by block matching", "expected": "true motion; in the tensor: rescaled"}
LENGTHEN = 2.0
TILES = 2
SIDE_IN = style.PAGE_IN * 0.8


def points(results: Results) -> DataFrame:
    """The arrows (match and true motion, pixels and latent steps); the pictures as attribute."""
    shown = _latent.pictures(results, STEM, "field_layer")
    rows = _latent.measured(results, STEM)
    vectors = read_csv(_latent.beside(results, rows, ".vectors.csv.gz"), results.root)
    vectors = vectors.rename(columns={"where": "series"}).assign(**shown.origin)
    line = {**shown.origin, "series": "pictures", "_file": shown.file, "_line": None}
    frame = _rows.concat([vectors, frame_of([line])])
    frame.attrs["pictures"] = shown
    return frame


def draw(points: DataFrame) -> Figure:
    """Frames on the left, tensors on the right, first above second."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.lines import Line2D

    arrays, about = points.attrs["pictures"].arrays, points.iloc[0]
    frames, tensors = arrays["field_frames"], arrays["field_tensors"]
    layout = ConstrainedLayoutEngine(wspace=0.14, hspace=0.1)
    figure = style.new_figure(SIDE_IN, SIDE_IN, layout=layout)
    board = figure.subplots(2, 2)
    network = f"{_latent.NAMES[about['network']]} {about['layer']}"
    for row, (word, (left, right)) in enumerate(zip(("first", "second"), board, strict=True)):
        left.imshow(frames[row])
        left.set_title(f"{word} frame ({about['image']})")
        _latent.show_channels(right, tensors[row], tensors[0], TILES)
        right.set_title(f"its tensor: {network}")
        style.bare(left)
        style.bare(right)
    left, right = board[1]
    _arrows(left, points[points["series"] == "frame"], [(0.0, 0.0)], LENGTHEN)
    _tiled(right, points[points["series"] == "latent"], tensors.shape[-1])
    _steps(board)
    handles = [Line2D([], [], color=colour, linewidth=1.5, label=WORDS[kind])
               for kind, colour in COLOURS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _tiled(axes: Axes, vectors: DataFrame, side: int) -> None:
    """Every second arrow, on each of the channels, which are `side` + 1 positions apart."""
    places = sorted(set(vectors["x"]))[::2]
    thinned = vectors[vectors["x"].isin(places) & vectors["y"].isin(places)]
    steps = [tile * (side + 1.0) for tile in range(TILES)]
    corners = [(left, top) for top in steps for left in steps]
    _arrows(axes, thinned, corners, LENGTHEN * TILES)


def _arrows(axes: Axes, vectors: DataFrame, corners: Sequence[tuple[float, float]],
            lengthen: float) -> None:
    for kind, colour in COLOURS.items():
        # A motion vector leads back to the reference; an arrow of the motion is its opposite.
        across, down = -vectors[f"{kind}_x"], -vectors[f"{kind}_y"]
        for left, top in corners:
            axes.quiver(vectors["x"] + left, vectors["y"] + top, across, down, color=colour,
                        width=WIDTHS[kind], scale=1 / lengthen, angles="xy", scale_units="xy",
                        pivot="tip", units="width", headwidth=3.2, headlength=3.5,
                        headaxislength=3.2, minlength=0.3)


def _steps(board: Any) -> None:
    """Arrows between the pictures: the front end to the right, motion downwards."""
    arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    for left, right in board:
        left.annotate("", (-0.015, 0.5), (1.015, 0.5), xycoords=right.transAxes,
                      textcoords=left.transAxes, arrowprops=arrow, annotation_clip=False)
        left.annotate("front end", (1.165, 0.525), xycoords=left.transAxes, ha="center",
                      annotation_clip=False, fontsize=7.5)
    for column, text in enumerate(("motion $v$", r"$\tilde{v}(x, y) = v(s x, s y)\,/\,s$ ?")):
        upper, lower = board[:, column]
        upper.annotate("", (0.5, 1.075), (0.5, -0.01), xycoords=lower.transAxes,
                       textcoords=upper.transAxes, arrowprops=arrow, annotation_clip=False)
        upper.annotate(text, (0.53, -0.025), xycoords=upper.transAxes, ha="left", va="top",
                       annotation_clip=False)
