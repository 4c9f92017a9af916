"""The proposed point codecs from blocks to MLP, with a block and the MLP opened."""

from lcpc.figures import _layers, _point_networks, style
from lcpc.figures._point_networks import CLASSES, CLOUD, LATENT, PROPOSED
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, PLAIN, SHAPE_PT, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("The proposed codecs. Each encoder block says its channels, the groups of its "
           "convolution behind a stroke; the pool takes the maximum over the points; v and w are "
           "trained gains, times a constant. Below, the blocks and the MLP opened. All of it is "
           "read off the built modules")
STEM = "codec_architecture_detailed"
LANE_IN, FOOT_IN, OPENED_IN, MARGIN_IN = 0.92, 1.46, 1.06, 0.06
BLOCK_IN = (0.29, 0.62)
COLUMNS = {"x": 0.58, "blocks": 1.54, "pool": 3.0, "gain": 3.53, "y": 3.88, "model": 4.58,
           "y_hat": 5.3, "regain": 5.68, "MLP": 6.24, "t": 6.9}
"""Middles of the nodes of a lane, inches."""
POOL = Node("max over\npoints", fill=PLAIN, width=0.6, height=0.44, size=8.0)
GAIN = Node(r"$\times$", gate=True, width=0.2, height=0.2, size=9)
MODEL = Node("Entropy\nmodel", fill=ENTROPY, width=0.72, height=0.44, size=8.5)
HEAD = Node("MLP", fill=SYNTHESIS, width=0.5, height=0.34, size=9)


def points(results: Results) -> DataFrame:
    """The layers of the proposed codecs."""
    return _layers.measured(results, STEM, PROPOSED)


def draw(points: DataFrame) -> Figure:
    """One lane a size, then the block and the MLP opened."""
    networks = _layers.networks(points, PROPOSED)
    diagram = Diagram(style.PAGE_IN, FOOT_IN + LANE_IN * len(networks))
    for rank, (size, network) in enumerate(networks.items()):
        _lane(diagram, size, network, diagram.height - (rank + 0.5) * LANE_IN)
    half, top = (style.PAGE_IN - 3 * MARGIN_IN) / 2, FOOT_IN - 0.08
    left = Box(MARGIN_IN, MARGIN_IN, MARGIN_IN + half, top)
    _open_blocks(diagram, left, networks)
    right = Box(left.right + MARGIN_IN, MARGIN_IN, style.PAGE_IN - MARGIN_IN, top)
    _open_classifier(diagram, right, networks)
    return diagram.figure


def _lane(diagram: Diagram, size: str, network: DataFrame, y: float) -> None:
    """One size from the cloud to the logits."""
    latent, classes = _point_networks.latent(network), _point_networks.classes(network)
    diagram.label(0.08, y, size, 9, ha="left", weight="bold")
    strip = diagram.strip(_point_networks.encoder_nodes(network, *BLOCK_IN), COLUMNS["blocks"], y)
    cloud = diagram.node(Node("$x$", CLOUD), COLUMNS["x"], y)
    nodes = {"pool": POOL, "gain": GAIN, "y": Node("$y$", str(latent)), "model": MODEL,
             "y_hat": Node(r"$\hat{y}$", str(latent)), "regain": GAIN, "MLP": HEAD,
             "t": Node(r"$\hat{t}$", str(classes))}
    placed = [(node, COLUMNS[name]) for name, node in nodes.items()]
    boxes = dict(zip(nodes, diagram.linked(placed, y), strict=True))
    pool, model = boxes["pool"], boxes["model"]
    diagram.arrow((cloud.right + 0.02, y), (strip.left - 0.01, y))
    diagram.arrow((strip.right + 0.01, y), (pool.left - 0.01, y))
    diagram.label((strip.right + pool.left) / 2 - 0.02, y + 0.045, rf"${latent}{_layers.TIMES}P$",
                  SHAPE_PT, va="bottom", color=style.FAINT)
    _gain(diagram, boxes["gain"], "v", _layers.part(network, "gain"))
    _gain(diagram, boxes["regain"], "w", _layers.part(network, "decoder gain"))
    rate = diagram.label(model.x + 0.3, model.bottom - 0.13, "$R$", 10)
    diagram.arrow(model.south, (model.x, rate.y), (rate.left - 0.03, rate.y), dashed=True)


def _gain(diagram: Diagram, gate: Box, letter: str, layer: DataFrame) -> None:
    """The trained gain below its gate, with its constant factor."""
    words = rf"${layer['setting'].iloc[0]:g}\,{letter}$"
    label = diagram.label(gate.x, gate.bottom - 0.26, words, 9)
    diagram.arrow((gate.x, label.top + 0.02), (gate.x, gate.bottom))


def _open_blocks(diagram: Diagram, panel: Box, networks: dict[str, DataFrame]) -> None:
    """Each kind of block there is, and which blocks are not of the first kind."""
    diagram.panel(panel, "#f4f8fc", "encoder block: channels/groups")
    kinds = _kinds_of_blocks(networks)
    step = (panel.top - panel.bottom - 0.24) / len(kinds)
    for rank, (words, names) in enumerate(kinds.items()):
        y = panel.top - 0.22 - (rank + 0.5) * step
        others = "all others" if len(kinds) > 1 else "all"
        title = "\n".join(names) if rank else others
        diagram.label(panel.left + 0.08, y, title, 7.5, ha="left", color=style.FAINT)
        nodes = [Node(word, fill=ANALYSIS, height=0.36, size=8) for word in words]
        first, *_, last = diagram.chain(nodes, panel.left + 0.8, panel.right - 0.3, y)
        diagram.arrow((first.left - 0.24, y), (first.left, y))
        diagram.arrow((last.right, y), (last.right + 0.24, y))


def _kinds_of_blocks(networks: dict[str, DataFrame]) -> dict[tuple[str, ...], list[str]]:
    """Names of the blocks that have the same words."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for size, network in networks.items():
        for block in _point_networks.blocks(network):
            words = tuple(_point_networks.block_words(block))
            kinds.setdefault(words, []).append(f"{size} {_point_networks.width(block)}")
    return kinds


def _open_classifier(diagram: Diagram, panel: Box, networks: dict[str, DataFrame]) -> None:
    """Its layers side by side, N before and T after them."""
    diagram.panel(panel, "#fef6ea", "MLP")
    nodes = _point_networks.classifier_nodes(*networks.values(), height=OPENED_IN)
    strip = diagram.strip(nodes, panel.x, panel.y)
    before = diagram.label(panel.left + 0.5, panel.y, LATENT, 9)
    after = diagram.label(panel.right - 0.5, panel.y, CLASSES, 9)
    diagram.arrow((before.right + 0.04, panel.y), (strip.left, panel.y))
    diagram.arrow((strip.right, panel.y), (after.left - 0.04, panel.y))
