"""Shared by the latent motion figures: which networks a run shows, their rows, draws and pictures, and how layers look."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.errors import MissingData, ResultError
from lcpc.figures.style import Look
from lcpc.results.store import PUBLISHED, Results, read_csv

if TYPE_CHECKING:
    import numpy
    import pandas

KIND = "latent_motion"
DOCUMENTS = ("resnet34", "densenet121")
"""The networks of the documents; where a run has them trained, its figures show them and no other classifiers."""
OWN = "factorized"
"""The analysis transform of an image codec, shown beside the classifiers: motion in its latent is what video codecs meet."""
NAMES = {"resnet34": "ResNet-34", "densenet121": "DenseNet-121", "efficientnet_lite0": "EfficientNet-Lite0",
         "factorized": "factorized $g_a$"}
IMAGE_SETS = {"photos": "embedded photographs", "kodak": "Kodak"}
WEIGHTS = {"trained": "trained", "untrained": "untrained (control)"}
# Okabe and Ito without yellow, with dashes for greyscale.
COLOURS = ("#000000", "#e69f00", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.2)), "-", (0, (3, 1)), "-", (0, (5, 1, 1, 1)), (0, (1.5, 0.8)))


@dataclass(eq=False)
class Pictures:
    """Arrays of a network's pictures by name, and where they stand."""

    arrays: "dict[str, numpy.ndarray]"
    file: str


def command(results: Results, network: str = "") -> str:
    """The command that measures latent motion in a run."""
    return f"`lcpc evaluate latent-motion --run {results.run}{f' --network {network}' if network else ''}`"


def measured(results: Results, stem: str) -> "pandas.DataFrame":
    """Done rows of the networks that a run shows, trained and as control. Raises MissingData where it has none."""
    if results.run == PUBLISHED:
        raise MissingData(f"run {PUBLISHED} measures nothing, so it has nothing to show in {stem}; run `snakemake --cores 2 "
                          f"figures/demo/{stem}.pdf`")
    frame = results.measured(KIND)
    done = frame[frame["nrmse"].notna() & (frame["status"] == "done").fillna(False)]
    if done.empty:
        reasons = f": {frame['note'].iloc[0]}" if len(frame) else ""
        raise MissingData(f"results/{results.run}/{KIND} holds no measured rows{reasons}; run {command(results)}")
    return done[done["network"].isin(shown(done))].reset_index(drop=True)


def shown(done: "pandas.DataFrame") -> list[str]:
    """The documents' networks where they are trained, else the first trained one, else the first of all; and a trained g_a."""
    trained = list(dict.fromkeys(done.loc[done["weights"] == "trained", "network"]))
    chosen = [network for network in trained if network in DOCUMENTS] or trained[:1] or [done["network"].iloc[0]]
    return list(dict.fromkeys([*chosen, *(network for network in trained if network == OWN)]))


def panels(points: "pandas.DataFrame") -> list[tuple[list[str], str]]:
    """(networks, weights) of each panel that `points` fill: the documents' networks together, any other alone."""
    networks = list(dict.fromkeys(points["network"].dropna()))
    together = [network for network in networks if network in DOCUMENTS]
    groups = [*([together] if together else []), *([network] for network in networks if network not in DOCUMENTS)]
    return [(group, kind) for group in groups for kind in WEIGHTS
            if (points["network"].isin(group) & (points["weights"] == kind)).any()]


def looks(rows: "pandas.DataFrame") -> dict[tuple[str, str], Look]:
    """Look of each (network, layer), the same in every panel; more layers than colours take the colours again."""
    layers = {(row.network, row.layer): int(row.stride) for row in rows.itertuples()}
    many = len({network for network, _ in layers}) > 1
    return {(network, layer): Look(f"{NAMES[network] + ' ' if many else ''}{layer} (s = {stride})",
                                   COLOURS[index % len(COLOURS)], "", DASHES[index % len(DASHES)])
            for index, ((network, layer), stride) in enumerate(layers.items())}


def title(rows: "pandas.DataFrame", weights: str) -> str:
    """Networks, weights, images and run, in a reader's words."""
    networks = " and ".join(NAMES[network] for network in dict.fromkeys(rows["network"]))
    first = rows.iloc[0]
    images = IMAGE_SETS.get(first["images"], first["images"])
    return f"{networks}, {WEIGHTS[weights]}\n{images}, {first['size_px']} px, run {first['run']}"


def draws(results: Results, rows: "pandas.DataFrame") -> "pandas.DataFrame":
    """Per-draw rows behind the random rows of `rows`, with network and weights. Raises MissingData where they are gone."""
    import pandas

    found = []
    for file, own in rows.groupby("_file", sort=False):
        samples = read_csv((results.root / str(file)).with_suffix(".samples.csv.gz"), results.root)
        found.append(samples.assign(network=own["network"].iloc[0], weights=own["weights"].iloc[0]))
    return pandas.concat(found, ignore_index=True)


def pictures(results: Results, stem: str) -> Pictures:
    """Pictures of the first trained network that is shown. Raises MissingData or ResultError with the command."""
    import numpy

    rows = measured(results, stem)
    path = beside(results, rows, ".npz")
    if not path.is_file():
        raise MissingData(f"{path.name} is not in results/{results.run}/{KIND}; only trained networks have pictures: run "
                          f"{command(results, rows['network'].iloc[0])}")
    try:
        with numpy.load(path, allow_pickle=False) as file:
            return Pictures(dict(file), path.relative_to(results.root).as_posix())
    except (ValueError, OSError, EOFError) as error:
        raise ResultError(f"{path}: {error}; run {command(results)}") from error


def beside(results: Results, rows: "pandas.DataFrame", ending: str) -> Path:
    """A file beside the rows of the first network, trained where there is one."""
    first = rows.sort_values("weights", kind="stable")["_file"].iloc[0]
    return (results.root / str(first)).with_suffix(ending)


def mosaic(tensor: "numpy.ndarray", columns: int, gap: int = 1) -> "numpy.ndarray":
    """Channels [C, h, w] side by side, NaN between them."""
    import numpy

    channels, height, width = tensor.shape
    rows = channels // columns
    board = numpy.full((rows * (height + gap) - gap, columns * (width + gap) - gap), numpy.nan)
    for index, channel in enumerate(tensor):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        board[top:top + height, left:left + width] = channel
    return board


def stretched(tensor: "numpy.ndarray", like: "numpy.ndarray") -> "numpy.ndarray":
    """Channels [C, h, w] on the 0..1 scale of those of `like`, whose quietest and loudest hundredth are cut."""
    import numpy

    values = like.astype(numpy.float64)
    low, high = (numpy.quantile(values, share, axis=(1, 2), keepdims=True) for share in (0.01, 0.99))
    return (tensor.astype(numpy.float64) - low) / numpy.maximum(high - low, 1e-9)


def bare(axes: Any) -> None:
    """No ticks and no grid: the axes hold a picture."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
