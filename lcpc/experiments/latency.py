"""Seconds that coding and classifying take on this machine, one cloud at a time, as deployed.

The networks are those of a device: batch norm and gains folded in (lcpc.models.folded).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc import registry
from lcpc.codecs.point_clouds.base import Cloud, PointCloudCodec
from lcpc.codecs.point_clouds.proposed import ProposedCodec, as_input
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config, Latency
from lcpc.data.base import PointClouds, spread
from lcpc.entropy import coder
from lcpc.entropy.pmf import FrequencyTables
from lcpc.experiments import CURVE, TRAINED, JobContext, Rows
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._times import timed
from lcpc.jobs import Job
from lcpc.log import progress
from lcpc.metrics.architectures import encoder_activations
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column
from lcpc.units import bits_from_bytes

if TYPE_CHECKING:
    from lcpc.models.folded import FoldedDecoder, FoldedEncoder


KIND = "latency"
FILES = ("csv", "json")
SAMPLES = ("lambda",)
PACKAGE = "lcpc.codecs.point_clouds"
RAW = "raw"
"""Clouds sent to the server as float32 coordinates."""
WARM_UP = 20
"""Clouds that run before times count, so that caches and allocators are warm."""

COLUMNS: Mapping[str, Column] = {
    **CURVE,
    "threads": Column("integer", "processor cores that the networks used"),
    "stream_bits": Column("float", "mean bits of a cloud's real stream"),
    "encode_s": Column("float", "cloud to bytes, median, seconds on this machine"),
    "decode_s": Column("float", "bytes to symbols, median, seconds on this machine"),
    "classify_s": Column("float", "symbols to class, median, seconds on this machine"),
    "input_codec": Column("string", "how the cloud goes to a server that does all the work: "
                                    "raw, draco"),
    "input_setting": Column("string", "its setting"),
    "input_bits": Column("float", "mean bits of a cloud sent that way"),
    "input_encode_s": Column("float", "cloud to these bits, median, seconds on this machine"),
    "input_decode_s": Column("float", "these bits to a cloud, median, seconds on this machine"),
    "network_s": Column("float", "PointNet (layers of size full) on a cloud, median, seconds on "
                                 "this machine"),
    "server_speedup": Column("float", "how many times faster than this machine the server is "
                                      "taken to be (config)"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size and P of the config's `latency:`."""
    settings = config.latency
    if settings is None:
        return
    for size, points in config.curves_of(settings):
        values = {key: value for key, value in configs.plain(settings).items()
                  if key not in ("sizes", "points")}
        sent_by = settings.input_codec
        plugins = () if sent_by == RAW else (registry.load(PACKAGE, sent_by).__name__,)
        yield Job(
            config.run, __name__, job_files.rows(config.run, KIND, f"{size}_P{points}"),
            f"latencies of {size} at P={points}",
            inputs=point_clouds.inputs_of(config, root, curve_name(size, points)),
            values=point_clouds.settings_of(config, latency=values, warm_up_clouds=WARM_UP),
            modules=("lcpc.codecs.point_clouds.proposed", *plugins),
            options={"size": size, "points": points},
            work=float(encoder_activations(size, points) * settings.clouds))


def run(job: Job, context: JobContext) -> Rows:
    """One row a lambda: medians over the clouds."""
    settings = context.config.latency
    assert settings is not None
    size, points = job.options["size"], job.options["points"]
    name, clouds = curve_name(size, points), context.clouds("test")
    codec, content = codec_of(context, size, points, clouds)
    samples = evaluate(codec, clouds, settings, configs.plain(context.config.tools))
    is_raw = settings.input_codec == RAW
    input_setting = "float32 coordinates" if is_raw else f"S={settings.input_scale}"
    columns = point_clouds.shared_columns(
        context, clouds, points, codec="proposed", size=size, threads=context.threads,
        input_codec=settings.input_codec, input_setting=input_setting,
        server_speedup=settings.server_speedup)
    provenance = {**point_clouds.origin(clouds, content), "warm_up_clouds": WARM_UP}
    return Rows(summarise(samples).assign(**columns), samples, provenance=provenance,
                inputs=(context.weights(name),))


@dataclass(frozen=True, eq=False)
class Device:
    """The codec of one lambda as deployed: folded networks and integer tables."""

    encoder: "FoldedEncoder"
    decoder: "FoldedDecoder"
    tables: FrequencyTables

    def encode(self, cloud: Cloud) -> bytes:
        """Cloud [P, 3] to bytes."""
        symbols, = self.encoder(as_input(cloud[None]))
        return coder.encode(symbols.numpy(), self.tables)

    def decode(self, stream: bytes) -> NDArray[np.int64]:
        """Bytes to symbols [N]."""
        return coder.decode(stream, self.tables)

    def classify(self, symbols: NDArray[np.int64]) -> int:
        """Symbols [N] to a class."""
        import torch

        return int(self.decoder(torch.from_numpy(symbols)[None]).argmax())


@dataclass(frozen=True)
class Transmission:
    """How a whole cloud goes to a server: by an input codec at a scale, or as it is (None)."""

    codec: PointCloudCodec | None
    scale: int

    def send(self, cloud: Cloud) -> bytes:
        """The stream of a cloud [P, 3]."""
        return self.codec.encode(cloud, self.scale) if self.codec else cloud.tobytes()

    def receive(self, stream: bytes) -> Cloud:
        """The cloud of a stream."""
        if self.codec:
            return self.codec.decode(stream, self.scale)
        return np.frombuffer(stream, dtype=np.float32).reshape(-1, 3)


def transmission_of(settings: Latency, tools: Mapping[str, str]) -> Transmission:
    """How the config says that clouds are sent. Raises ConfigError for an unknown codec."""
    name = settings.input_codec
    codec = None if name == RAW else registry.load(PACKAGE, name).codec(tools)
    return Transmission(codec, settings.input_scale)


def evaluate(codec: ProposedCodec, clouds: PointClouds, settings: Latency,
             tools: Mapping[str, str]) -> DataFrame:
    """Rows of each cloud at each lambda: bits and times, with and without the codec."""
    import pandas
    import torch

    from lcpc.models.folded import fold

    chosen = spread(len(clouds), min(settings.clouds, len(clouds)))
    points = [np.ascontiguousarray(cloud) for cloud in clouds.first(codec.points)[chosen]]
    frames = []
    with torch.inference_mode():
        whole = _measured(points, whole_cloud(transmission_of(settings, tools)))
        for lambda_ in progress(codec.settings, "lambdas", len(codec.settings)):
            device = Device(*fold(codec.model(lambda_)), codec.tables[lambda_])
            coded = _measured(points, partial(through, device))
            frame = pandas.concat([coded, whole], axis=1)
            frames.append(frame.assign(**{"lambda": lambda_, "sample": clouds.samples[chosen]}))
    return pandas.concat(frames, ignore_index=True)


def _measured(points: list[Cloud], measure: Callable[[Cloud], dict[str, float]]) -> DataFrame:
    """Bits and times of each cloud, after some clouds that do not count."""
    rows = [measure(cloud) for cloud in [*points[:WARM_UP], *points]]
    return frame_of(rows[-len(points):])


def through(device: Device, cloud: Cloud) -> dict[str, float]:
    """Times and bits of one cloud through the codec."""
    stream, encode_s = timed(lambda: device.encode(cloud))
    symbols, decode_s = timed(lambda: device.decode(stream))
    _, classify_s = timed(lambda: device.classify(symbols))
    return {"stream_bits": bits_from_bytes(len(stream)), "encode_s": encode_s,
            "decode_s": decode_s, "classify_s": classify_s}


def whole_cloud(transmission: Transmission) -> Callable[[Cloud], dict[str, float]]:
    """Measures a cloud without the codec: sending it, and classifying it where it is."""
    from lcpc.models.folded import fold_classifier
    from lcpc.models.point_codec import PointClassifier

    # Weights do not change how long a network takes, so it is not trained.
    encoder, decoder = fold_classifier(PointClassifier().eval())

    def classify(cloud: Cloud) -> int:
        """The class that the network gives to a cloud."""
        latents = encoder.latents(as_input(cloud[None]))
        return int(decoder(latents).argmax())

    def measure(cloud: Cloud) -> dict[str, float]:
        """Bits of a cloud, and seconds to send, to receive and to classify it."""
        stream, encode_s = timed(lambda: transmission.send(cloud))
        _, decode_s = timed(lambda: transmission.receive(stream))
        _, network_s = timed(lambda: classify(cloud))
        return {"input_bits": bits_from_bytes(len(stream)), "input_encode_s": encode_s,
                "input_decode_s": decode_s, "network_s": network_s}

    return measure


def summarise(samples: DataFrame) -> DataFrame:
    """Median times and mean bits for each lambda, with the number of samples."""
    grouped = samples.groupby("lambda", sort=True)
    times = grouped[[name for name in samples if name.endswith("_s")]].median()
    bits = grouped[["stream_bits", "input_bits"]].mean()
    return times.join(bits).assign(samples=grouped.size()).reset_index()
