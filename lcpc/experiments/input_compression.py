"""Rate-accuracy rows of input compression: code each cloud at every scale, decode it, let the PointNet of that P judge."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.base import Cloud, PointCloudCodec, round_trip
from lcpc.data.base import PointClouds
from lcpc.experiments._classification import predict
from lcpc.log import progress
from lcpc.models.point_codec import PointClassifier
from lcpc.units import bits_from_bytes

if TYPE_CHECKING:
    import pandas

Coded: TypeAlias = tuple[int, int, Cloud]
"""(rate_bits as the documents count, stream_bits of the whole stream, decoded cloud)."""

Coder: TypeAlias = Callable[[str, Cloud, int], Coded]
"""Codes (sample, cloud [P, 3], scale)."""


def coder_of(codec: PointCloudCodec) -> Coder:
    """Codes with a real codec; each stream is decoded again and checked against the quantised cloud."""
    def code(sample: str, cloud: Cloud, scale: int) -> Coded:
        stream, decoded = round_trip(codec, cloud, scale)
        return codec.counted_bits(stream), bits_from_bytes(len(stream)), decoded
    return code


def spread(total: int, wanted: int) -> NDArray[np.int64]:
    """Indices of `wanted` of `total` samples, evenly spread; all of them for 0."""
    return np.unique(np.linspace(0, total - 1, wanted or total).round().astype(np.int64))


def evaluate(code: Coder, network: PointClassifier, clouds: PointClouds, points: int, scales: tuple[int, ...],
             test_clouds: int = 0, threads: int = 1) -> "pandas.DataFrame":
    """Per-sample rows: sample, label, scale, rate_bits, stream_bits, predicted.

    `threads` clouds are coded at a time, which is of use to codecs that are programs of their own.
    """
    import pandas

    chosen = spread(len(clouds), test_clouds)
    subset, samples, label = clouds.first(points)[chosen], clouds.samples[chosen], clouds.label[chosen]
    frames = []
    with ThreadPoolExecutor(threads) as pool:
        for scale in progress(scales, "scales"):
            coded = list(pool.map(code, map(str, samples), map(np.ascontiguousarray, subset), repeat(scale)))
            frames.append(pandas.DataFrame({
                "sample": samples, "label": label, "scale": scale,
                "rate_bits": [rate for rate, _, _ in coded], "stream_bits": [stream for _, stream, _ in coded],
                "predicted": predict(network, [decoded for _, _, decoded in coded]),
            }))
    return pandas.concat(frames, ignore_index=True)
