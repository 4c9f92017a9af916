"""The auxiliary decoder: y_hat, detached from the codec, turned back into points to look at."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _stacks, style
from lcpc.figures._point_networks import CLASSES, CLOUD, LATENT, PROPOSED, RECONSTRUCTION
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, PLAIN, SIDE_SYNTHESIS, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("The reconstruction network of each codec size, for looking only: it sees the decoded latent y_hat detached, so "
           "that no gradient reaches the codec, and is trained on the Chamfer distance to the cloud x. Layers and widths are "
           "read off the built modules")
STEM = "reconstruction_network"
STEP_IN, TOP_IN, MARGIN_IN, LABEL_IN = 0.5, 1.08, 0.06, 0.8
DETACH = "detach"


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the auxiliary decoders, and of the codecs that they listen to."""
    return _layers.measured(results, STEM, RECONSTRUCTION, PROPOSED)


def draw(points: "pandas.DataFrame") -> "Figure":
    """The codec above, the decoders of all sizes below it, between them the arrow that no gradient passes."""
    sizes = _layers.configurations(points, RECONSTRUCTION)
    panel = Box(MARGIN_IN, MARGIN_IN, style.PAGE_IN - MARGIN_IN, MARGIN_IN + 0.3 + STEP_IN * len(sizes))
    diagram = Diagram(style.PAGE_IN, panel.top + TOP_IN)
    codec = _codec(diagram, panel.top + 0.72)
    diagram.panel(panel, "#f1faf5", "reconstruction networks")
    for rank, size in enumerate(sizes):
        y = panel.top - 0.28 - (rank + 0.5) * STEP_IN
        _decoder(diagram, _layers.network(points, RECONSTRUCTION, size), size, y, panel)
    _tap(diagram, codec, panel, DETACH in set(points["layer"]))
    return diagram.figure


def _codec(diagram: Diagram, y: float) -> dict[str, Box]:
    nodes = {"x": Node("$x$", CLOUD), "g_a": Node("$g_a$", fill=ANALYSIS, width=0.44, height=0.32, size=10),
             "y": Node("$y$", LATENT), "model": Node("Entropy\nmodel", fill=ENTROPY, width=0.74, height=0.42, size=9),
             "y_hat": Node(r"$\hat{y}$", LATENT), "g_s": Node("Classifier", fill=SYNTHESIS, height=0.32, size=9),
             "t": Node(r"$\hat{t}$", CLASSES)}
    return dict(zip(nodes, diagram.chain(list(nodes.values()), 0.3, style.PAGE_IN - 0.3, y), strict=True))


def _decoder(diagram: Diagram, network: "pandas.DataFrame", size: str, y: float, panel: Box) -> None:
    """One size: N, the linear layers with what stands behind each, the cloud."""
    diagram.label(panel.left + 0.1, y, size, 9, ha="left", weight="bold")
    layers = network[network["layer"] != DETACH]
    nodes = [Node(r"$\hat{y}$", str(layers["c_in"].iloc[0]))]
    for line in _stacks.lines(layers):
        nodes.append(Node(_stacks.words(line), fill=SIDE_SYNTHESIS if _stacks.is_wide(line) else PLAIN, height=0.26))
    positions, axes = _layers.sizes(str(layers["output_shape"].iloc[-1]))
    nodes.append(Node(r"$\hat{x}$", rf"${positions}{_layers.TIMES}{axes}$"))
    diagram.chain(nodes, panel.left + LABEL_IN, panel.right - 0.22, y)


def _tap(diagram: Diagram, codec: dict[str, Box], panel: Box, detached: bool) -> None:
    """From y_hat down to the decoders; a double bar and a word where the gradient stops, and the loss."""
    x, top, middle = codec["y_hat"].x, codec["y_hat"].bottom - 0.04, (codec["y_hat"].bottom + panel.top) / 2 + 0.02
    if detached:
        diagram.arrow((x, top), (x, middle + 0.03), head=False)
        for bar in (middle + 0.03, middle - 0.01):
            diagram.arrow((x - 0.09, bar), (x + 0.09, bar), head=False)
        diagram.label(x + 0.15, middle + 0.01, "detached: no gradient passes", 7.5, ha="left", color=style.FAINT)
    diagram.arrow((x, middle - 0.01 if detached else top), (x, panel.top))
    diagram.label(x - 0.4, middle + 0.01, r"trained on the Chamfer distance of $x$ and $\hat{x}$", 7.5, ha="right",
                  color=style.FAINT)
