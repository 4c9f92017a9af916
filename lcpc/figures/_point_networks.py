"""Shared by the diagrams of point cloud networks: blocks of the encoder, strips of the classifier, their words."""

from typing import TYPE_CHECKING

from lcpc.figures import _layers, _stacks
from lcpc.figures.diagrams import ANALYSIS, SYNTHESIS, Node

if TYPE_CHECKING:
    import pandas

SIZES = ("full", "lite", "micro")
PROPOSED, POINTNET, RECONSTRUCTION = "proposed", "pointnet", "reconstruction"
CLOUD, LATENT, CLASSES = "$3\\!\\times\\!P$", "$N$", "$T$"
POOL = "max-pool"


def blocks(network: "pandas.DataFrame") -> "list[pandas.DataFrame]":
    """The layers of each encoder block, in their order; the pool over the points is none of them."""
    layers = _layers.part(network, "g_a")
    return [block for _, block in layers[layers["layer"] != POOL].groupby("module", sort=False)]


def width(block: "pandas.DataFrame") -> str:
    """Channels behind a block, the groups of its convolution behind a stroke where there are several: `16/2`."""
    layer = block[block["layer"].str.contains("Conv")].iloc[0]
    return f"{layer['c_out']}/{layer['groups']}" if layer["groups"] > 1 else str(layer["c_out"])


def block_words(block: "pandas.DataFrame") -> list[str]:
    """The layers of a block in words, without their widths."""
    kinds = [str(kind) for kind in block["layer"]]
    return [f"{kind}\n$k={kernel}$" if "Conv" in kind else kind.replace(" ", "\n")
            for kind, kernel in zip(kinds, block["kernel"], strict=True)]


def encoder_nodes(network: "pandas.DataFrame", height: float) -> list[Node]:
    """One box a block."""
    return [Node(width(block), fill=ANALYSIS, width=0.29, height=height, size=7.5) for block in blocks(network)]


def classifier_nodes(*networks: "pandas.DataFrame", height: float) -> list[Node]:
    """The classifier as boxes side by side, words running upwards: its linear layers, and what stands between them."""
    import pandas

    found = _stacks.lines(pandas.concat([_layers.part(network, "classifier") for network in networks]))
    return [_upright(_stacks.words(line), _stacks.is_wide(line), height) for line in found]


def _upright(words: str, wide: bool, height: float) -> Node:
    if wide:
        return Node(words, fill=SYNTHESIS, turned=True, width=0.25, height=height)
    return Node(words, fill=_stacks.PALE, turned=True, width=0.2, height=height, size=7.0)


def latent(network: "pandas.DataFrame") -> int:
    """N, channels behind the pool."""
    return int(network.loc[network["layer"] == POOL, "c_out"].iloc[0])


def classes(network: "pandas.DataFrame") -> int:
    """T, the classes that the classifier tells apart."""
    return int(_layers.part(network, "classifier")["c_out"].iloc[-1])
