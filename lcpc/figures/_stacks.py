"""Shared by the diagrams that open a transform: its layers one below the other, with the shape behind each, for every rate."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lcpc.figures import _layers, style
from lcpc.figures.diagrams import PLAIN, WORDS_PT, Box, Diagram

if TYPE_CHECKING:
    import pandas

THICK_IN, THIN_IN = 0.225, 0.165
SHAPE_PT = 7.5
PALE = "#f3f3f3"
WIDE = "Conv|Linear"
"""Layers that can change the channels."""


def lines(layers: "pandas.DataFrame") -> "list[pandas.DataFrame]":
    """Layers that share a line of the drawing: one with a width of its own, or all that stands between two such.

    A line holds the layers of all configurations.
    """
    thick, own = layers["layer"].str.contains(WIDE), layers["configuration"]
    begins = thick | thick.groupby(own).shift(fill_value=True)
    return [line for _, line in layers.groupby(begins.groupby(own).cumsum())]


def height(found: "list[pandas.DataFrame]") -> float:
    """Height of a stack, inches."""
    return sum(_thickness(line) for line in found)


def stack(diagram: Diagram, x: float, top: float, width: float, found: "list[pandas.DataFrame]") -> list[Box]:
    """Draw the lines of a transform as boxes, the first at the top, centred at `x`."""
    boxes: list[Box] = []
    for line in found:
        high = boxes[-1].bottom if boxes else top
        box = Box(x - width / 2, high - _thickness(line), x + width / 2, high)
        thick = is_wide(line)
        boxes.append(diagram.box(box, words(line), PLAIN if thick else PALE, WORDS_PT - (0.0 if thick else 1.2)))
    return boxes


def column(diagram: Diagram, x: float, boxes: list[Box], found: "list[pandas.DataFrame]",
           tell: "Callable[[pandas.DataFrame], str]") -> None:
    """Write beside each wide layer of a stack what `tell` says of it."""
    for box, line in zip(boxes, found, strict=True):
        if is_wide(line):
            diagram.label(x, box.y, tell(line), size=SHAPE_PT)


def heading(diagram: Diagram, x: float, y: float, name: str) -> None:
    """The name of a column."""
    diagram.label(x, y, name, size=SHAPE_PT, color=style.FAINT, va="baseline")


def rate(configuration: str) -> str:
    """What a configuration of an image codec is called: the documents' low or high rate, or a run's own widths."""
    return f"{configuration} rate" if configuration in ("low", "high") else f"{configuration} widths"


def is_wide(line: "pandas.DataFrame") -> bool:
    """Whether a line is a layer with a width of its own, not what stands between two."""
    return bool(line["layer"].str.contains(WIDE).iloc[0])


def words(line: "pandas.DataFrame") -> str:
    """What a line says; where configurations differ, all of it."""
    told = [", ".join(_words(own)) for _, own in line.groupby("configuration", sort=False)]
    return " / ".join(dict.fromkeys(told))


def _words(layers: "pandas.DataFrame") -> Iterator[str]:
    for _, layer in layers.iterrows():
        kind = str(layer["layer"])
        told = {"channel shuffle": f"channel shuffle g={layer['groups']}", "default": "default distributions",
                "gain": "scale", "leaky ReLU": f"leaky ReLU {layer['setting']:g}",
                "Linear": f"Linear {layer['c_out']}", "dropout": f"dropout {layer['setting']:g}"}
        wide = f"{kind.replace('ConvTranspose', 'ConvT')}, {_layers.how(layer)}" if "Conv" in kind else kind
        yield told.get(kind, wide)


def _thickness(line: "pandas.DataFrame") -> float:
    return THICK_IN if is_wide(line) else THIN_IN
