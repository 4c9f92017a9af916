"""One style for all figures: sizes of a two-column paper, colour-blind-safe colours, lines that survive greyscale."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patheffects import AbstractPathEffect

COLUMN_IN = 3.5
PAGE_IN = 7.16
FAINT = "#6b6b6b"

# STIX comes with matplotlib, so that every machine sets the same letters; type 42 keeps them text in the pdf.
SETTINGS: Mapping[str, Any] = {
    "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 8.5,
    "axes.labelsize": 9, "axes.titlesize": 9, "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 7.5,
    "axes.grid": True, "axes.axisbelow": True, "axes.linewidth": 0.6, "axes.edgecolor": "#444444",
    "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": True,
    "grid.color": "#e2e2e2", "grid.linewidth": 0.5, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "lines.linewidth": 1.2, "lines.markersize": 3.2,
    "legend.frameon": False, "legend.handlelength": 2.0, "legend.labelspacing": 0.3, "legend.borderaxespad": 0.3,
    "figure.constrained_layout.use": True, "savefig.dpi": 300, "pdf.fonttype": 42, "pdf.compression": 9,
}


@dataclass(frozen=True)
class Look:
    """How one codec is drawn: the same in every figure."""

    label: str
    colour: str
    marker: str
    dashes: str | tuple[int, tuple[float, ...]] = "-"


# Colours of Okabe and Ito for the codecs that compress the input; sizes of the proposed codec from dark to light.
LOOKS: Mapping[str, Look] = {
    "full": Look("proposed, full", "#30123b", "o"),
    "lite": Look("proposed, lite", "#3b5b9d", "s"),
    "micro": Look("proposed, micro", "#2a9d8f", "^"),
    "tmc13": Look("TMC13", "#d55e00", "s"),
    "octattention": Look("OctAttention", "#009e73", "^"),
    "ipdae": Look("IPDAE", "#aa4499", "D"),
    "draco": Look("Draco", "#0072b2", "v"),
    "draco-best": Look("Draco, best options", "#56b4e9", "P"),
}
POINT_COUNTS = (1024, 512, 256, 128, 64, 32, 16, 8)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
PUBLISHED_DASHES = (0, (3.5, 1.6))


@contextmanager
def applied() -> Iterator[None]:
    """The style, for as long as a figure is drawn and saved."""
    import matplotlib

    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **SETTINGS, "backend": "agg"}
    with matplotlib.rc_context(settings):
        yield


def points_look(points: int) -> Look:
    """Look of a curve at P points: dark for many, light for few, so that the order survives greyscale."""
    import matplotlib

    ranks = {count: rank for rank, count in enumerate(POINT_COUNTS)}
    rank = ranks.get(points, len(ranks) - 1)
    red, green, blue, _ = matplotlib.colormaps["viridis"](0.02 + 0.74 * rank / (len(ranks) - 1))
    colour = f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
    return Look(f"P={points}", colour, MARKERS[rank])


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved as little as it takes to stand `gap` apart; in the order as given."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    blocks: list[tuple[float, int]] = []  # centre and count of labels that touch
    for index in order:
        centre, count = positions[index], 1
        while blocks and centre - blocks[-1][0] < gap * (count + blocks[-1][1]) / 2:
            below, few = blocks.pop()
            centre, count = (centre * count + below * few) / (count + few), count + few
        blocks.append((centre, count))
    placed = [centre + gap * (rank - (count - 1) / 2) for centre, count in blocks for rank in range(count)]
    return [placed[order.index(index)] for index in range(len(positions))]


def label_ends(axes: "Axes", ends: Sequence[tuple[float, float, str, str]], x: float, gap: float) -> None:
    """Write the labels of curves in a column at `x`, `gap` apart, each tied by its left edge to its curve's end.

    ends: (x, y, label, colour) of each curve's end, in data units.
    """
    for (end_x, end_y, label, colour), y in zip(ends, spread([end[1] for end in ends], gap), strict=True):
        axes.annotate(label, (end_x, end_y), (x, y), textcoords="data", color=colour, va="center", fontsize=7.5, zorder=5,
                      annotation_clip=False, path_effects=halo(),
                      arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 1.5,
                                  "relpos": (0, 0.5)})


def halo() -> "list[AbstractPathEffect]":
    """A white rim, so that letters on a line stay legible."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.0, foreground="white")]
