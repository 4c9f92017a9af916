"""The proposed image codec: y's histogram is compressed, and decoded into distributions of y."""

from lcpc.figures import _layers, _stacks, style
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import (
    ANALYSIS,
    ENTROPY,
    PLAIN,
    SIDE_ANALYSIS,
    SIDE_SYNTHESIS,
    SYNTHESIS,
    Box,
    Diagram,
    Node,
)
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("The proposed image codec: h_a,q compresses the histograms p of the latent y to q, "
           "which is coded with an entropy model of its own at a rate R_q; h_s,q makes of it the "
           "distributions p_hat that y is coded with, at a rate R_y, the cross-entropy of p and "
           "p_hat. Shapes and strides are read off the built modules")
STEM = "architecture_adaptive"
BASE, MODEL = "bmshj2018-factorized", "distribution"
HEIGHT_IN, SIDE_IN = 3.3, 0.3
LANES = {"image": 2.8, "histogram": 2.26, "default": 1.83, "distribution": 1.3,
         "R_q": 0.86, "R_y": 0.53, "legend": 0.13}
HISTOGRAMS = r"$M_y\!\times\!B$"


def points(results: Results) -> DataFrame:
    """The layers of the base codec and of the distribution model, of each rate."""
    return _layers.measured(results, STEM, BASE, MODEL)


def draw(points: DataFrame) -> Figure:
    """The base codec, below it that of its distributions, p_hat going up into y's model."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    image = _image_lane(diagram, points)
    distribution = _distribution_lane(diagram, points)
    _between(diagram, image, distribution)
    _rates(diagram, distribution)
    if "default" in set(points["part"]):
        _default(diagram, distribution)
    diagram.label(diagram.width / 2, LANES["legend"], legend(points), 7.5, color=style.FAINT)
    return diagram.figure


def _box(words: str, fill: str) -> Node:
    return Node(words, fill=fill, width=0.55, height=0.34, size=10)


def _model() -> Node:
    return Node("Entropy\nmodel", fill=ENTROPY, width=0.8, height=0.46, size=9)


def _image_lane(diagram: Diagram, points: DataFrame) -> dict[str, Box]:
    base = _layers.first_network(points, BASE)
    g_a, g_s = _layers.part(base, "g_a"), _layers.part(base, "g_s")
    latent = _layers.of_image(_layers.shape_out(g_a), "M_y")
    nodes = {
        "x": Node("$x$", _layers.of_image(_layers.shape_in(g_a))), "g_a": _box("$g_a$", ANALYSIS),
        "y": Node("$y$", latent), "model": _model(), "y_hat": Node(r"$\hat{y}$", latent),
        "g_s": _box("$g_s$", SYNTHESIS),
        "x_hat": Node(r"$\hat{x}$", _layers.of_image(_layers.shape_out(g_s)))}
    return _lane(diagram, nodes, LANES["image"])


def _distribution_lane(diagram: Diagram, points: DataFrame) -> dict[str, Box]:
    layers = _layers.part(_layers.first_network(points, MODEL), "h_a,q")
    bins = _layers.sizes(_layers.shape_in(layers))[1]
    places = _layers.sizes(_layers.shape_out(layers))[1]
    latent = rf"$M_q\!\times\!B/{bins // places}$"
    nodes = {
        "p": Node(r"$\boldsymbol{p}$", HISTOGRAMS), "h_a": _box("$h_{a,q}$", SIDE_ANALYSIS),
        "q": Node(r"$\boldsymbol{q}$", latent), "model": _model(),
        "q_hat": Node(r"$\hat{\boldsymbol{q}}$", latent), "h_s": _box("$h_{s,q}$", SIDE_SYNTHESIS),
        "p_hat": Node(r"$\hat{\boldsymbol{p}}$")}
    return _lane(diagram, nodes, LANES["distribution"])


def _lane(diagram: Diagram, nodes: dict[str, Node], y: float) -> dict[str, Box]:
    boxes = diagram.chain(list(nodes.values()), SIDE_IN, diagram.width - SIDE_IN, y)
    return dict(zip(nodes, boxes, strict=True))


def _between(diagram: Diagram, image: dict[str, Box], distribution: dict[str, Box]) -> None:
    """y down into the histogram and on to p; p_hat up into the entropy model of y."""
    y, model = image["y"], image["model"]
    node = Node("Histogram", fill=PLAIN, height=0.26, size=9)
    histogram = diagram.node(node, y.x, LANES["histogram"])
    diagram.arrow((y.x, y.bottom - 0.02), (y.x, histogram.top + 0.01))
    p, p_hat = distribution["p"], distribution["p_hat"]
    diagram.arrow(histogram.west, (p.x, histogram.y), (p.x, p.top + 0.2))
    corners = (p_hat.x, histogram.y), (model.x, histogram.y)
    diagram.arrow((p_hat.x, p_hat.top + 0.03), *corners, (model.x, model.bottom))
    diagram.label((model.x + p_hat.x) / 2, histogram.y + 0.03, HISTOGRAMS, 6.8, va="bottom",
                  color=style.FAINT)


def _rates(diagram: Diagram, distribution: dict[str, Box]) -> None:
    model = distribution["model"]
    rate = diagram.label(model.x + 0.28, LANES["R_q"], "$R_q$", 11)
    diagram.arrow(model.south, (model.x, rate.y), (rate.left - 0.03, rate.y), dashed=True)
    rate = diagram.label(model.x, LANES["R_y"], "$R_y$", 11)
    for name, edge in (("p", rate.left - 0.05), ("p_hat", rate.right + 0.05)):
        x, bottom = distribution[name].south
        diagram.arrow((x, bottom - 0.03), (x, rate.y), (edge, rate.y), dashed=True)


def _default(diagram: Diagram, distribution: dict[str, Box]) -> None:
    """The base's own distributions, which both transforms see where the built model has them."""
    node = Node("default distributions", fill=PLAIN, height=0.24)
    box = diagram.node(node, distribution["model"].x, LANES["default"])
    for name, start in (("h_a", box.west), ("h_s", box.east)):
        end = distribution[name]
        diagram.arrow(start, (end.x, box.y), (end.x, end.top))


def legend(points: DataFrame) -> str:
    """The numbers of the letters at each rate, in one line."""
    texts = []
    for name, network in _layers.networks(points, MODEL).items():
        layers = _layers.part(network, "h_a,q")
        m_y, bins = _layers.sizes(_layers.shape_in(layers))
        m_q = layers["c_out"].iloc[-1]
        texts.append(f"{_stacks.rate(name)}: $M_y={m_y}$, $B={bins}$, $M_q={m_q}$")
    return ";   ".join(texts)
