"""Density of the NRMSE under random motion, one line a layer, the 0.04 line marked, control below."""

from typing import TYPE_CHECKING, Any

from lcpc.errors import MissingData, ResultError
from lcpc.figures import _latent, style
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = ("Density of the error (NRMSE) of tensors predicted by the rescaled motion, under random composed motion of the "
           "image, one line a layer with its mean in the legend; the documents' bound is dashed; below, the same network "
           "untrained as control")
STEM = "latent_motion_random"
CLAIM = "prediction error of small random motion"
KEPT = ["network", "weights", "layer", "stride", "images", "size_px", "run", "evidence"]
RESOLUTION = 320
MARGIN = 1.08


def points(results: Results) -> "pandas.DataFrame":
    """Densities (`kind` density), each layer's mean over its draws (mean), and the documents' bound (bound)."""
    import pandas

    rows = _latent.measured(results, STEM)
    rows = rows[rows["transform"] == "random"]
    if rows.empty:
        raise MissingData(f"results/{results.run} holds no random motions; run {_latent.command(results)}")
    drawn = _latent.draws(results, rows).dropna(subset=["nrmse"])
    curves = [_density(row, drawn, float(drawn["nrmse"].max())) for _, row in rows.iterrows()]
    means = rows[[*KEPT, "nrmse", "samples", "empty", "_file", "_line"]].assign(kind="mean")
    frame = pandas.concat([*curves, means, _bound(results)], ignore_index=True)
    bound = frame["kind"] == "bound"
    names = (frame["network"] + " " + frame["weights"] + " " + frame["layer"]).where(~bound, "published bound")
    order = ["series", "kind", *KEPT, "nrmse", "density", "samples", "empty", "_file", "_line"]
    return frame.assign(series=names)[order].astype({"_line": "Int64"})


def _density(row: "pandas.Series", drawn: "pandas.DataFrame", highest: float) -> "pandas.DataFrame":
    import numpy
    import pandas
    from scipy.stats import gaussian_kde

    own = drawn[(drawn["network"] == row["network"]) & (drawn["weights"] == row["weights"]) & (drawn["layer"] == row["layer"])]
    if len(own) < 3 or own["nrmse"].nunique() < 3:
        raise ResultError(f"{row['_file']}: layer {row['layer']} has {len(own)} draws, too few for a density; "
                          "ask for more in the run's config (latent_motion: draws)")
    axis = numpy.linspace(0, MARGIN * highest, RESOLUTION)
    shared = {name: row[name] for name in KEPT}
    density = gaussian_kde(own["nrmse"].to_numpy(float))(axis)
    return pandas.DataFrame({**shared, "kind": "density", "nrmse": axis, "density": density, "_file": own["_file"].iloc[0]},
                            index=range(RESOLUTION))


def _bound(results: Results) -> "pandas.DataFrame":
    claims = results.printed("headline_claims")
    found = claims[claims["claim"] == CLAIM]
    return found[["_file", "_line"]].assign(kind="bound", nrmse=found["value"].astype(float), evidence="published")


def draw(points: "pandas.DataFrame") -> "Figure":
    """One panel for trained and one below for untrained weights of each network, a column wide."""
    from matplotlib.figure import Figure

    panels = _latent.panels(points)
    figure = Figure(figsize=(1.35 * style.COLUMN_IN, 2.6 * len(panels)))
    board = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    bound = float(points.loc[points["kind"] == "bound", "nrmse"].iloc[0])
    for axes, (networks, kind) in zip(board, panels, strict=True):
        shown = points[points["network"].isin(networks)]
        own = shown[shown["weights"] == kind]
        _panel(axes, own, _latent.looks(shown[shown["kind"] == "density"]), bound)
        axes.set_title(_latent.title(own, kind), loc="left", color=style.FAINT)
    board[-1].set_xlabel("NRMSE under random motion")
    return figure


def _panel(axes: "Axes", rows: "pandas.DataFrame", layers: dict[tuple[str, str], Any], bound: float) -> None:
    for (network, layer), look in layers.items():
        own = rows[(rows["network"] == network) & (rows["layer"] == layer)]
        curve, means = own[own["kind"] == "density"], own[own["kind"] == "mean"]
        if curve.empty:
            continue
        mean = float(means["nrmse"].iloc[0])
        axes.plot(curve["nrmse"], curve["density"], color=look.colour, linestyle=look.dashes, linewidth=1.1,
                  label=f"{look.label}: mean {mean:.3f}")
        axes.plot([mean], [0], marker="^", color=look.colour, markersize=4, clip_on=False, zorder=4)
    axes.axvline(bound, color=style.FAINT, linestyle="--", linewidth=0.9)
    axes.annotate(f"{bound:g}", (bound, 1), xycoords=("data", "axes fraction"), xytext=(2, -2), textcoords="offset points",
                  va="top", color=style.FAINT, fontsize=7.5)
    axes.set(ylabel="Density")
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.legend(loc="upper right")
