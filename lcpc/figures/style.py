"""One style for all figures: sizes of a two-column paper, colours safe for every eye."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from lcpc import curves
from lcpc.figures._types import Axes, DataFrame, Figure

if TYPE_CHECKING:
    from matplotlib.patches import Patch
    from matplotlib.patheffects import AbstractPathEffect

COLUMN_IN = 3.5
PAGE_IN = 7.16
FAINT = "#6b6b6b"
RATE_LABEL = "Rate (bits per cloud)"
ACCURACY_LABEL = "Top-1 accuracy (%)"
BPP_LABEL = "Rate (bits per pixel)"
PSNR_LABEL = "PSNR over RGB (dB)"
MS_SSIM_LABEL = "MS-SSIM (dB)"
BPP_LIMITS = (0.0, 2.25)
PSNR_LIMITS = (25.0, 41.0)

# STIX comes with matplotlib, so that every machine sets the same letters; type 42 keeps them text.
SETTINGS: Mapping[str, Any] = {
    "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 8.5,
    "axes.labelsize": 9, "axes.titlesize": 9,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 7.5,
    "axes.grid": True, "axes.axisbelow": True, "axes.linewidth": 0.6, "axes.edgecolor": "#444444",
    "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": True,
    "grid.color": "#e2e2e2", "grid.linewidth": 0.5,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "lines.linewidth": 1.2, "lines.markersize": 3.2,
    "legend.frameon": False, "legend.handlelength": 2.0, "legend.labelspacing": 0.3,
    "legend.borderaxespad": 0.3,
    "figure.constrained_layout.use": True, "savefig.dpi": 300,
    "pdf.fonttype": 42, "pdf.compression": 9,
}

BAND_ALPHA = 0.2
BAND_LABEL = "95 % interval"

Dashes = str | tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class LineStyle:
    """How the curve of a codec, method or layer is drawn."""

    label: str
    colour: str
    marker: str = ""
    dashes: Dashes = "-"


SIZE_STYLES: Mapping[str, LineStyle] = {
    "full": LineStyle("proposed, full", "#30123b", "o"),
    "lite": LineStyle("proposed, lite", "#3b5b9d", "s"),
    "micro": LineStyle("proposed, micro", "#2a9d8f", "^"),
}
MIXED_STYLES: Mapping[str, LineStyle] = {
    **SIZE_STYLES,
    "local": LineStyle("mixed, local", "#b2182b", "D"),
}
"""By the size of the encoder of codec `mixed`."""
IDEAL_STYLE = LineStyle("ideal bound", "#000000")
LEVEL_STYLES: Mapping[str, LineStyle] = {
    "with transforms": LineStyle("", "#555555", "", (0, (5, 2))),
    "no transforms": LineStyle("", "#a0a0a0", "", (0, (5, 2))),
    "": LineStyle("", "#111111", "", (0, (6, 1.5, 1.2, 1.5))),
}
"""PointNet without compression as its authors report it, and the run's own."""
POINT_COUNTS = (1024, 512, 256, 128, 64, 32, 16, 8)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
SPARE_COLOURS = ("#e69f00", "#cc79a7", "#8c564b", "#17becf", "#bcbd22", "#7f7f7f", "#1f77b4",
                 "#c44e52")
PUBLISHED_DASHES = (0, (3.5, 1.6))


@contextmanager
def applied() -> Iterator[None]:
    """The style, for as long as a figure is drawn and saved."""
    import matplotlib

    _load_without_help()
    with matplotlib.rc_context({"backend": "agg"}):
        settings: dict[Any, Any] = matplotlib.rcParams
        wanted: dict[Any, Any] = {**matplotlib.rcParamsDefault, **SETTINGS, "backend": "agg"}
        # matplotlib checks each value that it is given, which takes longer than to compare them.
        settings.update({name: wanted[name] for name in wanted if settings[name] != wanted[name]})
        yield


def _load_without_help() -> None:
    """Load matplotlib's figures without the tables of properties in their docstrings (0.1 s)."""
    from matplotlib import artist

    described = artist.kwdoc
    artist.kwdoc = lambda artist: ""
    try:
        import matplotlib.figure  # noqa: F401
    finally:
        artist.kwdoc = described


def new_figure(width_in: float, height_in: float, **options: Any) -> Figure:
    """An empty figure; `options` are those of matplotlib's Figure."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), **options)


def draw_band(axes: Axes, rows: DataFrame, x: str, y: str, colour: str,
              alpha: float = BAND_ALPHA) -> None:
    """Intervals of a curve's points (columns low_ and high_ of `y`) as a light band below it."""
    known = rows.dropna(subset=[f"low_{y}", f"high_{y}"])
    if len(known) > 1:
        low, high = (known[f"{end}_{y}"].to_numpy(float) for end in ("low", "high"))
        axes.fill_between(known[x].to_numpy(float), low, high, color=colour, alpha=alpha,
                          linewidth=0, zorder=1.9, gid=BAND_LABEL)


def log_bits(axes: Axes, rates: tuple[float, float]) -> None:
    """A log axis of bits a cloud from `rates`, with plain numbers at 1, 2 and 5 times powers of
    ten, or at the powers alone where it spans more than three."""
    axes.set(xscale="log", xlim=rates, xlabel=RATE_LABEL)
    low, high = rates
    steps = (1, 2, 5) if high < 1000 * low else (1,)
    ticks = [step * 10**power for power in range(6) for step in steps]
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(shown, [f"{tick:,}" for tick in shown])


def band_handle(colour: str = FAINT) -> "Patch":
    """The patch that represents the bands in a legend."""
    from matplotlib.patches import Patch

    return Patch(color=colour, alpha=BAND_ALPHA, linewidth=0)


def placed_by_hand() -> Any:
    """A layout that moves nothing.

    With layout "none" matplotlib falls back to the style's layout from the second saving on.
    """
    from matplotlib.layout_engine import PlaceHolderLayoutEngine

    return PlaceHolderLayoutEngine(adjust_compatible=False, colorbar_gridspec=False)


def points_style(points: int) -> LineStyle:
    """Style of a curve at P points: dark for many, light for few, in greyscale too."""
    import matplotlib

    ranks = {count: rank for rank, count in enumerate(POINT_COUNTS)}
    rank = ranks.get(points, len(ranks) - 1)
    red, green, blue, _ = matplotlib.colormaps["viridis"](0.02 + 0.74 * rank / (len(ranks) - 1))
    colour = f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
    return LineStyle(f"P={points}", colour, MARKERS[rank])


def codec_styles(names: Sequence[str]) -> dict[str, LineStyle]:
    """Styles of point cloud codecs by their names in rows; sizes of the proposed codec count, too.

    A codec's file says its label, colour and marker; others get their name and a free colour.
    """
    learned = {curves.PROPOSED, *SIZE_STYLES}
    plugins = {name: curves.codec_plugin(name) for name in names if name not in learned}
    known = {name: LineStyle(plugin.LABEL, plugin.COLOUR, plugin.MARKER)
             for name, plugin in plugins.items() if plugin and hasattr(plugin, "COLOUR")}
    return with_spares(names, {**SIZE_STYLES, **known})


def with_spares(names: Sequence[str], known: Mapping[str, LineStyle]) -> dict[str, LineStyle]:
    """The known style of each name, else its name in the next free colour and marker."""
    unknown = [name for name in names if name not in known]
    taken = {style.colour for style in known.values()}
    free = [colour for colour in SPARE_COLOURS if colour not in taken]
    styles = zip(unknown, cycle(free), cycle(reversed(MARKERS)), strict=False)
    spares = {name: LineStyle(name, colour, marker) for name, colour, marker in styles}
    return {name: known.get(name) or spares[name] for name in names}


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved as little as it takes to lie `gap` apart; in the order as given."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    blocks: list[tuple[float, int]] = []  # centre and count of labels that touch
    for index in order:
        centre, count = positions[index], 1
        while blocks and centre - blocks[-1][0] < gap * (count + blocks[-1][1]) / 2:
            below, few = blocks.pop()
            centre, count = (centre * count + below * few) / (count + few), count + few
        blocks.append((centre, count))
    placed: list[float] = []
    for centre, count in blocks:
        placed += [centre + gap * (rank - (count - 1) / 2) for rank in range(count)]
    return [placed[order.index(index)] for index in range(len(positions))]


def label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]], x: float,
               gap: float) -> None:
    """Write labels of curves in a column at `x`, `gap` apart, each tied to the end of its curve.

    ends: (x, y, label, colour) of each curve's end, in data units.
    """
    heights = spread([end[1] for end in ends], gap)
    for (end_x, end_y, label, colour), y in zip(ends, heights, strict=True):
        tie = {"arrowstyle": "-", "color": colour, "linewidth": 0.4,
               "shrinkA": 0, "shrinkB": 1.5, "relpos": (0, 0.5)}
        axes.annotate(label, (end_x, end_y), (x, y), textcoords="data", color=colour, va="center",
                      fontsize=7.5, zorder=5, annotation_clip=False, path_effects=halo(),
                      arrowprops=tie)


def halo() -> "list[AbstractPathEffect]":
    """A white rim, so that letters on a line stay legible."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.0, foreground="white")]


def bare(axes: Axes) -> None:
    """No ticks, grid or frame: the axes show a picture."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
