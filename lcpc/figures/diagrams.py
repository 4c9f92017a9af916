"""Diagrams: boxes, letters, arrows and tensors placed in inches; no word here knows what they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lcpc.figures import style

if TYPE_CHECKING:
    from matplotlib.patches import Patch
    from matplotlib.path import Path
    from matplotlib.text import Text

Point = tuple[float, float]

INK = "#1a1a1a"
ANALYSIS, SYNTHESIS, ENTROPY = "#d6e6f5", "#fde3c3", "#e9e9e9"
SIDE_ANALYSIS, SIDE_SYNTHESIS, PLAIN = "#e6dcf1", "#d5eee0", "#ffffff"
LETTER_PT, WORDS_PT, SHAPE_PT = 11.0, 8.0, 6.8
PAD_IN, LINE_IN, CORNER_IN = 0.07, 0.125, 0.06
SHORTEST_ARROW_IN, HEAD_IN = 0.12, 0.065
LEAN = (0.55, 0.4)
"""Where one cell of depth goes, in cells to the right and upwards."""


@dataclass(frozen=True)
class Box:
    """Where something stands, in inches from the lower left corner of the diagram."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def x(self) -> float:
        """Middle between left and right."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """Middle between bottom and top."""
        return (self.bottom + self.top) / 2

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def north(self) -> Point:
        """Middle of the upper edge."""
        return self.x, self.top

    @property
    def south(self) -> Point:
        """Middle of the lower edge."""
        return self.x, self.bottom

    @property
    def west(self) -> Point:
        """Middle of the left edge."""
        return self.left, self.y

    @property
    def east(self) -> Point:
        """Middle of the right edge."""
        return self.right, self.y

    def grown(self, by: float) -> "Box":
        """The same with `by` more on each side."""
        return Box(self.left - by, self.bottom - by, self.right + by, self.top + by)


@dataclass(frozen=True)
class Node:
    """A member of a chain or strip: a letter where `fill` is empty, else a box with words; `above` is its shape, faint."""

    words: str
    above: str = ""
    fill: str = ""
    width: float = 0.0
    """Inches; 0 is as wide as the words."""
    height: float = 0.0
    size: float = 0.0
    turned: bool = False
    """Words run upwards."""
    gate: bool = False
    """A circle."""


def joined(boxes: Sequence[Box]) -> Box:
    """The smallest box around some others."""
    return Box(min(box.left for box in boxes), min(box.bottom for box in boxes),
               max(box.right for box in boxes), max(box.top for box in boxes))


class Diagram:
    """A figure of `width` x `height` inches to draw on; `figure` is the matplotlib figure.

    Each artist says in its gid what it is (`box 3`, `words of box 3`, `label 4`, `panel 5`, `arrow 6`), so that a test can
    ask whether words stick out of their box or run into one another.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import PlaceHolderLayoutEngine

        # With layout "none" matplotlib falls back to the style's layout from the second saving on.
        nothing = PlaceHolderLayoutEngine(adjust_compatible=False, colorbar_gridspec=False)
        self.figure = Figure(figsize=(width, height), layout=nothing, dpi=300)
        self.width, self.height = width, height
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
        self.axes.set_axis_off()
        self._count = 0

    def _named(self, artist: Any, kind: str) -> str:
        self._count += 1
        artist.set_gid(f"{kind} {self._count}")
        return f"{kind} {self._count}"

    def extent(self, text: "Text") -> Box:
        """Where some words stand."""
        found = text.get_window_extent(self._renderer).transformed(self.axes.transData.inverted())
        return Box(found.x0, found.y0, found.x1, found.y1)

    def label(self, x: float, y: float, words: str, size: float = WORDS_PT, **how: Any) -> Box:
        """Words on their own, centred at a point unless `how` (matplotlib's text options) says otherwise."""
        text = self._text(x, y, words, size, **how)
        self._named(text, "label")
        return self.extent(text)

    def _text(self, x: float, y: float, words: str, size: float, **how: Any) -> "Text":
        options: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "linespacing": 1.15, **how}
        return self.axes.text(x, y, words, fontsize=size, zorder=4, **options)

    def measured(self, words: str, size: float) -> tuple[float, float]:
        """Width and height of some words, inches."""
        text = self._text(0, 0, words, size)
        box = self.extent(text)
        text.remove()
        return box.width, box.top - box.bottom

    def box(self, box: Box, words: str = "", fill: str = PLAIN, size: float = WORDS_PT, **how: Any) -> Box:
        """A rounded box with words in its middle."""
        from matplotlib.patches import FancyBboxPatch

        patch = FancyBboxPatch((box.left, box.bottom), box.width, box.top - box.bottom, facecolor=fill, edgecolor=INK,
                               boxstyle="round,pad=0,rounding_size=0.035", linewidth=0.7, zorder=3)
        self._boxed(patch, box, words, size, how)
        return box

    def gate(self, box: Box, words: str, size: float = WORDS_PT) -> Box:
        """A circle in a box's middle, for an operation of one sign."""
        from matplotlib.patches import Circle

        circle = Circle((box.x, box.y), box.width / 2, facecolor=PLAIN, edgecolor=INK, linewidth=0.7, zorder=3)
        self._boxed(circle, box, words, size, {})
        return box

    def _boxed(self, patch: "Patch", box: Box, words: str, size: float, how: dict[str, Any]) -> None:
        self.axes.add_patch(patch)
        name = self._named(patch, "box")
        if words:
            self._text(box.x, box.y, words, size, **how).set_gid(f"words of {name}")

    def panel(self, box: Box, fill: str, title: str = "") -> Box:
        """A faint ground behind a group, with its name in the upper left corner."""
        from matplotlib.patches import FancyBboxPatch

        patch = FancyBboxPatch((box.left, box.bottom), box.width, box.top - box.bottom, facecolor=fill, edgecolor=style.FAINT,
                               boxstyle="round,pad=0,rounding_size=0.06", linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
        self.axes.add_patch(patch)
        self._named(patch, "panel")
        if title:
            self.label(box.left + 0.07, box.top - 0.06, title, ha="left", va="top")
        return box

    def arrow(self, *points: Point, dashed: bool = False, head: bool = True, colour: str = INK, above: bool = False) -> None:
        """A line through some points, round at its corners, with a head at its end; `above` boxes or below them."""
        from matplotlib.patches import PathPatch, Polygon

        end = towards(points[-1], points[-2], HEAD_IN) if head else points[-1]
        level = 4 if above else 2
        line = PathPatch(rounded((*points[:-1], end)), fill=False, edgecolor=colour, linewidth=0.8, zorder=level,
                         capstyle="butt", linestyle=(0, (3, 2)) if dashed else "-")
        self.axes.add_patch(line)
        self._named(line, "arrow")
        if head:
            self.axes.add_patch(Polygon(head_at(end, points[-1]), closed=True, facecolor=colour, linewidth=0, zorder=level))

    def node(self, node: Node, x: float, y: float) -> Box:
        """A letter or box centred at a point, its shape above it; where it stands, without the shape."""
        width, height = self.size(node)
        box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if node.gate:
            self.gate(box, node.words, node.size or WORDS_PT)
        elif node.fill:
            self.box(box, node.words, node.fill, node.size or WORDS_PT, rotation=90 if node.turned else 0)
        else:
            self.label(x, y, node.words, node.size or LETTER_PT)
        if node.above:
            self.label(x, box.top + 0.045, node.above, SHAPE_PT, va="bottom", color=style.FAINT)
        return box

    def size(self, node: Node) -> tuple[float, float]:
        """Width and height of a node, without its shape."""
        width, height = self.measured(node.words, node.size or (WORDS_PT if node.fill or node.gate else LETTER_PT))
        wide, high = (height, width) if node.turned else (width, height)
        pad = PAD_IN if node.fill or node.gate else 0.03
        return node.width or wide + 2 * pad, node.height or max(high + 2 * pad, 0.2)

    def chain(self, nodes: Sequence[Node], left: float, right: float, y: float) -> list[Box]:
        """Nodes from left to right, all gaps alike, with an arrow in each. Raises ValueError where they don't fit."""
        widths = [self.size(node)[0] for node in nodes]
        gap = (right - left - sum(widths)) / max(len(nodes) - 1, 1)
        if gap < SHORTEST_ARROW_IN:
            raise ValueError(f"{len(nodes)} nodes leave gaps of {gap:.2f} inches between {left:g} and {right:g}: too small")
        starts = [left + sum(widths[:rank]) + rank * gap for rank in range(len(nodes))]
        return self.linked([(node, start + width / 2) for node, start, width in zip(nodes, starts, widths, strict=True)], y)

    def linked(self, placed: Sequence[tuple[Node, float]], y: float) -> list[Box]:
        """Nodes in the places that they are given along a line, with an arrow from each to the next."""
        boxes = [self.node(node, x, y) for node, x in placed]
        for one, other in pairwise(boxes):
            self.arrow((one.right + 0.02, y), (other.left - 0.01, y))
        return boxes

    def strip(self, nodes: Sequence[Node], x: float, y: float) -> Box:
        """Boxes side by side that touch, centred at a point; where all of them stand."""
        widths = [self.size(node)[0] for node in nodes]
        left = x - sum(widths) / 2
        starts = [left + sum(widths[:rank]) for rank in range(len(nodes))]
        return joined([self.node(node, start + width / 2, y) for node, start, width in zip(nodes, starts, widths, strict=True)])

    def tensor(self, corner: Point, cell: float, columns: int, rows: int, fills: Sequence[str]) -> Box:
        """A cuboid of cells of `cell` inches, one layer a colour, the first in front; its front, lower left at `corner`."""
        from matplotlib.collections import PolyCollection

        x, y = corner
        shift, rise = LEAN[0] * cell, LEAN[1] * cell
        for depth, fill in reversed(list(enumerate(fills))):
            at = x + depth * shift, y + depth * rise
            top, side = at[1] + rows * cell, at[0] + columns * cell
            lid = [[(at[0] + k * cell, top), (at[0] + (k + 1) * cell, top), (at[0] + (k + 1) * cell + shift, top + rise),
                    (at[0] + k * cell + shift, top + rise)] for k in range(columns)]
            wall = [[(side, at[1] + k * cell), (side + shift, at[1] + k * cell + rise),
                     (side + shift, at[1] + (k + 1) * cell + rise), (side, at[1] + (k + 1) * cell)] for k in range(rows)]
            front = [[(at[0] + (k + a) * cell, at[1] + (m + b) * cell) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
                     for k in range(columns) for m in range(rows)]
            for faces, shade in ((lid, 0.94), (wall, 0.84), (front, 1.0)):
                drawn = PolyCollection(faces, facecolors=darker(fill, shade), edgecolors=INK, linewidths=0.4, zorder=3)
                self.axes.add_collection(drawn, autolim=False)
                self._named(drawn, "faces")
        return Box(x, y, x + columns * cell, y + rows * cell)


def rounded(points: Sequence[Point], radius: float = CORNER_IN) -> "Path":
    """A line through points whose corners are cut by quarter curves of about `radius` inches."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, behind in zip(points[:-2], points[1:-1], points[2:], strict=True):
        vertices += [towards(corner, before, radius), corner, towards(corner, behind, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def head_at(start: Point, tip: Point) -> list[Point]:
    """The triangle of an arrow's head."""
    along = (tip[0] - start[0]) / 2.6, (tip[1] - start[1]) / 2.6
    return [tip, (start[0] - along[1], start[1] + along[0]), (start[0] + along[1], start[1] - along[0])]


def towards(start: Point, end: Point, distance: float) -> Point:
    """The point `distance` away from `start` on the way to `end`, at most half of it."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    share = min(distance / length, 0.5) if length else 0.0
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def darker(colour: str, share: float) -> str:
    """A colour `#rrggbb` with `share` of its light."""
    parts = (round(share * int(colour[at:at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)
