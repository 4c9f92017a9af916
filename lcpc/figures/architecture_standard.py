"""The standard learned codec: x, g_a, y, Q, entropy model, y_hat, g_s, x_hat, and the loss."""

from lcpc.figures import _layers, _stacks, style
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("A learned image codec (bmshj2018-factorized): the analysis transform g_a turns the "
           "image x into the latent y, which is quantised and coded with the distributions of the "
           "entropy model; the synthesis transform g_s makes the image x_hat of it. The "
           "transforms are opened below: channels (low and high rate) and positions behind each "
           "layer, read off the built modules")
STEM, MODEL = "architecture_standard", "bmshj2018-factorized"
LANE_IN, LOSS_IN, MARGIN_IN, HEAD_IN = 0.95, 0.26, 0.06, 0.27
PANEL_IN, BOX_IN = 2.98, 1.28
FILLS = {"g_a": ANALYSIS, "g_s": SYNTHESIS}

LayerRows = list[DataFrame]


def points(results: Results) -> DataFrame:
    """The layers of the base codec, of each rate."""
    return _layers.measured(results, STEM, MODEL)


def draw(points: DataFrame) -> Figure:
    """The chain on top, its two transforms opened below, the loss between them."""
    stacks = {name: _stacks.lines(_layers.part(points, name)) for name in FILLS}
    height = max(_stacks.height(lines) for lines in stacks.values())
    top = MARGIN_IN + HEAD_IN + height + 0.08
    diagram = Diagram(style.PAGE_IN, top + LANE_IN + LOSS_IN)
    boxes = _chain(diagram, stacks, top + 0.36)
    lefts = {"g_a": MARGIN_IN, "g_s": style.PAGE_IN - MARGIN_IN - PANEL_IN}
    for name, left in lefts.items():
        panel = diagram.panel(Box(left, MARGIN_IN, left + PANEL_IN, top), FILLS[name])
        _magnify(diagram, panel, boxes[name])
        _open(diagram, panel, name, stacks[name])
    _loss(diagram, boxes, top)
    return diagram.figure


def _chain(diagram: Diagram, stacks: dict[str, LayerRows], lane: float) -> dict[str, Box]:
    g_a, g_s = stacks["g_a"], stacks["g_s"]
    image = _layers.of_image(_layers.shape_in(g_a[0]))
    latent = _layers.of_image(str(g_a[-1]["output_shape"].iloc[0]), "M_y")
    made = _layers.of_image(str(g_s[-1]["output_shape"].iloc[0]))
    nodes = {
        "x": Node("$x$", image),
        "g_a": Node("$g_a$", fill=ANALYSIS, width=0.42, height=0.32, size=10),
        "y": Node("$y$", latent),
        "Q": Node("Q", fill=ENTROPY, width=0.3, height=0.32, size=9),
        "rounded": Node(r"$\hat{y}$", latent),
        "entropy": Node("Entropy\nmodel", fill=ENTROPY, width=0.72, height=0.46, size=9),
        "y_hat": Node(r"$\hat{y}$", latent),
        "g_s": Node("$g_s$", fill=SYNTHESIS, width=0.42, height=0.32, size=10),
        "x_hat": Node(r"$\hat{x}$", made)}
    boxes = diagram.chain(list(nodes.values()), 0.22, style.PAGE_IN - 0.22, lane)
    return dict(zip(nodes, boxes, strict=True))


def _magnify(diagram: Diagram, panel: Box, box: Box) -> None:
    """Lines from the corners of a box to those of the panel that opens it."""
    for corner, end in ((box.left, panel.left + 0.06), (box.right, panel.right - 0.06)):
        diagram.arrow((corner, box.bottom), (end, panel.top), head=False, dashed=True,
                      colour=style.FAINT)


def _open(diagram: Diagram, panel: Box, name: str, lines: LayerRows) -> None:
    x, right = panel.left + 0.08 + BOX_IN / 2, panel.left + 0.08 + BOX_IN
    head = panel.top - 0.16
    diagram.label(x, head, f"${name}$", size=9, va="baseline")
    boxes = _stacks.stack(diagram, x, panel.top - HEAD_IN, BOX_IN, lines)
    rates = _stacks.configurations(lines)
    step = (panel.right - right) / (len(rates) + 1.5)
    for rank, rate in enumerate(rates):
        x = right + (rank + 0.5) * step
        _stacks.heading(diagram, x, head, rate if len(rates) > 1 else "channels")
        _stacks.column(diagram, x, boxes, _stacks.of_configuration(lines, rate), _channels)
    x = panel.right - 0.75 * step
    _stacks.heading(diagram, x, head, "positions")
    _stacks.column(diagram, x, boxes, lines, _positions)


def _channels(line: DataFrame) -> str:
    return str(line["c_out"].iloc[-1])


def _positions(line: DataFrame) -> str:
    return _layers.of_image(_layers.shape_out(line), "C").replace(f"C{_layers.TIMES}", "")


def _loss(diagram: Diagram, boxes: dict[str, Box], top: float) -> None:
    """Rate below the entropy model, distortion over the chain, and the training loss."""
    x, high, model = diagram.width / 2, diagram.height - 0.13, boxes["entropy"]
    rate = diagram.label(x, top - 0.28, "$R$", size=11)
    side, turn = model.left + 0.12, model.bottom - 0.11
    diagram.arrow((side, model.bottom), (side, turn), (x, turn), (x, rate.top + 0.03), dashed=True)
    distortion = diagram.label(x, high, "$D$", size=11)
    for name, edge in (("x", distortion.left - 0.04), ("x_hat", distortion.right + 0.04)):
        box = boxes[name]
        diagram.arrow((box.x, box.top + 0.2), (box.x, high), (edge, high), dashed=True)
    diagram.label(x, top - 0.75, r"$L=R+\lambda D$", size=10)
