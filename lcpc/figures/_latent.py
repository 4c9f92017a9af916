"""Shared by the latent motion figures: networks, rows and pictures of a run, styles of layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy

from lcpc.errors import MissingData
from lcpc.figures import _rows
from lcpc.figures._types import Array, Axes, DataFrame
from lcpc.figures.style import LineStyle
from lcpc.results.frames import concat
from lcpc.results.store import Results, read_csv

KIND = "latent_motion"
DOCUMENTS = ("resnet34", "densenet121")
"""The networks of the documents; where a run has them trained, it shows no other classifiers."""
CLASSIFIER = "efficientnet_lite0"
CODEC = "factorized"
"""The analysis transform of an image codec, whose figures are its own: video codecs meet motion in
its latent."""
NAMES = {"resnet34": "ResNet-34", "densenet121": "DenseNet-121",
         "efficientnet_lite0": "EfficientNet-Lite0", "factorized": "factorized $g_a$"}
IMAGE_SETS = {"photos": "embedded photographs", "kodak": "Kodak"}
WEIGHTS = {"trained": "trained", "untrained": "untrained (control)"}
# Okabe and Ito without yellow, with dashes for greyscale.
COLOURS = ("#000000", "#e69f00", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.2)), "-", (0, (3, 1)), "-", (0, (5, 1, 1, 1)),
                           (0, (1.5, 0.8)))

Layers = dict[tuple[str, str], LineStyle]
"""Style of each (network, layer)."""


@dataclass(eq=False)
class Pictures:
    """Arrays of a network's pictures by name, their file, and columns that say whose they are."""

    arrays: dict[str, Array]
    file: str
    origin: dict[str, Any]


def command(results: Results, network: str = CLASSIFIER) -> str:
    """The command that measures latent motion of a network in a run."""
    return f"`lcpc evaluate {KIND}/{network}_trained --run {results.run}`"


def measured(results: Results, stem: str, *, is_codec: bool = False) -> DataFrame:
    """Done rows of the run's classifiers or of the codec alone, trained and as control."""
    _rows.refuse_published(results, stem)
    frame = results.measured(KIND)
    done = _rows.done(frame)
    done = done[done["nrmse"].notna()]
    done = done[done["network"].isin([CODEC] if is_codec else shown(done))]
    if done.empty:
        reasons = f": {frame['note'].iloc[0]}" if len(frame) else ""
        network = CODEC if is_codec else CLASSIFIER
        raise MissingData(f"results/{results.run}/{KIND} holds no measured rows{reasons}; "
                          f"run {command(results, network)}")
    return done.reset_index(drop=True)


def shown(done: DataFrame) -> list[str]:
    """The documents' trained networks, else the first (trained) one."""
    trained = list(done.loc[done["weights"] == "trained", "network"].unique())
    documents = [network for network in trained if network in DOCUMENTS]
    return documents or trained[:1] or list(done["network"].iloc[:1])


def panels(points: DataFrame) -> list[tuple[list[str], str]]:
    """(networks, weights) of each panel that `points` fill.

    The documents' networks share a panel, any other has its own.
    """
    networks = list(points["network"].dropna().unique())
    documents = [network for network in networks if network in DOCUMENTS]
    groups = [[network] for network in networks if network not in DOCUMENTS]
    if documents:
        groups.insert(0, documents)
    shown = []
    for group, weights in product(groups, WEIGHTS):
        is_in_panel = points["network"].isin(group) & (points["weights"] == weights)
        if is_in_panel.any():
            shown.append((group, weights))
    return shown


def layer_styles(rows: DataFrame) -> Layers:
    """Style of each layer, the same in every panel; colours repeat after the last."""
    layers = {(row.network, row.layer): int(row.stride) for row in rows.itertuples()}
    is_many = rows["network"].nunique() > 1
    styles = {}
    for rank, ((network, layer), stride) in enumerate(layers.items()):
        prefix = f"{NAMES[network]} " if is_many else ""
        colour, dashes = COLOURS[rank % len(COLOURS)], DASHES[rank % len(DASHES)]
        label = f"{prefix}{layer} (s = {stride})"
        styles[network, layer] = LineStyle(label, colour, "", dashes)
    return styles


def of_layer(rows: DataFrame, network: str, layer: str) -> DataFrame:
    """The rows of one layer."""
    return rows[(rows["network"] == network) & (rows["layer"] == layer)]


def title(rows: DataFrame, weights: str) -> str:
    """Networks, weights, images and run, in a reader's words."""
    networks = " and ".join(NAMES[network] for network in rows["network"].unique())
    first = rows.iloc[0]
    images = IMAGE_SETS.get(first["images"], first["images"])
    return f"{networks}, {WEIGHTS[weights]}\n{images}, {first['size_px']} px, run {first['run']}"


def motion_samples(results: Results, rows: DataFrame) -> DataFrame:
    """Per-sample rows beside `rows`, with network and weights. Raises MissingData."""
    frames = []
    for file, networks in rows.groupby("_file", sort=False):
        path = (results.root / str(file)).with_suffix(".samples.csv.gz")
        first = networks.iloc[0]
        samples = read_csv(path, results.root)
        frames.append(samples.assign(network=first["network"], weights=first["weights"]))
    return concat(frames)


def pictures(results: Results, stem: str, layer: str) -> Pictures:
    """Pictures of the first trained network shown; `layer` names the array with their layer.

    Raises MissingData or ResultError with the command.
    """
    rows = measured(results, stem)
    path = beside(results, rows, ".npz")
    if not path.is_file():
        way_out = command(results, rows["network"].iloc[0])
        raise MissingData(f"{path.name} is not in results/{results.run}/{KIND}; only trained "
                          f"networks have pictures: run {way_out}")
    arrays = _rows.arrays(path, f"run {command(results)}")
    first = rows.sort_values("weights", kind="stable").iloc[0]
    origin = {"network": first["network"], "weights": first["weights"], "layer": str(arrays[layer]),
              "image": str(arrays["image"]), "evidence": "measured"}
    return Pictures(arrays, path.relative_to(results.root).as_posix(), origin)


def beside(results: Results, rows: DataFrame, ending: str) -> Path:
    """A file beside the rows of the first network, trained where there is one."""
    first = rows.sort_values("weights", kind="stable")["_file"].iloc[0]
    return (results.root / str(first)).with_suffix(ending)


def mosaic(tensor: Array, columns: int) -> Array:
    """Channels [C, h, w] side by side, NaN between them."""
    from skimage.util import montage

    grid = len(tensor) // columns, columns
    values = tensor.astype(numpy.float64)
    board: Array = montage(values, fill=numpy.nan, grid_shape=grid, padding_width=1)
    return board[1:-1, 1:-1]


def stretched(tensor: Array, like: Array) -> Array:
    """Channels [C, h, w] on the 0..1 scale of those of `like` without their extreme 1 %."""
    values = like.astype(numpy.float64)
    low, high = numpy.quantile(values, (0.01, 0.99), axis=(1, 2), keepdims=True)
    return (tensor.astype(numpy.float64) - low) / numpy.maximum(high - low, 1e-9)


def show_channels(axes: Axes, tensor: Array, like: Array, columns: int) -> None:
    """Draw channels [C, h, w] side by side on the scale of those of `like`."""
    board = mosaic(stretched(tensor, like), columns)
    axes.imshow(board, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")


def panel_rows(points: DataFrame, networks: Sequence[str]) -> DataFrame:
    """The points of the networks of a panel."""
    return points[points["network"].isin(networks)]
