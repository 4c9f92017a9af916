"""Point cloud networks in diagrams: blocks of the encoder, strips of the classifier, words."""

from lcpc.figures import _layers, _stacks
from lcpc.figures._types import DataFrame
from lcpc.figures.diagrams import ANALYSIS, ENTROPY, SYNTHESIS, Node

PROPOSED, POINTNET, RECONSTRUCTION = "proposed", "pointnet", "reconstruction"
CLOUD, LATENT, CLASSES = "$3\\!\\times\\!P$", "$N$", "$T$"
POOL = "max-pool"


def blocks(network: DataFrame) -> list[DataFrame]:
    """The layers of each encoder block, in their order, without the pool over the points."""
    layers = _layers.part(network, "g_a")
    groups = layers[layers["layer"] != POOL].groupby("module", sort=False)
    return [block for _, block in groups]


def width(block: DataFrame) -> str:
    """Channels after a block, and the groups of its convolution if several: `16/2`."""
    layer = block[block["layer"].str.contains("Conv")].iloc[0]
    groups = layer["groups"]
    return f"{layer['c_out']}/{groups}" if groups > 1 else str(layer["c_out"])


def block_words(block: DataFrame) -> list[str]:
    """The layers of a block in words, without their widths."""
    layers = zip(block["layer"].astype(str), block["kernel"], strict=True)
    return [f"{kind}\n$k={kernel}$" if "Conv" in kind else kind.replace(" ", "\n")
            for kind, kernel in layers]


def encoder_nodes(network: DataFrame, width_in: float, height_in: float) -> list[Node]:
    """One box a block."""
    return [Node(width(block), fill=ANALYSIS, width=width_in, height=height_in, size=7.5)
            for block in blocks(network)]


def classifier_nodes(*networks: DataFrame, height: float) -> list[Node]:
    """The classifier as boxes side by side, words upwards: linear layers, and others."""
    import pandas

    layers = pandas.concat([_layers.part(network, "classifier") for network in networks])
    nodes = []
    for line in _stacks.lines(layers):
        is_wide = _stacks.is_wide(line)
        fill, size, width_in = (SYNTHESIS, 0.0, 0.25) if is_wide else (_stacks.PALE, 7.0, 0.2)
        nodes.append(Node(_stacks.words(line), fill=fill, turned=True, width=width_in,
                          height=height, size=size))
    return nodes


def transform_node(words: str, fill: str, height: float = 0.34) -> Node:
    """A box for g_a or g_s."""
    return Node(words, fill=fill, width=0.44, height=height, size=10)


def model_node(height: float = 0.44) -> Node:
    """A box for the entropy model."""
    return Node("Entropy\nmodel", fill=ENTROPY, width=0.74, height=height, size=9)


def latent(network: DataFrame) -> int:
    """N, channels after the pool."""
    return int(network.loc[network["layer"] == POOL, "c_out"].iloc[0])


def classes(network: DataFrame) -> int:
    """T, the number of classes that the classifier distinguishes."""
    return int(_layers.part(network, "classifier")["c_out"].iloc[-1])
