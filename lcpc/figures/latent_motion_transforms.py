"""NRMSE of motion-compensated tensors against translation, rotation, scale and shear, one line a layer, control beside."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _latent, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Error of tensors predicted by the rescaled motion of the image, as a share of the tensor's dynamic range "
           "(NRMSE), for four sweeps of the image's motion, one line a layer (s: stride in pixels), and the same for the "
           "network untrained as control. "
           "Under translation the error drops where the shift is a whole number of latent steps (circles). A line ends where "
           "the motion leaves nothing to predict that padding does not reach")
STEM = "latent_motion_transforms"
PANELS = {"translation": "Translation (px)", "rotation": "Rotation (degrees)", "scale": "Horizontal scale factor",
          "shear": "Shear (degrees)"}
# Layers of few pixels a step rise and fall so often that they hide the others' dips where they are drawn as strong.
COARSE_STRIDE = 8
THIN: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.7, "zorder": 2}
THICK: dict[str, Any] = {"linewidth": 1.3, "zorder": 3}
KEPT = ["run", "images", "size_px", "network", "weights", "layer", "stride", "transform", "value", "samples", "empty", "nrmse",
        "evidence"]


def points(results: Results) -> "pandas.DataFrame":
    """Rows of the sweeps; `series` names the line of each."""
    rows = _latent.measured(results, STEM)
    rows = rows[rows["transform"].isin(list(PANELS))]
    series = [f"{row.network} {row.weights} {row.layer}: {row.transform}" for row in rows.itertuples()]
    kept = rows[[*KEPT, "_file", "_line"]].assign(series=series)
    return kept[["series", *KEPT, "_file", "_line"]].reset_index(drop=True)


def draw(points: "pandas.DataFrame") -> "Figure":
    """The translation over the others, first for trained, then for untrained weights of each network."""
    from matplotlib.figure import Figure

    panels = _latent.panels(points)
    figure = Figure(figsize=(style.PAGE_IN, 4.4 * len(panels)))
    blocks = figure.subfigures(len(panels), 1, squeeze=False)[:, 0]
    for block, (networks, kind) in zip(blocks, panels, strict=True):
        shown = points[points["network"].isin(networks)]
        # The control has the scale of the trained network above it.
        highest = 1.05 * float(shown["nrmse"].max())
        _block(block, shown[shown["weights"] == kind], _latent.looks(shown), kind, highest)
    return figure


def _block(block: Any, own: "pandas.DataFrame", layers: dict[tuple[str, str], Any], kind: str, highest: float) -> None:
    board = block.subplot_mosaic([["translation"] * 3, ["rotation", "scale", "shear"]], height_ratios=(1.25, 1))
    board["translation"].set_title(_latent.title(own, kind), loc="left", color=style.FAINT)
    for transform, label in PANELS.items():
        _panel(board[transform], own[own["transform"] == transform], layers)
        board[transform].set(xlabel=label, ylim=(0, highest))
    for transform in ("translation", "rotation"):
        board[transform].set_ylabel("NRMSE")
    _whole_steps(board["translation"], own[own["transform"] == "translation"], layers)
    handles, labels = board["rotation"].get_legend_handles_labels()
    block.legend(handles, labels, loc="outside lower center", ncols=4)


def _panel(axes: "Axes", rows: "pandas.DataFrame", layers: dict[tuple[str, str], Any]) -> None:
    for (network, layer), look in layers.items():
        line = rows[(rows["network"] == network) & (rows["layer"] == layer)].sort_values("value")
        manner = THIN if (line["stride"].astype(float) < COARSE_STRIDE).all() else THICK
        axes.plot(line["value"], line["nrmse"], color=look.colour, linestyle=look.dashes, label=look.label, **manner)
    axes.margins(x=0.01)


def _whole_steps(axes: "Axes", rows: "pandas.DataFrame", layers: dict[tuple[str, str], Any]) -> None:
    for (network, layer), look in layers.items():
        line = rows[(rows["network"] == network) & (rows["layer"] == layer)]
        whole = line[line["value"] % line["stride"].astype(float) == 0]
        axes.plot(whole["value"], whole["nrmse"], linestyle="", marker="o", markersize=2.6, markerfacecolor="white",
                  markeredgecolor=look.colour, markeredgewidth=0.9, clip_on=False, zorder=4)
