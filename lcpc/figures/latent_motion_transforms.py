"""NRMSE of motion-compensated tensors under four motions, one line a layer, with the control."""

from typing import Any

from lcpc.figures import _latent, style
from lcpc.figures._types import Axes, DataFrame, Figure
from lcpc.results.store import Results

READS = (_latent.KIND,)
CAPTION = ("Error of tensors predicted by the rescaled motion of the image, as a share of the "
           "tensor's dynamic range (NRMSE), for four sweeps of the image's motion, one line a "
           "layer (s: stride in pixels), and the same for the network untrained as control. Under "
           "translation the error drops where the shift is a whole number of latent steps "
           "(circles). A line ends where the motion leaves nothing to predict that padding does "
           "not reach")
STEM = "latent_motion_transforms"
PANELS = {"translation": "Translation (px)", "rotation": "Rotation (degrees)",
          "scale": "Horizontal scale factor", "shear": "Shear (degrees)"}
MOSAIC = [["translation"] * 3, ["rotation", "scale", "shear"]]
# Layers of few pixels a step oscillate so fast that, drawn thick, they hide the dips of others.
COARSE_STRIDE = 8
THIN: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.7, "zorder": 2}
THICK: dict[str, Any] = {"linewidth": 1.3, "zorder": 3}
COLUMNS = ["run", "images", "size_px", "network", "weights", "layer", "stride", "transform",
           "value", "samples", "empty", "nrmse", "evidence", "_file", "_line"]


def points(results: Results, stem: str = STEM, *, is_codec: bool = False) -> DataFrame:
    """Rows of the sweeps; `series` names the line of each."""
    rows = _latent.measured(results, stem, is_codec=is_codec)
    rows = rows.loc[rows["transform"].isin(PANELS), COLUMNS].reset_index(drop=True)
    lines = rows["network"] + " " + rows["weights"] + " " + rows["layer"]
    rows.insert(0, "series", lines + ": " + rows["transform"])
    return rows


def draw(points: DataFrame) -> Figure:
    """The translation over the others, for trained, then for untrained weights."""
    panels = _latent.panels(points)
    figure = style.new_figure(style.PAGE_IN, 4.4 * len(panels))
    blocks = figure.subfigures(len(panels), 1, squeeze=False)[:, 0]
    for block, (networks, weights) in zip(blocks, panels, strict=True):
        shown = _latent.panel_rows(points, networks)
        # The control has the scale of the trained network above it.
        highest = 1.05 * float(shown["nrmse"].max())
        rows = shown[shown["weights"] == weights]
        _block(block, rows, _latent.layer_styles(shown), weights, highest)
    return figure


def _block(block: Any, rows: DataFrame, layers: _latent.Layers, weights: str,
           highest: float) -> None:
    board = block.subplot_mosaic(MOSAIC, height_ratios=(1.25, 1))
    for transform, label in PANELS.items():
        axes = board[transform]
        _panel(axes, rows[rows["transform"] == transform], layers)
        axes.set(xlabel=label, ylim=(0, highest))
    translation, rotation = board["translation"], board["rotation"]
    translation.set_title(_latent.title(rows, weights), loc="left", color=style.FAINT)
    translation.set_ylabel("NRMSE")
    rotation.set_ylabel("NRMSE")
    _whole_steps(translation, rows[rows["transform"] == "translation"], layers)
    handles, labels = rotation.get_legend_handles_labels()
    block.legend(handles, labels, loc="outside lower center", ncols=4)


def _panel(axes: Axes, rows: DataFrame, layers: _latent.Layers) -> None:
    for name, line in layers.items():
        curve = _latent.of_layer(rows, *name).sort_values("value")
        is_fine = (curve["stride"].astype(float) < COARSE_STRIDE).all()
        axes.plot(curve["value"], curve["nrmse"], color=line.colour, linestyle=line.dashes,
                  label=line.label, **(THIN if is_fine else THICK))
    axes.margins(x=0.01)


def _whole_steps(axes: Axes, rows: DataFrame, layers: _latent.Layers) -> None:
    """Circles where the shift is a whole number of latent steps."""
    for name, line in layers.items():
        curve = _latent.of_layer(rows, *name)
        whole = curve[curve["value"] % curve["stride"].astype(float) == 0]
        axes.plot(whole["value"], whole["nrmse"], linestyle="", marker="o", markersize=2.6,
                  markerfacecolor="white", markeredgecolor=line.colour, markeredgewidth=0.9,
                  clip_on=False, zorder=4)
