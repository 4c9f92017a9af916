"""Transforms opened in a diagram: layers below one another, with the shape after each."""

from collections.abc import Callable, Sequence

from lcpc.figures import _layers, style
from lcpc.figures._types import DataFrame, Series
from lcpc.figures.diagrams import PLAIN, WORDS_PT, Box, Diagram

THICK_IN, THIN_IN = 0.225, 0.165
SHAPE_PT = 7.5
PALE = "#f3f3f3"
WIDE = "Conv|Linear"
"""Layers that can change the channels."""


def lines(layers: DataFrame) -> list[DataFrame]:
    """Layers that share a line of the drawing: a wide one, or all between two wide ones.

    A line holds the layers of all configurations.
    """
    is_thick, configuration = layers["layer"].str.contains(WIDE), layers["configuration"]
    after_thick = is_thick.groupby(configuration).shift(fill_value=True)
    begins = is_thick | after_thick
    ranks = begins.groupby(configuration).cumsum()
    return [line for _, line in layers.groupby(ranks)]


def height(stacked: Sequence[DataFrame]) -> float:
    """Height of a stack, inches."""
    return sum(_thickness(line) for line in stacked)


def stack(diagram: Diagram, x: float, top: float, width: float,
          stacked: Sequence[DataFrame]) -> list[Box]:
    """Draw the lines of a transform as boxes, the first at the top, centred at `x`."""
    boxes = []
    for line in stacked:
        bottom = top - _thickness(line)
        box = Box(x - width / 2, bottom, x + width / 2, top)
        fill, size = (PLAIN, WORDS_PT) if is_wide(line) else (PALE, WORDS_PT - 1.2)
        boxes.append(diagram.box(box, words(line), fill, size))
        top = bottom
    return boxes


def column(diagram: Diagram, x: float, boxes: Sequence[Box], stacked: Sequence[DataFrame],
           write: Callable[[DataFrame], str]) -> None:
    """Write beside each wide layer of a stack what `write` gives for it."""
    for box, line in zip(boxes, stacked, strict=True):
        if is_wide(line):
            diagram.label(x, box.y, write(line), size=SHAPE_PT)


def heading(diagram: Diagram, x: float, y: float, name: str) -> None:
    """The name of a column."""
    diagram.label(x, y, name, size=SHAPE_PT, color=style.FAINT, va="baseline")


def configurations(stacked: Sequence[DataFrame]) -> list[str]:
    """Configurations of the layers of a stack."""
    return [str(name) for name in stacked[0]["configuration"].unique()]


def of_configuration(stacked: Sequence[DataFrame], name: str) -> list[DataFrame]:
    """The lines of a stack with the layers of one configuration."""
    return [line[line["configuration"] == name] for line in stacked]


def rate(configuration: str) -> str:
    """Title of a configuration: the documents' low or high rate, or a run's widths."""
    return f"{configuration} {'rate' if configuration in ('low', 'high') else 'widths'}"


def is_wide(line: DataFrame) -> bool:
    """Whether a line is a layer with a width of its own, not those between two."""
    return bool(line["layer"].str.contains(WIDE).iloc[0])


def words(line: DataFrame) -> str:
    """Words of a line; where configurations differ, those of each."""
    texts = []
    for _, layers in line.groupby("configuration", sort=False):
        texts.append(", ".join(_words(layer) for _, layer in layers.iterrows()))
    return " / ".join(dict.fromkeys(texts))


def _words(layer: Series) -> str:
    kind, setting = str(layer["layer"]), layer["setting"]
    if "Conv" in kind:
        return f"{kind.replace('ConvTranspose', 'ConvT')}, {_layers.convolution(layer)}"
    match kind:
        case "channel shuffle":
            return f"{kind} g={layer['groups']}"
        case "default":
            return "default distributions"
        case "gain":
            return "scale"
        case "Linear":
            return f"{kind} {layer['c_out']}"
        case "leaky ReLU" | "dropout":
            return f"{kind} {setting:g}"
    return kind


def _thickness(line: DataFrame) -> float:
    return THICK_IN if is_wide(line) else THIN_IN
