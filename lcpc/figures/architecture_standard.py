"""The standard learned codec: x, g_a, y, Q, entropy model, y_hat, g_s, x_hat, and the loss; g_a and g_s opened."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _stacks, style
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("A learned image codec (bmshj2018-factorized): the analysis transform g_a turns the image x into the latent y, "
           "which is quantised and coded with the distributions of the entropy model; the synthesis transform g_s makes the "
           "image x_hat of it. The transforms are opened below: channels (low and high rate) and positions behind each layer, "
           "read off the built modules")
STEM, MODEL = "architecture_standard", "bmshj2018-factorized"
LANE_IN, LOSS_IN, MARGIN_IN, HEAD_IN = 0.95, 0.26, 0.06, 0.27
PANEL_IN, BOX_IN = 2.98, 1.28


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the base codec, of each rate."""
    return _layers.measured(results, STEM, MODEL)


def draw(points: "pandas.DataFrame") -> "Figure":
    """The chain on top, its two transforms opened below, the loss between them."""
    found = {name: _stacks.lines(_layers.part(points, name)) for name in ("g_a", "g_s")}
    stack = max(_stacks.height(lines) for lines in found.values())
    panel_height = HEAD_IN + stack + 0.08
    diagram = Diagram(style.PAGE_IN, MARGIN_IN + panel_height + LANE_IN + LOSS_IN)
    lane = MARGIN_IN + panel_height + 0.36
    boxes = _chain(diagram, found, lane)
    top = MARGIN_IN + panel_height
    panels = {"g_a": Box(MARGIN_IN, MARGIN_IN, MARGIN_IN + PANEL_IN, top),
              "g_s": Box(style.PAGE_IN - MARGIN_IN - PANEL_IN, MARGIN_IN, style.PAGE_IN - MARGIN_IN, top)}
    for name, panel in panels.items():
        _open(diagram, panel, boxes[name], name, found[name])
    _loss(diagram, boxes, top)
    return diagram.figure


def _chain(diagram: Diagram, found: "dict[str, list[pandas.DataFrame]]", lane: float) -> dict[str, Box]:
    image = _layers.of_image(str(found["g_a"][0]["input_shape"].iloc[0]))
    latent = _layers.of_image(str(found["g_a"][-1]["output_shape"].iloc[0]), "M_y")
    made = _layers.of_image(str(found["g_s"][-1]["output_shape"].iloc[0]))
    nodes = {
        "x": Node("$x$", image),
        "g_a": Node("$g_a$", fill=ANALYSIS, width=0.42, height=0.32, size=10), "y": Node("$y$", latent),
        "Q": Node("Q", fill=ENTROPY, width=0.3, height=0.32, size=9), "rounded": Node(r"$\hat{y}$", latent),
        "entropy": Node("Entropy\nmodel", fill=ENTROPY, width=0.72, height=0.46, size=9), "y_hat": Node(r"$\hat{y}$", latent),
        "g_s": Node("$g_s$", fill=SYNTHESIS, width=0.42, height=0.32, size=10), "x_hat": Node(r"$\hat{x}$", made)}
    return dict(zip(nodes, diagram.chain(list(nodes.values()), 0.22, style.PAGE_IN - 0.22, lane), strict=True))


def _open(diagram: Diagram, panel: Box, box: Box, name: str, lines: "list[pandas.DataFrame]") -> None:
    diagram.panel(panel, ANALYSIS if name == "g_a" else SYNTHESIS)
    for corner, end in ((box.left, panel.left + 0.06), (box.right, panel.right - 0.06)):
        diagram.arrow((corner, box.bottom), (end, panel.top), head=False, dashed=True, colour=style.FAINT)
    left = panel.left + 0.08
    diagram.label(left + BOX_IN / 2, panel.top - 0.16, f"${name}$", size=9, va="baseline")
    boxes = _stacks.stack(diagram, left + BOX_IN / 2, panel.top - HEAD_IN, BOX_IN, lines)
    rates = list(dict.fromkeys(lines[0]["configuration"]))
    step = (panel.right - left - BOX_IN) / (len(rates) + 1.5)
    for rank, rate in enumerate(rates):
        x = left + BOX_IN + (rank + 0.5) * step
        _stacks.heading(diagram, x, panel.top - 0.16, rate if len(rates) > 1 else "channels")
        own = [line[line["configuration"] == rate] for line in lines]
        _stacks.column(diagram, x, boxes, own, lambda line: str(line["c_out"].iloc[-1]))
    x = panel.right - 0.75 * step
    _stacks.heading(diagram, x, panel.top - 0.16, "positions")
    _stacks.column(diagram, x, boxes, lines, lambda line: _positions(str(line["output_shape"].iloc[-1])))


def _positions(shape: str) -> str:
    return _layers.of_image(shape, "C").replace(f"C{_layers.TIMES}", "")


def _loss(diagram: Diagram, boxes: dict[str, Box], top: float) -> None:
    """Rate below the entropy model, distortion over the chain, and what is trained on."""
    x, high, below = diagram.width / 2, diagram.height - 0.13, boxes["entropy"].bottom
    rate = diagram.label(x, top - 0.28, "$R$", size=11)
    turn = boxes["entropy"].left + 0.12, below - 0.11
    diagram.arrow((turn[0], below), turn, (x, turn[1]), (x, rate.top + 0.03), dashed=True)
    distortion = diagram.label(x, high, "$D$", size=11)
    for name, edge in (("x", distortion.left - 0.04), ("x_hat", distortion.right + 0.04)):
        side = boxes[name].x
        diagram.arrow((side, boxes[name].top + 0.2), (side, high), (edge, high), dashed=True)
    diagram.label(x, top - 0.75, r"$L=R+\lambda D$", size=10)
