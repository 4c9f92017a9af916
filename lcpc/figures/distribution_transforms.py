"""Fig. 2.4 of the thesis: the layers of h_a,q and h_s,q, read off the built modules."""

from lcpc.figures import _layers, _stacks, style
from lcpc.figures._types import DataFrame, Figure
from lcpc.figures.diagrams import SHAPE_PT, SIDE_ANALYSIS, SIDE_SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

READS = (_layers.KIND,)
CAPTION = ("Layers of the transforms of the encoding distributions, h_a,q from the histograms p "
           "to q and h_s,q from q_hat to p_hat, read off the built modules: k is the kernel, g "
           "the groups, an arrow the stride. The columns are the shapes behind each layer "
           "(channels x bins), one for each rate; a trained model takes only the bins in the "
           "middle that its training latents reach")
STEM, MODEL, CODER = "distribution_transforms", "distribution", "entropy model"
PANEL_IN, BOX_IN, END_IN, MARGIN_IN = 3.46, 1.72, 0.56, 0.14
GAP_IN = (style.PAGE_IN - 2 * PANEL_IN) / 3
PANELS = {
    "h_a,q": ("$\\boldsymbol{p}$", "$\\boldsymbol{q}$", "$h_{a,q}$", SIDE_ANALYSIS),
    "h_s,q": ("$\\hat{\\boldsymbol{q}}$", "$\\hat{\\boldsymbol{p}}$", "$h_{s,q}$", SIDE_SYNTHESIS)}
"""Letters of the input and of the output, title and colour of each transform."""


def points(results: Results) -> DataFrame:
    """The layers of the distribution model, of each rate."""
    return _layers.measured(results, STEM, MODEL)


def draw(points: DataFrame) -> Figure:
    """Two panels, one a transform, from the input at the top to the output at the bottom."""
    coded = points.loc[points["part"] == CODER, "index"].iloc[0]
    # Layers outside of a transform's module, between it and the entropy model, belong to it, too.
    layers = {"h_a,q": points[points["index"] < coded], "h_s,q": points[points["index"] > coded]}
    stacks = {name: _stacks.lines(part) for name, part in layers.items()}
    height = max(_stacks.height(lines) for lines in stacks.values()) + 2 * END_IN
    diagram = Diagram(style.PAGE_IN, height + 2 * GAP_IN)
    left = GAP_IN
    for name, lines in stacks.items():
        _panel(diagram, Box(left, GAP_IN, left + PANEL_IN, GAP_IN + height), name, lines)
        left += PANEL_IN + GAP_IN
    return diagram.figure


def _panel(diagram: Diagram, panel: Box, name: str, lines: list[DataFrame]) -> None:
    letter_in, letter_out, title, fill = PANELS[name]
    diagram.panel(panel, fill)
    diagram.label(panel.left + 0.1, panel.bottom + 0.09, title, size=10, ha="left", va="bottom")
    x = panel.left + MARGIN_IN + BOX_IN / 2
    start = diagram.node(Node(letter_in), x, panel.top - 0.16)
    boxes = _stacks.stack(diagram, x, panel.top - END_IN, BOX_IN, lines)
    end = diagram.node(Node(letter_out), x, panel.bottom + END_IN - 0.38)
    diagram.arrow((x, start.bottom - 0.01), (x, boxes[0].top + 0.01))
    diagram.arrow((x, boxes[-1].bottom), (x, end.top + 0.01))
    first_rate = _stacks.of_configuration(lines, _stacks.configurations(lines)[0])
    first, last = _layers.shape_in(first_rate[0]), _layers.shape_out(first_rate[-1])
    for place, words in ((start, lettered(first, last)), (end, lettered(last, first))):
        diagram.label(x + 0.14, place.y, words, SHAPE_PT, ha="left", color=style.FAINT)
    _shapes(diagram, panel, start, boxes, lines)


def lettered(shape: str, other: str) -> str:
    """The shape at one end of a transform in letters, M_y x B or M_q x B/8, from the other."""
    near, far = _layers.sizes(shape)[1], _layers.sizes(other)[1]
    return rf"$M_q\times B/{far // near}$" if far > near else r"$M_y\times B$"


def _shapes(diagram: Diagram, panel: Box, start: Box, boxes: list[Box],
            lines: list[DataFrame]) -> None:
    """Columns right of the layers, one a rate: the shape in, and those after convolutions."""
    rates = _stacks.configurations(lines)
    left = panel.left + MARGIN_IN + BOX_IN
    step = (panel.right - left) / len(rates)
    for rank, rate in enumerate(rates):
        x = left + (rank + 0.5) * step
        layers = _stacks.of_configuration(lines, rate)
        title = _stacks.rate(rate) if len(rates) > 1 else "channels × bins"
        _stacks.heading(diagram, x, panel.top - 0.17, title)
        shape = _layers.plain(_layers.shape_in(layers[0]))
        diagram.label(x, start.y - 0.19, shape, _stacks.SHAPE_PT)
        _stacks.column(diagram, x, boxes, layers, _shape_out)


def _shape_out(line: DataFrame) -> str:
    return _layers.plain(_layers.shape_out(line))
