"""The two ways to classify a compressed cloud: (a) compress the input and classify what is decoded, (b) the proposed codec."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _point_networks, style
from lcpc.figures._point_networks import CLASSES, CLOUD, LATENT
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("(a) Input compression: a point cloud codec sends the cloud x at a rate R, a classifier judges the decoded cloud. "
           "(b) Proposed: g_a sends N numbers that are made for the classification, g_s turns them into the answer. P points, "
           "T classes; N is read off the built modules of each codec size")
STEM = "codec_architectures"
HEIGHT_IN, LANE_IN, GAP_IN, PANEL_TOP_IN = 1.62, 0.98, 0.06, 1.35
WIDTHS_IN = 2.92, style.PAGE_IN - 2.92 - 3 * GAP_IN


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the proposed codecs, and of the PointNet that judges decoded clouds."""
    return _layers.measured(results, STEM, _point_networks.PROPOSED, _point_networks.POINTNET)


def draw(points: "pandas.DataFrame") -> "Figure":
    """Two panels side by side, and what the letters stand for."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    left = Box(GAP_IN, 0.28, GAP_IN + WIDTHS_IN[0], HEIGHT_IN - GAP_IN)
    right = Box(left.right + GAP_IN, 0.28, left.right + GAP_IN + WIDTHS_IN[1], HEIGHT_IN - GAP_IN)
    codec = Node("Point-cloud\ncodec", fill=ENTROPY, width=0.86, height=0.44, size=9)
    judge = Node("Classifier", fill=SYNTHESIS, width=0.72, height=0.34, size=9)
    _panel(diagram, left, "(a) input compression", 1, [
        Node("$x$", CLOUD), codec, Node(r"$\hat{x}$", CLOUD), judge, Node(r"$\hat{t}$", CLASSES)])
    model = Node("Entropy\nmodel", fill=ENTROPY, width=0.74, height=0.44, size=9)
    _panel(diagram, right, "(b) proposed", 3, [
        Node("$x$", CLOUD), _transform("$g_a$", ANALYSIS), Node("$y$", LATENT), model, Node(r"$\hat{y}$", LATENT),
        _transform("$g_s$", SYNTHESIS), Node(r"$\hat{t}$", CLASSES)])
    diagram.label(diagram.width / 2, 0.13, legend(points), 7.5, color=style.FAINT)
    return diagram.figure


def _transform(words: str, fill: str) -> Node:
    return Node(words, fill=fill, width=0.44, height=0.34, size=10)


def _panel(diagram: Diagram, panel: Box, title: str, coder: int, nodes: list[Node]) -> None:
    """A chain with the rate below its coder."""
    diagram.panel(panel, "#fbfbfb", title)
    boxes = diagram.chain(nodes, panel.left + 0.16, panel.right - 0.14, LANE_IN)
    coded = boxes[coder]
    rate = diagram.label(coded.x + 0.3, LANE_IN - 0.47, "$R$", 11)
    diagram.arrow(coded.south, (coded.x, rate.y), (rate.left - 0.03, rate.y), dashed=True)


def legend(points: "pandas.DataFrame") -> str:
    """What the letters stand for, of each size."""
    own = {size: _layers.network(points, _point_networks.PROPOSED, size)
           for size in _layers.configurations(points, _point_networks.PROPOSED)}
    latents = ", ".join(f"{_point_networks.latent(network)} ({size})" for size, network in own.items())
    classes = sorted({_point_networks.classes(network) for network in own.values()})
    return f"$N$ = {latents};   $T$ = {', '.join(map(str, classes))}"
