"""Two ways to classify a compressed cloud: compress the input, or the proposed codec."""

from lcpc.figures import _layers, _point_networks, style
from lcpc.figures._point_networks import CLASSES, CLOUD, LATENT, POINTNET, PROPOSED, transform_node
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("(a) Input compression: a point cloud codec sends the cloud x at a rate R, a classifier "
           "judges the decoded cloud. (b) Proposed: g_a sends N numbers that are made for the "
           "classification, g_s turns them into the answer. P points, T classes; N is read off the "
           "built modules of each codec size")
STEM = "codec_architectures"
HEIGHT_IN, LANE_IN, GAP_IN, BOTTOM_IN, LEFT_WIDTH_IN = 1.62, 0.98, 0.06, 0.28, 2.92


def points(results: Results) -> DataFrame:
    """The layers of the proposed codecs, and of the PointNet that classifies decoded clouds."""
    return _layers.measured(results, STEM, PROPOSED, POINTNET)


def draw(points: DataFrame) -> Figure:
    """Two panels side by side, and the numbers of the letters."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    middle, top = GAP_IN + LEFT_WIDTH_IN, HEIGHT_IN - GAP_IN
    left = Box(GAP_IN, BOTTOM_IN, middle, top)
    right = Box(middle + GAP_IN, BOTTOM_IN, style.PAGE_IN - GAP_IN, top)
    cloud, answer = Node("$x$", CLOUD), Node(r"$\hat{t}$", CLASSES)
    codec = Node("Point-cloud\ncodec", fill=ENTROPY, width=0.86, height=0.44, size=9)
    classifier = Node("Classifier", fill=SYNTHESIS, width=0.72, height=0.34, size=9)
    compressed = [cloud, codec, Node(r"$\hat{x}$", CLOUD), classifier, answer]
    _panel(diagram, left, "(a) input compression", 1, compressed)
    encoder, decoder = transform_node("$g_a$", ANALYSIS), transform_node("$g_s$", SYNTHESIS)
    y, y_hat = Node("$y$", LATENT), Node(r"$\hat{y}$", LATENT)
    proposed = [cloud, encoder, y, _point_networks.model_node(), y_hat, decoder, answer]
    _panel(diagram, right, "(b) proposed", 3, proposed)
    diagram.label(diagram.width / 2, 0.13, legend(points), 7.5, color=style.FAINT)
    return diagram.figure


def _panel(diagram: Diagram, panel: Box, title: str, coder: int, nodes: list[Node]) -> None:
    """A chain with the rate below its coder."""
    diagram.panel(panel, "#fbfbfb", title)
    boxes = diagram.chain(nodes, panel.left + 0.16, panel.right - 0.14, LANE_IN)
    coded = boxes[coder]
    rate = diagram.label(coded.x + 0.3, LANE_IN - 0.47, "$R$", 11)
    diagram.arrow(coded.south, (coded.x, rate.y), (rate.left - 0.03, rate.y), dashed=True)


def legend(points: DataFrame) -> str:
    """The numbers of the letters, of each size."""
    networks = _layers.networks(points, PROPOSED)
    latents = [f"{_point_networks.latent(network)} ({size})" for size, network in networks.items()]
    classes = sorted({_point_networks.classes(network) for network in networks.values()})
    return f"$N$ = {', '.join(latents)};   $T$ = {', '.join(map(str, classes))}"
