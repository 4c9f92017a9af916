"""Critical points: the few points of a cloud that win a channel's max-pool; alone they give the same stream [MMSP23]."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.data.base import PointClouds
from lcpc.entropy import coder
from lcpc.experiments._classification import padded
from lcpc.experiments.input_compression import spread
from lcpc.log import progress
from lcpc.models.point_codec import PointCodec

if TYPE_CHECKING:
    import pandas

Cloud = NDArray[np.float32]
EXAMPLE_CLASS = "airplane"
"""What the documents show; a data set without it shows its first test cloud."""


@dataclass(frozen=True, eq=False)
class Example:
    """One cloud [P, 3] for the figure: which points are critical at each lambda [L, P], and what its streams decode to."""

    name: str
    class_name: str
    cloud: Cloud
    critical: NDArray[np.bool_]
    rows: "pandas.DataFrame"


@torch.no_grad()
def critical_points(network: PointCodec, cloud: Cloud) -> list[NDArray[np.int64]]:
    """x_C of one cloud [P, 3] for each member, as sorted indices: the union over channels j of argmax_i h(x_i)_j.

    At most N points. A channel that no point excites (all are cut off by ReLU) needs none, except that one point is
    always kept, so that x_C is a cloud.
    """
    x = torch.from_numpy(np.ascontiguousarray(cloud.T))[None]
    winner = network.g_a.winners(x)[..., 0]
    excited = network.g_a(x)[:, 0] > 0
    return [_kept(winner[member], excited[member]) for member in range(network.shape.members)]


def _kept(winner: Tensor, excited: Tensor) -> NDArray[np.int64]:
    return np.unique((winner[excited] if bool(excited.any()) else winner[:1]).numpy())


def evaluate(curve: TrainedCurve, clouds: PointClouds, wanted: int) -> "pandas.DataFrame":
    """Per-sample rows of `wanted` clouds (0 is all): sample, lambda, critical, same_latent, same_stream, stream_bits."""
    import pandas

    chosen = spread(len(clouds), wanted)
    found = []
    for index in progress(chosen.tolist(), "clouds", len(chosen)):
        rows = compared(curve, clouds.first(curve.points)[index])
        found.append(rows.assign(sample=clouds.samples[index]))
    frame = pandas.concat(found, ignore_index=True)
    return frame.sort_values("lambda", kind="stable").reset_index(drop=True)[["sample", *frame.columns.drop("sample")]]


def compared(curve: TrainedCurve, cloud: Cloud) -> "pandas.DataFrame":
    """One row a lambda: size of x_C, and whether latents and streams of x and x_C are the same."""
    import pandas

    critical = critical_points(curve.network, cloud)
    subsets = [cloud[index] for index in critical]
    whole, alone = curve.symbols(cloud[None])[:, 0], _own_symbols(curve, subsets)
    streams = [_streams(curve, symbols) for symbols in (whole, alone)]
    return pandas.DataFrame({
        "lambda": curve.lambdas, "critical": [len(index) for index in critical],
        "same_latent": same_latents(curve, cloud, critical),
        "same_stream": [x == x_c for x, x_c in zip(*streams, strict=True)],
        "stream_bits": [8 * len(stream) for stream in streams[0]],
    })


def _own_symbols(curve: TrainedCurve, subsets: list[Cloud]) -> NDArray[np.int64]:
    """Symbols [L, N] of each member for its own cloud."""
    symbols = curve.symbols(np.ascontiguousarray(padded(subsets).transpose(0, 2, 1)))
    return symbols[np.arange(len(subsets)), np.arange(len(subsets))]


@torch.no_grad()
def same_latents(curve: TrainedCurve, cloud: Cloud, critical: list[NDArray[np.int64]]) -> list[bool]:
    """Whether g_a(x_C) = g_a(x) to the last bit, for each member.

    x_C stands among P points for that: all others are replaced by one of its own, which is the same set. A matrix
    product of another shape may round its last bit in another way, which says nothing about points.
    """
    x_c = [np.where(np.isin(np.arange(len(cloud)), kept)[:, None], cloud, cloud[kept[0]]) for kept in critical]
    y, *alone = (curve.network.analyse(torch.from_numpy(np.ascontiguousarray(x.T))[None])[:, 0] for x in (cloud, *x_c))
    return [bool(torch.equal(y[member], y_c[member])) for member, y_c in enumerate(alone)]


def _streams(curve: TrainedCurve, symbols: NDArray[np.int64]) -> list[bytes]:
    return [coder.encode(own, tables) for own, tables in zip(symbols, curve.tables, strict=True)]


def summarise(samples: "pandas.DataFrame") -> "pandas.DataFrame":
    """Means for each lambda: samples, critical_mean, critical_most, same_latent_percent, same_stream_percent."""
    grouped = samples.groupby("lambda", sort=True)
    return grouped.agg(samples=("sample", "size"), critical_mean=("critical", "mean"), critical_most=("critical", "max"),
                       same_latent_percent=("same_latent", lambda same: 100 * same.mean()),
                       same_stream_percent=("same_stream", lambda same: 100 * same.mean())).reset_index()


def example_index(clouds: PointClouds) -> int:
    """The first test cloud of EXAMPLE_CLASS, or the first one of all."""
    wanted = clouds.classes.index(EXAMPLE_CLASS) if EXAMPLE_CLASS in clouds.classes else int(clouds.label[0])
    return int(np.flatnonzero(clouds.label == wanted)[0]) if (clouds.label == wanted).any() else 0


def example(curve: TrainedCurve, clouds: PointClouds) -> Example:
    """One cloud and its critical points through real streams: both streams in hex and the class that each decodes to."""
    import pandas

    index = example_index(clouds)
    cloud = np.ascontiguousarray(clouds.first(curve.points)[index])
    critical = critical_points(curve.network, cloud)
    rows = []
    for member, kept in enumerate(critical):
        streams = [curve.encode(one, member) for one in (cloud, np.ascontiguousarray(cloud[kept]))]
        decoded = [clouds.classes[int(curve.decode(stream, member).argmax())] for stream in streams]
        rows.append({"lambda": curve.lambdas[member], "example_critical": len(kept),
                     "stream_hex": streams[0].hex(), "critical_stream_hex": streams[1].hex(),
                     "decoded_class": decoded[0], "critical_decoded_class": decoded[1]})
    flags = np.stack([np.isin(np.arange(len(cloud)), kept) for kept in critical])
    return Example(str(clouds.samples[index]), clouds.classes[int(clouds.label[index])], cloud, flags, pandas.DataFrame(rows))
