"""PointNet without transforms: one MLP for every point, a max over the points, a classifier."""

from collections.abc import Sequence

from lcpc.figures import _layers, _point_networks, style
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import PLAIN, WORDS_PT, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("PointNet as the classifier of decoded clouds: one MLP h for all points, its weights "
           "shared, then a max over the points (pi), then the classifier gamma; so the order of "
           "the points does not count. Numbers are the channels behind each block, read off the "
           "built modules")
STEM = "pointnet"
HEIGHT_IN, BLOCK_IN = 2.35, (0.5, 0.26)
LANES = {"x_1": 1.83, "x_2": 1.33, "x_P": 0.58}
"""Heights of the points that are shown, inches."""


def points(results: Results) -> DataFrame:
    """The layers of the PointNet that classifies decoded clouds."""
    return _layers.measured(results, STEM, _point_networks.POINTNET)


def draw(points: DataFrame) -> Figure:
    """From the points on the left to the logits on the right, the formula above."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    network = points.sort_values("index", kind="stable")
    lanes = [_lane(diagram, network, letter, y) for letter, y in LANES.items()]
    strip, feature = lanes[0]
    _shared(diagram, network, strip, feature)
    pool = _pool(diagram, [feature for _, feature in lanes])
    _classifier(diagram, network, pool)
    formula = r"$\hat{t}=(\gamma\circ\pi)\,(h(x_1),\,\ldots,\,h(x_P))$"
    diagram.label(diagram.width / 2, HEIGHT_IN - 0.14, formula, 10.5)
    return diagram.figure


def _lane(diagram: Diagram, network: DataFrame, letter: str, y: float) -> tuple[Box, Box]:
    """One point through its copy of the MLP: the places of its blocks and of its features."""
    nodes = _point_networks.encoder_nodes(network, *BLOCK_IN)
    point = diagram.node(Node(f"${letter}$"), 0.2, y)
    strip = diagram.strip(nodes, 0.6 + BLOCK_IN[0] * len(nodes) / 2, y)
    feature = diagram.node(Node(f"$h({letter})$", size=10), strip.right + 0.55, y)
    diagram.arrow((point.right + 0.02, y), (strip.left - 0.01, y))
    diagram.arrow((strip.right + 0.01, y), (feature.left - 0.01, y))
    return strip, feature


def _shared(diagram: Diagram, network: DataFrame, strip: Box, feature: Box) -> None:
    high, second, low = LANES.values()
    place = Box(strip.left - 0.1, low - 0.5, strip.right + 0.1, high + 0.23)
    panel = diagram.panel(place, "#f4f8fc")
    block = _point_networks.blocks(network)[0]
    words = ", ".join(_point_networks.block_words(block)).replace("\n", " ")
    text = f"$h$, the same weights for every point;\neach block {words}"
    diagram.label(panel.x, panel.bottom + 0.06, text, 7.5, va="bottom")
    for x in (0.2, strip.x, feature.x):
        diagram.label(x, (second + low) / 2, "⋮", 10)


def _pool(diagram: Diagram, features: Sequence[Box]) -> Box:
    high, _, low = LANES.values()
    left = max(feature.right for feature in features) + 0.25
    pool = Box(left, low - 0.18, left + 0.55, high + 0.18)
    diagram.box(pool, "max\nover\npoints\n\n$\\pi$", PLAIN, WORDS_PT)
    for y, feature in zip(LANES.values(), features, strict=True):
        diagram.arrow((feature.right + 0.02, y), (pool.left, y))
    return pool


def _classifier(diagram: Diagram, network: DataFrame, pool: Box) -> None:
    nodes = _point_networks.classifier_nodes(network, height=1.2)
    width = sum(diagram.size(node)[0] for node in nodes)
    right, y = diagram.width - 0.45, pool.y
    panel = diagram.panel(Box(right - width - 0.2, y - 0.9, right, y + 0.72), "#fef6ea")
    strip = diagram.strip(nodes, panel.x, y)
    diagram.label(panel.x, panel.bottom + 0.06, r"$\gamma$", 10, va="bottom")
    diagram.arrow((pool.right, y), (strip.left - 0.01, y))
    latent = str(_point_networks.latent(network))
    diagram.label((pool.right + panel.left) / 2, y + 0.05, latent, 7.5, va="bottom",
                  color=style.FAINT)
    output = Node(r"$\hat{t}$", str(_point_networks.classes(network)))
    end = diagram.node(output, diagram.width - 0.16, y)
    diagram.arrow((strip.right + 0.01, y), (end.left - 0.01, y))
