"""Critical points: the few points that win a channel's max-pool; alone they give the same stream.

x_C is the union over the channels j of argmax_i h(x_i)_j [MMSP23].
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc import jobs as job_files
from lcpc.codecs.point_clouds.proposed import ProposedCodec, as_input
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config, Section
from lcpc.config.base import Count, Size
from lcpc.data.base import PointClouds, spread
from lcpc.experiments import CURVE, TRAINED, JobContext, Rows, is_read
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.jobs import Job
from lcpc.log import progress
from lcpc.metrics.architectures import encoder_activations
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.models.point_codec import PointCodec

Cloud: TypeAlias = "NDArray[np.float32]"
PointIndices: TypeAlias = "NDArray[np.int64]"

KIND = "critical_points"
FILES = ("csv", "json", "npz")
SAMPLES = ("lambda",)
CLOUDS = 200
"""Clouds whose critical points are counted, spread evenly over the test split."""
EXAMPLE_CLASS = "airplane"
"""What the documents show; for a data set without it, the class of its first test cloud."""

COLUMNS: Mapping[str, Column] = {
    **CURVE,
    "critical_mean": Column("float", "mean number of critical points a cloud"),
    "critical_most": Column("integer", "largest number of critical points of a cloud"),
    "same_latent_percent": Column("float", "clouds whose critical points alone give the same "
                                           "latent to the last bit, %"),
    "same_stream_percent": Column("float", "clouds whose critical points alone give the same "
                                           "bytes, %"),
    "example": Column("string", "test cloud of the figure"),
    "example_class": Column("string", "its class"),
    "example_critical": Column("integer", "its number of critical points"),
    "stream_hex": Column("string", "its stream"),
    "critical_stream_hex": Column("string", "the stream of its critical points alone"),
    "decoded_class": Column("string", "class that its stream decodes to"),
    "critical_decoded_class": Column("string", "class that the stream of its critical points "
                                               "decodes to"),
    **TRAINED,
}


@dataclass(frozen=True, eq=False)
class Example:
    """One cloud [P, 3] of the figure; which points are critical at each lambda [L, P]; its rows."""

    name: str
    class_name: str
    cloud: Cloud
    critical: NDArray[np.bool_]
    rows: DataFrame


class Settings(Section):
    """`critical_points:` below `experiments:`."""

    points: Mapping[Size, Count] = {}
    """P of each size that is shown; empty is each size at its largest P."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """Each size at its P, where a figure of the run shows critical points."""
    if not is_read(config, KIND):
        return
    settings = Settings.model_validate(config.experiments.get(KIND, {}))
    shown = settings.points or point_clouds.largest_points(config)
    for size, points in shown.items():
        config.curve(size, points)
        yield Job(
            config.run, __name__, job_files.rows(config.run, KIND, f"{size}_P{points}"),
            f"critical points of {size} at P={points}",
            inputs=point_clouds.inputs_of(config, root, curve_name(size, points)),
            values=point_clouds.settings_of(config, clouds=CLOUDS, example_class=EXAMPLE_CLASS),
            modules=("lcpc.codecs.point_clouds.proposed",),
            options={"size": size, "points": points},
            work=float(encoder_activations(size, points)))


def run(job: Job, context: JobContext) -> Rows:
    """One row a lambda, with an example through real streams."""
    size, points = job.options["size"], job.options["points"]
    name, clouds = curve_name(size, points), context.clouds("test")
    codec, content = codec_of(context, size, points, clouds)
    samples = evaluate(codec, clouds, min(CLOUDS, len(clouds)))
    shown = example(codec, clouds)
    columns = point_clouds.shared_columns(context, clouds, points, codec="proposed", size=size,
                                          example=shown.name, example_class=shown.class_name)
    rows = summarise(samples).merge(shown.rows, on="lambda").assign(**columns)
    arrays = {"lambdas": shown.rows["lambda"].to_numpy(float), "cloud": shown.cloud,
              "critical": shown.critical}
    return Rows(rows, samples, point_clouds.picture(clouds, arrays),
                point_clouds.origin(clouds, content), (context.weights(name),))


def evaluate(codec: ProposedCodec, clouds: PointClouds, count: int) -> DataFrame:
    """Rows of each of `count` clouds (0: all) at each lambda.

    Columns: sample, lambda, critical, same_latent, same_stream, stream_bits.
    """
    chosen = spread(len(clouds), count)
    rows = []
    for index in progress(chosen.tolist(), "clouds", len(chosen)):
        cloud = clouds.first(codec.points)[index]
        sample = {"sample": clouds.samples[index]}
        rows += [sample | compare(codec, cloud, lambda_) for lambda_ in codec.settings]
    return frame_of(rows).sort_values("lambda", kind="stable").reset_index(drop=True)


def compare(codec: ProposedCodec, cloud: Cloud, lambda_: float) -> dict[str, float]:
    """Size of x_C, and whether x and x_C have the same latent and the same stream."""
    critical = critical_points(codec.model(lambda_), cloud)
    stream = codec.encode(np.ascontiguousarray(cloud), lambda_)
    alone = codec.encode(np.ascontiguousarray(cloud[critical]), lambda_)
    return {"lambda": lambda_, "critical": len(critical),
            "same_latent": same_latent(codec.model(lambda_), cloud, critical),
            "same_stream": stream == alone, "stream_bits": 8 * len(stream)}


def critical_points(model: "PointCodec", cloud: Cloud) -> PointIndices:
    """x_C of one cloud [P, 3], as sorted indices: at most N points.

    A channel that is zero at all points (ReLU) needs none; one point is always kept, so that x_C is
    a cloud. BN and ReLU are monotone: the winner is that of the last convolution, with BN's sign.
    """
    import torch

    x = _as_input(cloud)
    to_convolution, norm = model.g_a[:-3], model.g_a[-3]  # then ReLU, max-pool
    with torch.no_grad():
        sign = torch.sign(torch.as_tensor(norm.weight))
        responses = to_convolution(x)[0] * sign[:, None]  # [N, P]
        is_active = model.g_a(x)[0] > 0
    last = responses.shape[-1] - 1
    winners = last - responses.flip(-1).argmax(-1)  # of equal responses the last
    kept = winners[is_active] if bool(is_active.any()) else winners[:1]
    return np.unique(kept.numpy())


def same_latent(model: "PointCodec", cloud: Cloud, critical: PointIndices) -> bool:
    """Whether g_a(x_C) = g_a(x) to the last bit.

    Both have P points here: every other point is replaced by one of x_C, which leaves the set the
    same. Matrix products of other shapes may round their last bit in another way.
    """
    import torch

    is_critical = np.isin(np.arange(len(cloud)), critical)
    x_c = np.where(is_critical[:, None], cloud, cloud[critical[0]])
    with torch.no_grad():
        return torch.equal(model.analyse(_as_input(cloud)), model.analyse(_as_input(x_c)))


def _as_input(cloud: Cloud) -> "Tensor":
    return as_input(cloud[None])


def summarise(samples: DataFrame) -> DataFrame:
    """Means for each lambda, and the largest number of critical points."""
    grouped = samples.groupby("lambda", sort=True)
    same = 100 * grouped[["same_latent", "same_stream"]].mean()
    critical = grouped["critical"]
    return same.add_suffix("_percent").assign(
        samples=grouped.size(), critical_mean=critical.mean(), critical_most=critical.max(),
    ).reset_index()


def example_index(clouds: PointClouds) -> int:
    """The first test cloud of EXAMPLE_CLASS, or the first of all."""
    if EXAMPLE_CLASS not in clouds.classes:
        return 0
    labels = clouds.label.tolist()
    wanted = clouds.classes.index(EXAMPLE_CLASS)
    return labels.index(wanted) if wanted in labels else 0


def example(codec: ProposedCodec, clouds: PointClouds) -> Example:
    """One cloud and its x_C through real streams, and the classes that these decode to."""
    index = example_index(clouds)
    cloud = np.ascontiguousarray(clouds.first(codec.points)[index])

    rows, flags = [], []
    for lambda_ in codec.settings:
        critical = critical_points(codec.model(lambda_), cloud)
        stream, decoded_class = through_stream(codec, cloud, lambda_)
        critical_stream, critical_class = through_stream(codec, cloud[critical], lambda_)
        rows.append({"lambda": lambda_, "example_critical": len(critical),
                     "stream_hex": stream.hex(), "critical_stream_hex": critical_stream.hex(),
                     "decoded_class": clouds.classes[decoded_class],
                     "critical_decoded_class": clouds.classes[critical_class]})
        flags.append(np.isin(np.arange(len(cloud)), critical))
    class_name = clouds.classes[int(clouds.label[index])]
    return Example(str(clouds.samples[index]), class_name, cloud, np.stack(flags), frame_of(rows))


def through_stream(codec: ProposedCodec, cloud: Cloud, lambda_: float) -> tuple[bytes, int]:
    """A cloud's real stream, and the index of the class that it decodes to."""
    stream = codec.encode(np.ascontiguousarray(cloud), lambda_)
    logits = codec.classify(codec.decode(stream, lambda_)[None], lambda_)
    return stream, int(logits.argmax())
