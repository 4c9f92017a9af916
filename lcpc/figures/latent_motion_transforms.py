"""NRMSE of motion-compensated tensors against translation, rotation, scale and shear, one line a layer, control beside."""

from typing import TYPE_CHECKING, Any

from lcpc.figures import _latent, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Error of tensors predicted by the rescaled motion of the image, as a share of the tensor's dynamic range (NRMSE), for four "
           "sweeps of the image's motion, one line a layer (s: stride in pixels); left the trained network, right the same network "
           "untrained as control. Under translation the error drops where the shift is a whole number of latent steps")
STEM = "latent_motion_transforms"
PANELS = {"translation": "Translation (px)", "rotation": "Rotation (degrees)", "scale": "Horizontal scale factor",
          "shear": "Shear (degrees)"}
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
    """Four panels one above the other, for trained and untrained weights side by side."""
    from matplotlib.figure import Figure

    kinds = [kind for kind in _latent.WEIGHTS if kind in set(points["weights"])]
    figure = Figure(figsize=(style.PAGE_IN, 8.0))
    board = figure.subplots(len(PANELS), len(kinds), sharey=True, sharex="row", squeeze=False)
    layers = _latent.looks(points)
    for column, kind in enumerate(kinds):
        own = points[points["weights"] == kind]
        board[0, column].set_title(_latent.title(own, kind), loc="left", color=style.FAINT)
        for axes, (transform, label) in zip(board[:, column], PANELS.items(), strict=True):
            _panel(axes, own[own["transform"] == transform], layers)
            axes.set(xlabel=label, **({"ylabel": "NRMSE"} if column == 0 else {}))
    handles, labels = board[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _panel(axes: "Axes", rows: "pandas.DataFrame", layers: dict[tuple[str, str], Any]) -> None:
    for (network, layer), look in layers.items():
        line = rows[(rows["network"] == network) & (rows["layer"] == layer)].sort_values("value")
        axes.plot(line["value"], line["nrmse"], color=look.colour, linestyle=look.dashes, linewidth=0.9, label=look.label)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
