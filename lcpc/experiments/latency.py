"""How long coding and classifying take on this machine, one cloud at a time, with the networks that a device would run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.codecs.point_clouds import draco
from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.config import Latency
from lcpc.data.base import PointClouds
from lcpc.entropy import coder
from lcpc.entropy.pmf import FrequencyTables
from lcpc.experiments.input_compression import spread
from lcpc.log import progress
from lcpc.models.folded import FoldedDecoder, FoldedEncoder, fold, fold_classifier
from lcpc.models.point_codec import PointClassifier
from lcpc.units import bits_from_bytes

if TYPE_CHECKING:
    import pandas

Cloud = NDArray[np.float32]
Value = TypeVar("Value")
WARM_UP = 20
"""Clouds that run before the clock counts, so that caches and allocators are warm."""


@dataclass(frozen=True, eq=False)
class Device:
    """One lambda's codec as deployed: folded networks and integer tables."""

    encoder: FoldedEncoder
    decoder: FoldedDecoder
    tables: FrequencyTables

    def encode(self, cloud: Cloud) -> bytes:
        """Cloud [P, 3] to bytes."""
        return coder.encode(self.encoder(as_input(cloud))[0].numpy(), self.tables)

    def decode(self, stream: bytes) -> NDArray[np.int64]:
        """Bytes to symbols [N]."""
        return coder.decode(stream, self.tables)

    def classify(self, symbols: NDArray[np.int64]) -> int:
        """Symbols [N] to a class."""
        return int(self.decoder(torch.from_numpy(symbols)[None]).argmax())


def as_input(cloud: Cloud) -> torch.Tensor:
    """A cloud [P, 3] as a batch of one, [1, 3, P]."""
    return torch.from_numpy(np.ascontiguousarray(cloud.T))[None]


def timed(call: Callable[[], Value]) -> tuple[Value, float]:
    """What `call` gives, and the seconds that it took."""
    begin = time.perf_counter()
    value = call()
    return value, time.perf_counter() - begin


@torch.inference_mode()
def evaluate(curve: TrainedCurve, clouds: PointClouds, settings: Latency) -> "pandas.DataFrame":
    """Per-sample rows: sample, lambda, stream_bits, encode_s, decode_s, classify_s, input_bits, input_*_s, network_s."""
    import pandas

    chosen = spread(len(clouds), min(settings.clouds, len(clouds)))
    points = [np.ascontiguousarray(cloud) for cloud in clouds.first(curve.points)[chosen]]
    alone = whole_cloud(points, settings)
    frames = []
    for member, lambda_ in progress(list(enumerate(curve.lambdas)), "lambdas", len(curve.lambdas)):
        device = Device(*fold(curve.network, member), curve.tables[member])
        rows = [coded(device, cloud) for cloud in [*points[:WARM_UP], *points]][-len(points):]
        told = {"lambda": lambda_, "sample": clouds.samples[chosen]}
        frames.append(pandas.concat([pandas.DataFrame(rows), alone], axis=1).assign(**told))
    return pandas.concat(frames, ignore_index=True)


def coded(device: Device, cloud: Cloud) -> dict[str, float]:
    """Times and bits of one cloud through the codec."""
    stream, encode_s = timed(lambda: device.encode(cloud))
    symbols, decode_s = timed(lambda: device.decode(stream))
    _, classify_s = timed(lambda: device.classify(symbols))
    return {"stream_bits": bits_from_bytes(len(stream)), "encode_s": encode_s, "decode_s": decode_s, "classify_s": classify_s}


def whole_cloud(points: list[Cloud], settings: Latency) -> "pandas.DataFrame":
    """Times and bits of the ways without the codec: sending the cloud, and classifying it where it is."""
    import pandas

    # Its weights do not change how long a network takes, so an untrained one will do.
    encoder, decoder = fold_classifier(PointClassifier().eval())
    rows = [sent_and_classified(cloud, settings, encoder, decoder) for cloud in [*points[:WARM_UP], *points]]
    return pandas.DataFrame(rows[-len(points):])


def sent_and_classified(cloud: Cloud, settings: Latency, encoder: FoldedEncoder, decoder: FoldedDecoder) -> dict[str, float]:
    """Times and bits of one cloud on its way to a server, and the time that a PointNet takes for it."""
    stream, encode_s = timed(lambda: sent(cloud, settings))
    _, decode_s = timed(lambda: received(stream, settings))
    _, network_s = timed(lambda: int(decoder(encoder.latents(as_input(cloud))).argmax()))
    return {"input_bits": bits_from_bytes(len(stream)), "input_encode_s": encode_s, "input_decode_s": decode_s,
            "network_s": network_s}


def sent(cloud: Cloud, settings: Latency) -> bytes:
    """The stream that takes a whole cloud to the server."""
    return draco.codec({}).encode(cloud, settings.input_scale) if settings.input_codec == "draco" else cloud.tobytes()


def received(stream: bytes, settings: Latency) -> Cloud:
    """The cloud that arrives."""
    if settings.input_codec == "draco":
        return draco.codec({}).decode(stream, settings.input_scale)
    return np.frombuffer(stream, dtype=np.float32).reshape(-1, 3)


def summarise(samples: "pandas.DataFrame") -> "pandas.DataFrame":
    """Median times and mean bits for each lambda, with the number of samples."""
    grouped = samples.groupby("lambda", sort=True)
    times = grouped[[name for name in samples if name.endswith("_s")]].median()
    return times.join(grouped[["stream_bits", "input_bits"]].mean()).assign(samples=grouped.size()).reset_index()
