"""Reconstructions: decoded latents back to points, and their Chamfer distance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc.codecs.point_clouds.base import Cloud, measure
from lcpc.codecs.point_clouds.proposed import ProposedCodec
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config
from lcpc.data.base import PointClouds, spread
from lcpc.errors import DataError
from lcpc.experiments import CURVE, TRAINED, JobContext, Rows
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments.critical_points import EXAMPLE_CLASS, critical_points, example_index
from lcpc.jobs import Job
from lcpc.log import progress
from lcpc.metrics.distortion import chamfer
from lcpc.results.frames import DataFrame, frame_of
from lcpc.results.provenance import file_digest
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from lcpc.models.reconstruction import ReconstructionDecoder

KIND = "reconstruction"
FILES = ("csv", "json", "npz")
FIELDS = ("size", "points", "lambdas", "models", "codec_digest")
"""What the weights of decoders say."""
SAMPLES = ("lambda",)

COLUMNS: Mapping[str, Column] = {
    **CURVE,
    "rate_bits": Column("float", "mean bits a cloud, model estimate"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded "
                                   "again and checked"),
    "chamfer": Column("float", "mean Chamfer distance to the input, squared lengths (the "
                               "cloud's radius is 1)"),
    "example": Column("string", "test cloud of the figure"),
    "example_class": Column("string", "its class"),
    "example_rate_bits": Column("float", "bits of that cloud, model estimate"),
    "example_stream_bits": Column("integer", "bits of its real stream"),
    "example_chamfer": Column("float", "Chamfer distance of its reconstruction"),
    **TRAINED,
}


@dataclass(frozen=True, eq=False)
class Reconstructor:
    """A trained codec with the auxiliary decoders of some of its lambdas."""

    codec: ProposedCodec
    decoders: "Mapping[float, ReconstructionDecoder]"

    def points(self, y_hat: NDArray[np.float32], lambda_: float) -> Cloud:
        """The cloud [P, 3] of a decoded latent [N]."""
        import torch

        with torch.no_grad():
            return self.decoders[lambda_](torch.from_numpy(y_hat)[None])[0].numpy()


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size and P of the config's `reconstruction:`."""
    settings = config.reconstruction
    if settings is None:
        return
    for size, points in config.curves_of(settings):
        name = f"{size}_P{points}"
        values = {key: value for key, value in configs.plain(settings).items()
                  if key not in ("sizes", "points")}
        yield Job(
            config.run, __name__, job_files.rows(config.run, KIND, name),
            f"reconstructions of {size} at P={points}",
            inputs=point_clouds.inputs_of(config, root, curve_name(size, points),
                                          f"reconstruction_{name}"),
            values=point_clouds.settings_of(config, reconstruction=values,
                                            example_class=EXAMPLE_CLASS),
            modules=("lcpc.codecs.point_clouds.proposed",),
            options={"size": size, "points": points}, work=float(points))


def run(job: Job, context: JobContext) -> Rows:
    """One row a lambda of the decoders, with an example."""
    settings = context.config.reconstruction
    assert settings is not None
    size, points = job.options["size"], job.options["points"]
    name, clouds = curve_name(size, points), context.clouds("test")
    weights = (context.weights(name), context.weights(f"reconstruction_{job.name}"))
    codec, content = codec_of(context, size, points, clouds)
    decoders = context.checkpoint(f"reconstruction_{job.name}")
    reconstructor = load(decoders, codec, file_digest(weights[0]), str(weights[1]))
    samples = evaluate(reconstructor, clouds, min(settings.test_clouds, len(clouds)))
    example_rows, arrays = example(reconstructor, clouds)
    columns = point_clouds.shared_columns(context, clouds, points, codec="proposed", size=size)
    rows = summarise(samples).merge(example_rows, on="lambda").assign(**columns)
    return Rows(rows, samples, point_clouds.picture(clouds, arrays),
                point_clouds.origin(clouds, content), weights)


def load(content: Mapping[str, Any], codec: ProposedCodec, codec_digest: str,
         where: str) -> Reconstructor:
    """Decoders of a checkpoint for a codec. Raises DataError where they belong to other weights."""
    from lcpc.checkpoints import require, restored
    from lcpc.models.reconstruction import ReconstructionDecoder

    require(content, where, "reconstruction", *FIELDS)
    if content["codec_digest"] != codec_digest:
        raise DataError(f"{where} was trained on other weights of the codec; "
                        "delete it and train again")
    shape, lambdas, states = (codec.size, codec.points), content["lambdas"], content["models"]
    if (content["size"], content["points"]) != shape or len(lambdas) != len(states):
        raise DataError(f"{where} is of another size or P than the codec; "
                        "delete it and train again")
    decoders = {}
    for lambda_, state in zip(lambdas, states, strict=True):
        decoder = restored(lambda: ReconstructionDecoder(*shape), state, where)
        decoders[float(lambda_)] = decoder.eval()
    return Reconstructor(codec, decoders)


def evaluate(reconstructor: Reconstructor, clouds: PointClouds, count: int) -> DataFrame:
    """Rows of each of `count` clouds (0: all): sample, lambda, rate_bits, stream_bits, chamfer."""
    chosen = spread(len(clouds), count)
    points = clouds.first(reconstructor.codec.points)
    rows: list[dict[str, Any]] = []
    for index in progress(chosen.tolist(), "clouds", len(chosen)):
        sample = {"sample": clouds.samples[index]}
        rows += [sample | row for row in compare(reconstructor, points[index])[0]]
    frame = frame_of(rows).sort_values(["lambda", "sample"], kind="stable")
    return frame.reset_index(drop=True)


def compare(reconstructor: Reconstructor,
            cloud: Cloud) -> tuple[list[dict[str, float]], list[Cloud]]:
    """Rows of one cloud [P, 3], lambda by lambda, and its reconstructions [P, 3]."""
    cloud = np.ascontiguousarray(cloud)
    rows, reconstructions = [], []
    for lambda_ in reconstructor.decoders:
        coded = measure(reconstructor.codec, cloud, lambda_)
        points = reconstructor.points(coded.decoded, lambda_)
        rows.append({"lambda": lambda_, "rate_bits": coded.rate_bits,
                     "stream_bits": coded.stream_bits, "chamfer": chamfer(points, cloud)})
        reconstructions.append(points)
    return rows, reconstructions


def summarise(samples: DataFrame) -> DataFrame:
    """Means for each lambda: samples, rate_bits, stream_bits, chamfer."""
    grouped = samples.groupby("lambda", sort=True)
    means = grouped[["rate_bits", "stream_bits", "chamfer"]].mean()
    return means.assign(samples=grouped.size()).reset_index()


def example(reconstructor: Reconstructor,
            clouds: PointClouds) -> tuple[DataFrame, dict[str, NDArray[Any]]]:
    """Columns `example_*` of the figure's cloud, and its picture: cloud, x_C, reconstructions."""
    index, codec = example_index(clouds), reconstructor.codec
    cloud = np.ascontiguousarray(clouds.first(codec.points)[index])
    rows, reconstructions = compare(reconstructor, cloud)
    frame = frame_of(rows).add_prefix("example_")
    frame = frame.rename(columns={"example_lambda": "lambda"}).assign(
        example=str(clouds.samples[index]),
        example_class=clouds.classes[int(clouds.label[index])])
    lambdas = list(reconstructor.decoders)
    indices = [critical_points(codec.model(lambda_), cloud) for lambda_ in lambdas]
    critical = [np.isin(np.arange(len(cloud)), points) for points in indices]
    arrays = {"lambdas": np.array(lambdas, float), "cloud": cloud, "critical": np.stack(critical),
              "made": np.stack(reconstructions)}
    return frame, arrays
