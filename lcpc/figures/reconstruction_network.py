"""The auxiliary decoder: y_hat, detached from the codec, turned back into points to look at."""

from lcpc.figures import _layers, _point_networks, _stacks, style
from lcpc.figures._point_networks import CLASSES, CLOUD, LATENT, PROPOSED, RECONSTRUCTION
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import ANALYSIS, PLAIN, SIDE_SYNTHESIS, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("The reconstruction network of each codec size, for looking only: it sees the decoded "
           "latent y_hat detached, so that no gradient reaches the codec, and is trained on the "
           "Chamfer distance to the cloud x. Layers and widths are read off the built modules")
STEM = "reconstruction_network"
STEP_IN, TOP_IN, MARGIN_IN, LABEL_IN = 0.5, 1.08, 0.06, 0.8
DETACH = "detach"


def points(results: Results) -> DataFrame:
    """The layers of the auxiliary decoders, and of the codecs whose latents they get."""
    return _layers.measured(results, STEM, RECONSTRUCTION, PROPOSED)


def draw(points: DataFrame) -> Figure:
    """The codec, below it the decoders of all sizes, and an arrow that no gradient passes."""
    networks = _layers.networks(points, RECONSTRUCTION)
    top = MARGIN_IN + 0.3 + STEP_IN * len(networks)
    panel = Box(MARGIN_IN, MARGIN_IN, style.PAGE_IN - MARGIN_IN, top)
    diagram = Diagram(style.PAGE_IN, top + TOP_IN)
    y_hat = _codec(diagram, top + 0.72)
    diagram.panel(panel, "#f1faf5", "reconstruction networks")
    for rank, (size, network) in enumerate(networks.items()):
        _decoder(diagram, network, size, top - 0.28 - (rank + 0.5) * STEP_IN, panel)
    _tap(diagram, y_hat, panel, DETACH in set(points["layer"]))
    return diagram.figure


def _codec(diagram: Diagram, y: float) -> Box:
    """The chain of the codec; the place of its y_hat."""
    before = [Node("$x$", CLOUD), _point_networks.transform_node("$g_a$", ANALYSIS, 0.32),
              Node("$y$", LATENT), _point_networks.model_node(0.42)]
    after = [Node(r"$\hat{y}$", LATENT), Node("Classifier", fill=SYNTHESIS, height=0.32, size=9),
             Node(r"$\hat{t}$", CLASSES)]
    boxes = diagram.chain([*before, *after], 0.3, style.PAGE_IN - 0.3, y)
    return boxes[len(before)]


def _decoder(diagram: Diagram, network: DataFrame, size: str, y: float, panel: Box) -> None:
    """One size: N, the linear layers with those between them, the cloud."""
    diagram.label(panel.left + 0.1, y, size, 9, ha="left", weight="bold")
    layers = network[network["layer"] != DETACH]
    nodes = [Node(r"$\hat{y}$", str(layers["c_in"].iloc[0]))]
    for line in _stacks.lines(layers):
        fill = SIDE_SYNTHESIS if _stacks.is_wide(line) else PLAIN
        nodes.append(Node(_stacks.words(line), fill=fill, height=0.26))
    nodes.append(Node(r"$\hat{x}$", _layers.plain(_layers.shape_out(layers))))
    diagram.chain(nodes, panel.left + LABEL_IN, panel.right - 0.22, y)


def _tap(diagram: Diagram, y_hat: Box, panel: Box, is_detached: bool) -> None:
    """From y_hat down to the decoders; a double bar where the gradient stops, and the loss."""
    x, top = y_hat.x, y_hat.bottom - 0.04
    middle = (y_hat.bottom + panel.top) / 2 + 0.02
    label_y, below = middle + 0.01, middle - 0.01
    if is_detached:
        diagram.arrow((x, top), (x, middle + 0.03), head=False)
        for bar in (middle + 0.03, below):
            diagram.arrow((x - 0.09, bar), (x + 0.09, bar), head=False)
        words = "detached: no gradient passes"
        diagram.label(x + 0.15, label_y, words, 7.5, ha="left", color=style.FAINT)
    diagram.arrow((x, below if is_detached else top), (x, panel.top))
    words = r"trained on the Chamfer distance of $x$ and $\hat{x}$"
    diagram.label(x - 0.4, label_y, words, 7.5, ha="right", color=style.FAINT)
