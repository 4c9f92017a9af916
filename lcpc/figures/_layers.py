"""Shared by the diagrams: layers of built networks from a run's rows, and how a layer and a shape are written."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.results.store import Results

if TYPE_CHECKING:
    import pandas

KIND = "architecture"
IMAGE_PX = 64
"""Side of the image that went through the image networks: `4` positions of it are H/16."""
TIMES = r"\!\times\!"


def measured(results: Results, stem: str, *models: str) -> "pandas.DataFrame":
    """Layers of some models, `series` first. Raises MissingData with the command that reads them off the networks."""
    frame = results.measured(KIND)
    kept = frame[frame["model"].isin(models)]
    if lacking := [model for model in models if model not in set(kept["model"])]:
        raise MissingData(f"results/{results.run}/{KIND} has no layers of {', '.join(lacking)} to draw {stem} from; "
                          f"run `lcpc evaluate {KIND} --run {results.run}`")
    series = kept["model"] + " " + kept["configuration"]
    return kept.drop(columns=["status", "note"]).assign(series=series)[["series", *kept.columns.drop(["status", "note"])]]


def network(rows: "pandas.DataFrame", model: str, configuration: str) -> "pandas.DataFrame":
    """The layers of one network in their order."""
    own = rows[(rows["model"] == model) & (rows["configuration"] == configuration)]
    return own.sort_values("index", kind="stable")


def part(layers: "pandas.DataFrame", name: str) -> "pandas.DataFrame":
    """The layers of one part of a network, such as `g_a`."""
    return layers[layers["part"] == name]


def configurations(rows: "pandas.DataFrame", model: str) -> list[str]:
    """Configurations of a model in the order of the rows."""
    return list(dict.fromkeys(rows[rows["model"] == model]["configuration"]))


def sizes(shape: str) -> list[int]:
    """`3 x 1024` -> [3, 1024]."""
    return [int(one) for one in shape.split(" x ")]


def plain(shape: str) -> str:
    """A shape in mathematical letters: `3 x 1024` -> 3 × 1024."""
    return f"${TIMES.join(shape.split(' x '))}$"


def of_image(shape: str, channels: str = "") -> str:
    """The shape of a tensor of an image H x W: `192 x 4 x 4` -> 192 × H/16 × W/16, or with a letter for the channels."""
    width, *positions = sizes(shape)
    steps = [IMAGE_PX // count for count in positions]
    terms = [f"{letter}/{step}" if step > 1 else letter for letter, step in zip("HW", steps, strict=True)]
    return f"${TIMES.join([channels or str(width), *terms])}$"


def how(layer: "pandas.Series") -> str:
    """Kernel, groups and stride of a convolution: `k=15, g=8, ↓2`, up where it is transposed."""
    told = [f"k={str(layer['kernel']).replace(' x ', '×')}"]
    if layer["groups"] > 1:
        told.append(f"g={layer['groups']}")
    if layer["stride"] > 1:
        told.append(f"{'↑' if 'Transpose' in str(layer['layer']) else '↓'}{layer['stride']}")
    return ", ".join(told)
