"""Fig. 2.4 of the thesis: the layers of h_a,q and h_s,q, read off the built modules."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _stacks, style
from lcpc.figures.diagrams import SHAPE_PT, SIDE_ANALYSIS, SIDE_SYNTHESIS, Box, Diagram, Node
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

CAPTION = ("Layers of the transforms of the encoding distributions, h_a,q from the histograms p to q and h_s,q from q_hat to "
           "p_hat, read off the built modules: k is the kernel, g the groups, an arrow the stride. The columns are the shapes "
           "behind each layer (channels x bins), one for each rate; a trained model takes only the bins in the middle that its "
           "training latents reach")
STEM, MODEL, CODER = "distribution_transforms", "distribution", "entropy model"
PANEL_IN, BOX_IN, END_IN = 3.46, 1.72, 0.56
GAP_IN = (style.PAGE_IN - 2 * PANEL_IN) / 3
PANELS = {"h_a,q": ("$\\boldsymbol{p}$", "$\\boldsymbol{q}$", "$h_{a,q}$", SIDE_ANALYSIS),
          "h_s,q": ("$\\hat{\\boldsymbol{q}}$", "$\\hat{\\boldsymbol{p}}$", "$h_{s,q}$", SIDE_SYNTHESIS)}


def points(results: Results) -> "pandas.DataFrame":
    """The layers of the distribution model, of each rate."""
    return _layers.measured(results, STEM, MODEL)


def draw(points: "pandas.DataFrame") -> "Figure":
    """Two panels, one a transform, from the input at the top to the output at the bottom."""
    found = {name: _stacks.lines(_of(points, name)) for name in PANELS}
    height = max(_stacks.height(lines) for lines in found.values()) + 2 * END_IN
    diagram = Diagram(style.PAGE_IN, height + 2 * GAP_IN)
    for rank, (name, lines) in enumerate(found.items()):
        left = GAP_IN + rank * (PANEL_IN + GAP_IN)
        _panel(diagram, Box(left, GAP_IN, left + PANEL_IN, GAP_IN + height), name, lines)
    return diagram.figure


def _of(points: "pandas.DataFrame", name: str) -> "pandas.DataFrame":
    """Layers of a transform, and what stands outside of its module between the ends and the entropy model."""
    coded = points.loc[points["part"] == CODER, "index"].iloc[0]
    return points[points["index"] < coded if name == "h_a,q" else points["index"] > coded]


def _panel(diagram: Diagram, panel: Box, name: str, lines: "list[pandas.DataFrame]") -> None:
    before, behind, title, fill = PANELS[name]
    diagram.panel(panel, fill)
    diagram.label(panel.left + 0.1, panel.bottom + 0.09, title, size=10, ha="left", va="bottom")
    x = panel.left + 0.14 + BOX_IN / 2
    start = diagram.node(Node(before), x, panel.top - 0.16)
    boxes = _stacks.stack(diagram, x, panel.top - END_IN, BOX_IN, lines)
    end = diagram.node(Node(behind), x, panel.bottom + END_IN - 0.38)
    diagram.arrow((x, start.bottom - 0.01), (x, boxes[0].top + 0.01))
    diagram.arrow((x, boxes[-1].bottom), (x, end.top + 0.01))
    shown = lines[-1][lines[-1]["configuration"] == lines[0]["configuration"].iloc[0]]
    first, last = str(lines[0]["input_shape"].iloc[0]), str(shown["output_shape"].iloc[-1])
    for place, words in ((start, lettered(first, last)), (end, lettered(last, first))):
        diagram.label(x + 0.14, place.y, words, SHAPE_PT, ha="left", color=style.FAINT)
    _shapes(diagram, panel, start, boxes, lines)


def lettered(shape: str, other: str) -> str:
    """A shape at one end of a transform in the documents' letters, from that at the other: M_y x B, or M_q x B/8."""
    own, far = _layers.sizes(shape)[1], _layers.sizes(other)[1]
    return rf"$M_q\times B/{far // own}$" if far > own else r"$M_y\times B$"


def _shapes(diagram: Diagram, panel: Box, start: Box, boxes: list[Box], lines: "list[pandas.DataFrame]") -> None:
    """The columns right of the layers: the shape that goes in, and the one behind each convolution, a column a rate."""
    rates = list(dict.fromkeys(lines[0]["configuration"]))
    left = panel.left + 0.14 + BOX_IN
    step = (panel.right - left) / len(rates)
    for rank, rate in enumerate(rates):
        x = left + (rank + 0.5) * step
        own = [line[line["configuration"] == rate] for line in lines]
        _stacks.heading(diagram, x, panel.top - 0.17, _stacks.rate(rate) if len(rates) > 1 else "channels × bins")
        diagram.label(x, start.y - 0.19, _layers.plain(str(own[0]["input_shape"].iloc[0])), _stacks.SHAPE_PT)
        _stacks.column(diagram, x, boxes, own, lambda line: _layers.plain(str(line["output_shape"].iloc[-1])))
