"""Density of the NRMSE under random motion, one line a layer; the 0.04 line, the control."""

import numpy

from lcpc.curves.resampling import mean_replicates, rounded
from lcpc.errors import MissingData, ResultError
from lcpc.figures import _latent, _rows, style
from lcpc.figures._types import Axes, DataFrame, Figure, Series
from lcpc.metrics.intervals import interval
from lcpc.results.frames import frame_of
from lcpc.results.store import Results

READS = (_latent.KIND,)
CAPTION = ("Density of the error (NRMSE) of tensors predicted by the rescaled motion, under "
           "random composed motion of the image, one line a layer with its mean in the legend, and "
           "its 95 % interval over the motions; "
           "the documents' bound is dashed and grey; below, the same network untrained as control")
STEM = "latent_motion_random"
CLAIM = "prediction error of small random motion"
COLUMNS = ["network", "weights", "layer", "stride", "images", "size_px", "run", "evidence"]
ENDS = ["low_nrmse", "high_nrmse"]
RESOLUTION = 320
MARGIN = 1.08
FEWEST = 3


def points(results: Results, stem: str = STEM, *, is_codec: bool = False) -> DataFrame:
    """Densities, each layer's mean over its motions, the documents' bound (column `kind`)."""
    rows = _latent.measured(results, stem, is_codec=is_codec)
    rows = rows[rows["transform"] == "random"]
    if rows.empty:
        command = _latent.command(results)
        raise MissingData(f"results/{results.run} holds no random motions; run {command}")
    samples = _latent.motion_samples(results, rows).dropna(subset=["nrmse"])
    highest = float(samples["nrmse"].max())
    curves = [_density(row, samples, highest) for _, row in rows.iterrows()]
    means = rows[[*COLUMNS, "nrmse", "samples", "empty", "_file", "_line"]].assign(kind="mean")
    means[ENDS] = [_ends(row, samples) for _, row in rows.iterrows()]
    frame = _rows.concat([*curves, means, _bound(results)])
    names = frame["network"] + " " + frame["weights"] + " " + frame["layer"]
    names = names.where(frame["kind"] != "bound", "published bound")
    order = ["series", "kind", *COLUMNS, "nrmse", "density", "samples", "empty", *ENDS, "_file",
             "_line"]
    return frame.assign(series=names)[order]


def _ends(row: Series, samples: DataFrame) -> tuple[float, float]:
    """Both ends of the interval of a layer's mean, its motions drawn again."""
    motions = _latent.of_layer(samples, row["network"], row["layer"])
    errors = motions.loc[motions["weights"] == row["weights"], "nrmse"].to_numpy(float)
    low, high = interval(mean_replicates(errors[:, None])[:, 0])
    return rounded(low), rounded(high)


def _density(row: Series, samples: DataFrame, highest: float) -> DataFrame:
    from scipy.stats import gaussian_kde

    motions = _latent.of_layer(samples, row["network"], row["layer"])
    motions = motions[motions["weights"] == row["weights"]]
    if motions["nrmse"].nunique() < FEWEST:
        raise ResultError(f"{row['_file']}: layer {row['layer']} has {len(motions)} draws, too few "
                          "for a density; ask for more in the run's config (latent_motion: draws)")
    axis = numpy.linspace(0, MARGIN * highest, RESOLUTION)
    density = gaussian_kde(motions["nrmse"].to_numpy(float))(axis)
    curve = frame_of({"kind": "density", "nrmse": axis, "density": density})
    return curve.assign(**row[COLUMNS], _file=motions["_file"].iloc[0])


def _bound(results: Results) -> DataFrame:
    claims = results.printed("headline_claims")
    claim = claims[claims["claim"] == CLAIM]
    bound = claim["value"].astype(float)
    return claim[["_file", "_line"]].assign(kind="bound", nrmse=bound, evidence="published")


def draw(points: DataFrame) -> Figure:
    """One panel for trained and one below for untrained weights of each network, a column wide."""
    panels = _latent.panels(points)
    figure = style.new_figure(1.35 * style.COLUMN_IN, 2.6 * len(panels))
    board = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    bound = float(points.loc[points["kind"] == "bound", "nrmse"].iloc[0])
    for axes, (networks, weights) in zip(board, panels, strict=True):
        shown = _latent.panel_rows(points, networks)
        rows = shown[shown["weights"] == weights]
        _panel(axes, rows, _latent.layer_styles(shown[shown["kind"] == "density"]), bound)
        axes.set_title(_latent.title(rows, weights), loc="left", color=style.FAINT)
    board[-1].set_xlabel("NRMSE under random motion")
    return figure


def _panel(axes: Axes, rows: DataFrame, layers: _latent.Layers, bound: float) -> None:
    for name, line in layers.items():
        layer = _latent.of_layer(rows, *name)
        curve = layer[layer["kind"] == "density"]
        if curve.empty:
            continue
        row = layer[layer["kind"] == "mean"].iloc[0]
        mean, low, high = (float(row[name]) for name in ("nrmse", *ENDS))
        axes.plot(curve["nrmse"], curve["density"], color=line.colour, linestyle=line.dashes,
                  linewidth=1.1, label=f"{line.label}: mean {mean:.3f} [{low:.3f}, {high:.3f}]")
        axes.plot([mean], [0], marker="^", color=line.colour, markersize=4, clip_on=False, zorder=4)
    axes.axvline(bound, color=style.FAINT, linestyle="--", linewidth=0.9,
                 label=f"{bound:g}, the documents' bound")
    axes.set(ylabel="Density")
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="white", fancybox=False)
