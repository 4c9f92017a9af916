"""PointNet: the same MLP for every point, a max over the points, a classifier; as built, so without transforms."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _point_networks, style
from lcpc.figures.diagrams import ANALYSIS, PLAIN, WORDS_PT, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("PointNet as the classifier of decoded clouds: one MLP h for all points, its weights shared, then a max over the "
           "points (pi), then the classifier gamma; so the order of the points does not count. Numbers are the channels "
           "behind each block, read off the built modules")
STEM = "pointnet"
HEIGHT_IN, TOP_IN, STEP_IN, BLOCK_IN = 2.35, 1.83, 0.5, (0.5, 0.26)
ROWS = ("x_1", "x_2", "x_P")


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the PointNet that judges decoded clouds."""
    return _layers.measured(results, STEM, _point_networks.POINTNET)


def draw(points: "pandas.DataFrame") -> "Figure":
    """From the points on the left to the logits on the right, the formula above."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    network = points.sort_values("index", kind="stable")
    lanes = [TOP_IN, TOP_IN - STEP_IN, TOP_IN - 2.5 * STEP_IN]
    features = [_lane(diagram, network, letter, y) for letter, y in zip(ROWS, lanes, strict=True)]
    _shared(diagram, network, features, lanes)
    pool = _pool(diagram, features, lanes)
    _classifier(diagram, network, pool)
    diagram.label(diagram.width / 2, HEIGHT_IN - 0.14, r"$\hat{t}=(\gamma\circ\pi)\,(h(x_1),\,\ldots,\,h(x_P))$", 10.5)
    return diagram.figure


def _lane(diagram: Diagram, network: "pandas.DataFrame", letter: str, y: float) -> tuple[Box, Box]:
    """One point through its copy of the MLP: where its blocks stand, and where its features do."""
    width, height = BLOCK_IN
    found = [Node(_point_networks.width(block), fill=ANALYSIS, width=width, height=height, size=7.5)
             for block in _point_networks.blocks(network)]
    point = diagram.node(Node(f"${letter}$"), 0.2, y)
    strip = diagram.strip(found, 0.6 + width * len(found) / 2, y)
    feature = diagram.node(Node(f"$h({letter})$", size=10), strip.right + 0.55, y)
    diagram.arrow((point.right + 0.02, y), (strip.left - 0.01, y))
    diagram.arrow((strip.right + 0.01, y), (feature.left - 0.01, y))
    return strip, feature


def _shared(diagram: Diagram, network: "pandas.DataFrame", features: list[tuple[Box, Box]], lanes: list[float]) -> None:
    strip = features[0][0]
    panel = diagram.panel(Box(strip.left - 0.1, lanes[-1] - 0.5, strip.right + 0.1, lanes[0] + 0.23), "#f4f8fc")
    words = ", ".join(_point_networks.block_words(_point_networks.blocks(network)[0])).replace("\n", " ")
    diagram.label(panel.x, panel.bottom + 0.06, f"$h$, the same weights for every point;\neach block {words}", 7.5, va="bottom")
    for x in (0.2, strip.x, features[0][1].x):
        diagram.label(x, (lanes[1] + lanes[2]) / 2, "⋮", 10)


def _pool(diagram: Diagram, features: list[tuple[Box, Box]], lanes: list[float]) -> Box:
    left = max(feature.right for _, feature in features) + 0.25
    pool = Box(left, lanes[-1] - 0.18, left + 0.55, lanes[0] + 0.18)
    diagram.box(pool, "max\nover\npoints\n\n$\\pi$", PLAIN, WORDS_PT)
    for y, (_, feature) in zip(lanes, features, strict=True):
        diagram.arrow((feature.right + 0.02, y), (pool.left, y))
    return pool


def _classifier(diagram: Diagram, network: "pandas.DataFrame", pool: Box) -> None:
    nodes = _point_networks.classifier_nodes(network, height=1.2)
    width = sum(diagram.size(node)[0] for node in nodes)
    right = diagram.width - 0.45
    panel = Box(right - width - 0.2, pool.y - 0.9, right, pool.y + 0.72)
    diagram.panel(panel, "#fef6ea")
    strip = diagram.strip(nodes, panel.x, pool.y)
    diagram.label(panel.x, panel.bottom + 0.06, r"$\gamma$", 10, va="bottom")
    diagram.arrow((pool.right, pool.y), (strip.left - 0.01, pool.y))
    diagram.label((pool.right + panel.left) / 2, pool.y + 0.05, str(_point_networks.latent(network)), 7.5, va="bottom",
                  color=style.FAINT)
    output = Node(r"$\hat{t}$", str(_point_networks.classes(network)))
    end = diagram.node(output, diagram.width - 0.16, pool.y)
    diagram.arrow((strip.right + 0.01, pool.y), (end.left - 0.01, pool.y))
