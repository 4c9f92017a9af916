"""Diagrams: boxes, letters, arrows and tensors placed in inches, whatever they mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lcpc.figures import style

if TYPE_CHECKING:
    from matplotlib.patches import Patch
    from matplotlib.path import Path
    from matplotlib.text import Text

Position = tuple[float, float]

INK = "#1a1a1a"
ANALYSIS, SYNTHESIS, ENTROPY = "#d6e6f5", "#fde3c3", "#e9e9e9"
SIDE_ANALYSIS, SIDE_SYNTHESIS, PLAIN = "#e6dcf1", "#d5eee0", "#ffffff"
LETTER_PT, WORDS_PT, SHAPE_PT = 11.0, 8.0, 6.8
PAD_IN, LETTER_PAD_IN, CORNER_IN = 0.07, 0.03, 0.06
SHORTEST_ARROW_IN, HEAD_IN = 0.12, 0.065
LEAN = (0.55, 0.4)
"""Where one cell of depth goes, in cells to the right and upwards."""
LID_SHADE, WALL_SHADE = 0.94, 0.84


@dataclass(frozen=True)
class Box:
    """A rectangle, in inches from the lower left corner of the diagram."""

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
        """Inches from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Inches from bottom to top."""
        return self.top - self.bottom

    @property
    def south(self) -> Position:
        """Middle of the lower edge."""
        return self.x, self.bottom

    @property
    def west(self) -> Position:
        """Middle of the left edge."""
        return self.left, self.y

    @property
    def east(self) -> Position:
        """Middle of the right edge."""
        return self.right, self.y


@dataclass(frozen=True)
class Node:
    """A letter where `fill` is empty, else a box with words; `above` is its shape, in grey."""

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

    @property
    def size_pt(self) -> float:
        """Size of the words."""
        return self.size or (WORDS_PT if self.fill or self.gate else LETTER_PT)


def joined(boxes: Sequence[Box]) -> Box:
    """The smallest box around some others."""
    left = min(box.left for box in boxes)
    bottom = min(box.bottom for box in boxes)
    right = max(box.right for box in boxes)
    return Box(left, bottom, right, max(box.top for box in boxes))


class Diagram:
    """A figure of `width` x `height` inches to draw on; `figure` is the matplotlib figure.

    Each artist says in its gid what it is (`box 3`, `words of box 3`, `label 4`, `panel 5`,
    `arrow 6`), so that a test can ask whether words stick out of their box or run into one another.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.figure = style.new_figure(width, height, layout=style.placed_by_hand(), dpi=300)
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
        """The place of some words."""
        pixels = text.get_window_extent(self._renderer)
        return Box(*pixels.transformed(self.axes.transData.inverted()).extents)

    def label(self, x: float, y: float, words: str, size: float = WORDS_PT, **options: Any) -> Box:
        """Words centred at a point unless `options` (of matplotlib's text) say otherwise."""
        text = self._text(x, y, words, size, **options)
        self._named(text, "label")
        return self.extent(text)

    def _text(self, x: float, y: float, words: str, size: float, **options: Any) -> "Text":
        centred = {"ha": "center", "va": "center", "color": INK, "linespacing": 1.15}
        return self.axes.text(x, y, words, fontsize=size, zorder=4, **{**centred, **options})

    def measured(self, words: str, size: float) -> tuple[float, float]:
        """Width and height of some words, inches."""
        text = self._text(0, 0, words, size)
        box = self.extent(text)
        text.remove()
        return box.width, box.height

    def box(self, box: Box, words: str = "", fill: str = PLAIN, size: float = WORDS_PT,
            **options: Any) -> Box:
        """A rounded box with words in its middle."""
        patch = _rounded_box(box, 0.035, facecolor=fill, edgecolor=INK, linewidth=0.7, zorder=3)
        self._boxed(patch, box, words, size, options)
        return box

    def gate(self, box: Box, words: str, size: float = WORDS_PT) -> Box:
        """A circle in a box's middle, for an operation of one sign."""
        from matplotlib.patches import Circle

        circle = Circle((box.x, box.y), box.width / 2, facecolor=PLAIN, edgecolor=INK,
                        linewidth=0.7, zorder=3)
        self._boxed(circle, box, words, size, {})
        return box

    def _boxed(self, patch: "Patch", box: Box, words: str, size: float, options: Any) -> None:
        self.axes.add_patch(patch)
        name = self._named(patch, "box")
        if words:
            self._text(box.x, box.y, words, size, **options).set_gid(f"words of {name}")

    def panel(self, box: Box, fill: str, title: str = "") -> Box:
        """A pale ground for a group, with its name in the upper left corner."""
        patch = _rounded_box(box, 0.06, facecolor=fill, edgecolor=style.FAINT, linewidth=0.6,
                             linestyle=(0, (4, 2)), zorder=1)
        self.axes.add_patch(patch)
        self._named(patch, "panel")
        if title:
            self.label(box.left + 0.07, box.top - 0.06, title, ha="left", va="top")
        return box

    def arrow(self, *points: Position, dashed: bool = False, head: bool = True, colour: str = INK,
              above: bool = False) -> None:
        """A line through points, round at corners, with a head; `above` boxes or below."""
        from matplotlib.patches import PathPatch, Polygon

        end = towards(points[-1], points[-2], HEAD_IN) if head else points[-1]
        level = 4 if above else 2
        path = rounded((*points[:-1], end))
        line = PathPatch(path, fill=False, edgecolor=colour, linewidth=0.8, zorder=level,
                         capstyle="butt", linestyle=(0, (3, 2)) if dashed else "-")
        self.axes.add_patch(line)
        self._named(line, "arrow")
        if head:
            corners = head_at(end, points[-1])
            self.axes.add_patch(Polygon(corners, facecolor=colour, linewidth=0, zorder=level))

    def node(self, node: Node, x: float, y: float) -> Box:
        """A letter or box centred at a point, its shape above it; its place, without the shape."""
        width, height = self.size(node)
        box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if node.gate:
            self.gate(box, node.words, node.size_pt)
        elif node.fill:
            rotation = 90 if node.turned else 0
            self.box(box, node.words, node.fill, node.size_pt, rotation=rotation)
        else:
            self.label(x, y, node.words, node.size_pt)
        if node.above:
            self.label(x, box.top + 0.045, node.above, SHAPE_PT, va="bottom", color=style.FAINT)
        return box

    def size(self, node: Node) -> tuple[float, float]:
        """Width and height of a node, without its shape."""
        width, height = self.measured(node.words, node.size_pt)
        if node.turned:
            width, height = height, width
        pad = 2 * (PAD_IN if node.fill or node.gate else LETTER_PAD_IN)
        return node.width or width + pad, node.height or max(height + pad, 0.2)

    def chain(self, nodes: Sequence[Node], left: float, right: float, y: float) -> list[Box]:
        """Nodes from left to right with an arrow in each gap, all gaps equal.

        Raises ValueError where they don't fit.
        """
        widths = [self.size(node)[0] for node in nodes]
        gap = (right - left - sum(widths)) / max(len(nodes) - 1, 1)
        if gap < SHORTEST_ARROW_IN:
            raise ValueError(f"{len(nodes)} nodes leave gaps of {gap:.2f} inches between {left:g} "
                             f"and {right:g}: too small")
        return self.linked(list(zip(nodes, middles(widths, left, gap), strict=True)), y)

    def linked(self, placed: Sequence[tuple[Node, float]], y: float) -> list[Box]:
        """Nodes at given places along a line, with an arrow from each to the next."""
        boxes = [self.node(node, x, y) for node, x in placed]
        for before, after in pairwise(boxes):
            self.arrow((before.right + 0.02, y), (after.left - 0.01, y))
        return boxes

    def strip(self, nodes: Sequence[Node], x: float, y: float) -> Box:
        """Boxes side by side that touch, centred at a point; the place of all of them."""
        widths = [self.size(node)[0] for node in nodes]
        placed = zip(nodes, middles(widths, x - sum(widths) / 2, 0.0), strict=True)
        return joined([self.node(node, middle, y) for node, middle in placed])

    def tensor(self, corner: Position, cell: float, columns: int, rows: int,
               fills: Sequence[str]) -> Box:
        """A cuboid of cells of `cell` inches, one layer a colour, the first in front; its front."""
        x, y = corner
        for depth, fill in reversed(list(enumerate(fills))):
            place = x + depth * LEAN[0] * cell, y + depth * LEAN[1] * cell
            self._layer(place, cell, columns, rows, fill)
        return Box(x, y, x + columns * cell, y + rows * cell)

    def _layer(self, corner: Position, cell: float, columns: int, rows: int, fill: str) -> None:
        from matplotlib.collections import PolyCollection

        x, y = corner
        right, up, back = (cell, 0.0), (0.0, cell), (LEAN[0] * cell, LEAN[1] * cell)
        xs = [x + column * cell for column in range(columns)]
        ys = [y + row * cell for row in range(rows)]
        lid = [parallelogram((left, y + rows * cell), right, back) for left in xs]
        wall = [parallelogram((x + columns * cell, low), back, up) for low in ys]
        front = [parallelogram((left, low), right, up) for left in xs for low in ys]
        for faces, shade in ((lid, LID_SHADE), (wall, WALL_SHADE), (front, 1.0)):
            cells = PolyCollection(faces, facecolors=darker(fill, shade), edgecolors=INK,
                                   linewidths=0.4, zorder=3)
            self.axes.add_collection(cells, autolim=False)
            self._named(cells, "faces")


def middles(widths: Sequence[float], left: float, gap: float) -> Iterator[float]:
    """Middles of things of some widths in a row that begins at `left`, `gap` apart."""
    for rank, width in enumerate(widths):
        start = left + sum(widths[:rank]) + rank * gap
        yield start + width / 2


def parallelogram(corner: Position, along: Position, up: Position) -> list[Position]:
    """Corners of a parallelogram from one of them and its two sides."""
    x, y = corner
    far = x + along[0] + up[0], y + along[1] + up[1]
    return [corner, (x + along[0], y + along[1]), far, (x + up[0], y + up[1])]


def _rounded_box(box: Box, radius: float, **options: Any) -> "Patch":
    from matplotlib.patches import FancyBboxPatch

    shape = f"round,pad=0,rounding_size={radius:g}"
    corner = box.left, box.bottom
    return FancyBboxPatch(corner, box.width, box.height, boxstyle=shape, **options)


def rounded(points: Sequence[Position], radius: float = CORNER_IN) -> "Path":
    """A line through points whose corners are cut by quarter curves of about `radius` inches."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        vertices += [towards(corner, before, radius), corner, towards(corner, after, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def head_at(start: Position, tip: Position) -> list[Position]:
    """The triangle of an arrow's head."""
    x, y = (tip[0] - start[0]) / 2.6, (tip[1] - start[1]) / 2.6
    return [tip, (start[0] - y, start[1] + x), (start[0] + y, start[1] - x)]


def towards(start: Position, end: Position, distance: float) -> Position:
    """The point `distance` away from `start` on the way to `end`, at most half of it."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = (x**2 + y**2) ** 0.5
    share = min(distance / length, 0.5) if length else 0.0
    return start[0] + share * x, start[1] + share * y


def darker(colour: str, share: float) -> str:
    """A colour `#rrggbb` with `share` of its light."""
    parts = (round(share * int(colour[at:at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)
