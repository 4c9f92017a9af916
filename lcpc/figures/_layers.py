"""Layers of built networks from a run's rows, and how diagrams write a layer and a shape."""

from lcpc.errors import MissingData
from lcpc.figures._types import DataFrame, Series
from lcpc.results.store import Results

KIND = "architecture"
IMAGE_PX = 64
"""Side of the image that went through the image networks: `4` positions of it are H/16."""
TIMES = r"\!\times\!"
UNUSED = ["status", "note"]


def measured(results: Results, stem: str, *models: str) -> DataFrame:
    """Layers of some models, `series` first. Raises MissingData with the command."""
    frame = results.measured(KIND)
    layers = frame[frame["model"].isin(models)].drop(columns=UNUSED)
    lacking = [model for model in models if model not in set(layers["model"])]
    if lacking:
        raise MissingData(f"results/{results.run}/{KIND} has no layers of {', '.join(lacking)} to "
                          f"draw {stem} from; "
                          f"run `lcpc evaluate {KIND}/networks --run {results.run}`")
    layers.insert(0, "series", layers["model"] + " " + layers["configuration"])
    return layers


def network(rows: DataFrame, model: str, configuration: str) -> DataFrame:
    """The layers of one network in their order."""
    is_layer = (rows["model"] == model) & (rows["configuration"] == configuration)
    return rows[is_layer].sort_values("index", kind="stable")


def networks(rows: DataFrame, model: str) -> dict[str, DataFrame]:
    """The layers of a model by configuration, in the order of the rows."""
    configurations = rows.loc[rows["model"] == model, "configuration"].unique()
    return {str(name): network(rows, model, str(name)) for name in configurations}


def first_network(rows: DataFrame, model: str) -> DataFrame:
    """The layers of a model's first configuration."""
    return next(iter(networks(rows, model).values()))


def part(layers: DataFrame, name: str) -> DataFrame:
    """The layers of one part of a network, such as `g_a`."""
    return layers[layers["part"] == name]


def shape_in(layers: DataFrame) -> str:
    """The shape that goes into the first of some layers."""
    return str(layers["input_shape"].iloc[0])


def shape_out(layers: DataFrame) -> str:
    """The shape that comes out of the last of some layers."""
    return str(layers["output_shape"].iloc[-1])


def sizes(shape: str) -> list[int]:
    """`3 x 1024` -> [3, 1024]."""
    return [int(size) for size in shape.split(" x ")]


def plain(shape: str) -> str:
    """A shape in mathematical letters: `3 x 1024` -> 3 × 1024."""
    return f"${TIMES.join(shape.split(' x '))}$"


def of_image(shape: str, channels: str = "") -> str:
    """The shape of a tensor of an image H x W: `192 x 4 x 4` -> 192 × H/16 × W/16.

    `channels` is a letter to write for the number of channels.
    """
    count, *positions = sizes(shape)
    terms = [channels or str(count)]
    for letter, size in zip("HW", positions, strict=True):
        step = IMAGE_PX // size
        terms.append(f"{letter}/{step}" if step > 1 else letter)
    return f"${TIMES.join(terms)}$"


def convolution(layer: Series) -> str:
    """Kernel, groups and stride of a convolution: `k=15, g=8, ↓2`, up where it is transposed."""
    words = [f"k={str(layer['kernel']).replace(' x ', '×')}"]
    if layer["groups"] > 1:
        words.append(f"g={layer['groups']}")
    if layer["stride"] > 1:
        arrow = "↑" if "Transpose" in str(layer["layer"]) else "↓"
        words.append(f"{arrow}{layer['stride']}")
    return ", ".join(words)
