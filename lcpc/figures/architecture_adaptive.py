"""The proposed image codec: the histogram of y is itself compressed, and decoded again into the distributions that code y."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _stacks, style
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, PLAIN, SIDE_ANALYSIS, SIDE_SYNTHESIS, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("The proposed image codec: h_a,q compresses the histograms p of the latent y to q, which is coded with an entropy "
           "model of its own at a rate R_q; h_s,q makes of it the distributions p_hat that y is coded with, at a rate R_y, the "
           "cross-entropy of p and p_hat. Shapes and strides are read off the built modules")
STEM = "architecture_adaptive"
BASE, MODEL = "bmshj2018-factorized", "distribution"
HEIGHT_IN, SIDE_IN = 3.3, 0.3
LANES = {"image": 2.8, "histogram": 2.26, "default": 1.83, "distribution": 1.3, "R_q": 0.86, "R_y": 0.53, "legend": 0.13}


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the base codec and of the distribution model, of each rate."""
    return _layers.measured(results, STEM, BASE, MODEL)


def draw(points: "pandas.DataFrame") -> "Figure":
    """The base codec above, the codec of its distributions below, p_hat going up into the entropy model of y."""
    diagram = Diagram(style.PAGE_IN, HEIGHT_IN)
    above, below = _image_lane(diagram, points), _distribution_lane(diagram, points)
    _between(diagram, above, below)
    _rates(diagram, below)
    if "default" in set(points["part"]):
        _default(diagram, below)
    diagram.label(diagram.width / 2, LANES["legend"], legend(points), 7.5, color=style.FAINT)
    return diagram.figure


def _box(words: str, fill: str) -> Node:
    return Node(words, fill=fill, width=0.55, height=0.34, size=10)


def _model() -> Node:
    return Node("Entropy\nmodel", fill=ENTROPY, width=0.8, height=0.46, size=9)


def _image_lane(diagram: Diagram, points: "pandas.DataFrame") -> dict[str, Box]:
    rate = _layers.configurations(points, BASE)[0]
    base = _layers.network(points, BASE, rate)
    g_a, g_s = _layers.part(base, "g_a"), _layers.part(base, "g_s")
    image, made = (_layers.of_image(str(shape)) for shape in (g_a["input_shape"].iloc[0], g_s["output_shape"].iloc[-1]))
    latent = _layers.of_image(str(g_a["output_shape"].iloc[-1]), "M_y")
    nodes = {"x": Node("$x$", image), "g_a": _box("$g_a$", ANALYSIS), "y": Node("$y$", latent), "model": _model(),
             "y_hat": Node(r"$\hat{y}$", latent), "g_s": _box("$g_s$", SYNTHESIS), "x_hat": Node(r"$\hat{x}$", made)}
    return _lane(diagram, nodes, LANES["image"])


def _distribution_lane(diagram: Diagram, points: "pandas.DataFrame") -> dict[str, Box]:
    rate = _layers.configurations(points, MODEL)[0]
    layers = _layers.part(_layers.network(points, MODEL, rate), "h_a,q")
    bins, places = (_layers.sizes(str(shape))[1] for shape in (layers["input_shape"].iloc[0], layers["output_shape"].iloc[-1]))
    latent = rf"$M_q\!\times\!B/{bins // places}$"
    nodes = {"p": Node(r"$\boldsymbol{p}$", r"$M_y\!\times\!B$"), "h_a": _box("$h_{a,q}$", SIDE_ANALYSIS),
             "q": Node(r"$\boldsymbol{q}$", latent), "model": _model(), "q_hat": Node(r"$\hat{\boldsymbol{q}}$", latent),
             "h_s": _box("$h_{s,q}$", SIDE_SYNTHESIS), "p_hat": Node(r"$\hat{\boldsymbol{p}}$")}
    return _lane(diagram, nodes, LANES["distribution"])


def _lane(diagram: Diagram, nodes: dict[str, Node], y: float) -> dict[str, Box]:
    return dict(zip(nodes, diagram.chain(list(nodes.values()), SIDE_IN, diagram.width - SIDE_IN, y), strict=True))


def _between(diagram: Diagram, above: dict[str, Box], below: dict[str, Box]) -> None:
    """y down into the histogram and on to p; p_hat up into the entropy model of y."""
    histogram = diagram.node(Node("Histogram", fill=PLAIN, height=0.26, size=9), above["y"].x, LANES["histogram"])
    diagram.arrow((above["y"].x, above["y"].bottom - 0.02), (above["y"].x, histogram.top + 0.01))
    p = below["p"]
    diagram.arrow(histogram.west, (p.x, histogram.y), (p.x, p.top + 0.2))
    p_hat, model = below["p_hat"], above["model"]
    diagram.arrow((p_hat.x, p_hat.top + 0.03), (p_hat.x, histogram.y), (model.x, histogram.y), (model.x, model.bottom))
    diagram.label((model.x + p_hat.x) / 2, histogram.y + 0.03, r"$M_y\!\times\!B$", 6.8, va="bottom", color=style.FAINT)


def _rates(diagram: Diagram, below: dict[str, Box]) -> None:
    model = below["model"]
    rate = diagram.label(model.x + 0.28, LANES["R_q"], "$R_q$", 11)
    diagram.arrow(model.south, (model.x, rate.y), (rate.left - 0.03, rate.y), dashed=True)
    rate = diagram.label(model.x, LANES["R_y"], "$R_y$", 11)
    for box, edge in ((below["p"], rate.left - 0.05), (below["p_hat"], rate.right + 0.05)):
        diagram.arrow((box.x, box.bottom - 0.03), (box.x, rate.y), (edge, rate.y), dashed=True)


def _default(diagram: Diagram, below: dict[str, Box]) -> None:
    """The base's own distributions, which both transforms see where the built model has them."""
    node = Node("default distributions", fill=PLAIN, height=0.24)
    box = diagram.node(node, below["model"].x, LANES["default"])
    for end, start in ((below["h_a"], box.west), (below["h_s"], box.east)):
        diagram.arrow(start, (end.x, box.y), (end.x, end.top))


def legend(points: "pandas.DataFrame") -> str:
    """What the letters stand for at each rate, in one line."""
    told = []
    for rate in _layers.configurations(points, MODEL):
        layers = _layers.part(_layers.network(points, MODEL, rate), "h_a,q")
        m_y, bins = _layers.sizes(str(layers["input_shape"].iloc[0]))
        told.append(f"{_stacks.rate(rate)}: $M_y={m_y}$, $B={bins}$, $M_q={layers['c_out'].iloc[-1]}$")
    return ";   ".join(told)
