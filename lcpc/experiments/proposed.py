"""Rate and accuracy of the proposed codec: real streams of test clouds, decoded and classified."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import jobs as job_files
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config
from lcpc.data.point_clouds import cloud_count
from lcpc.experiments import Context, Rows, _rate_accuracy
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import COLUMNS, KIND, summarise
from lcpc.jobs import Job

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

    from lcpc.codecs.point_clouds.base import Cloud, Coded
    from lcpc.codecs.point_clouds.proposed import ProposedCodec
    from lcpc.data.base import PointClouds

__all__ = ["COLUMNS", "FILES", "KIND", "evaluate", "jobs", "run", "summarise"]

FILES = ("csv", "json")
SAMPLES = True


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size and P that the run trains."""
    for curve in config.proposed:
        count = cloud_count(config, "test")
        for size in curve.sizes:
            for points in curve.points:
                name = curve_name(size, points)
                work = point_clouds.encoder_work(size, points) * count * len(curve.lambdas)
                yield Job(
                    config.run, __name__, job_files.rows(config.run, KIND, name),
                    f"rows of {size} at P={points}",
                    inputs=point_clouds.inputs_of(config, root, name),
                    values=point_clouds.settings_of(config),
                    modules=("lcpc.codecs.point_clouds.proposed",),
                    options={"size": size, "points": points}, work=float(work))


def run(job: Job, context: Context) -> Rows:
    """One row a lambda."""
    size, points = job.options["size"], job.options["points"]
    clouds = context.clouds("test")
    codec, content = codec_of(context, size, points, clouds)
    samples = evaluate(codec, clouds)
    columns = point_clouds.shared_columns(context, clouds, points, codec="proposed", size=size,
                                          scale=None, setting="")
    rows = summarise(samples, "lambda").assign(**columns)
    return Rows(rows, samples, provenance=point_clouds.origin(clouds, content),
                inputs=(context.weights(job.name),))


def evaluate(codec: "ProposedCodec", clouds: "PointClouds") -> "pandas.DataFrame":
    """Rows of each cloud at each lambda: sample, label, lambda, rates in bits, predicted class."""
    import numpy as np

    from lcpc.codecs.point_clouds.base import measure

    def code(sample: str, cloud: "Cloud", lambda_: float) -> "Coded":
        return measure(codec, cloud, lambda_)

    def classify(latents: "Sequence[NDArray[Any]]", lambda_: float) -> "NDArray[Any]":
        return codec.classify(np.stack(latents), lambda_).argmax(-1)

    lambdas = sorted(codec.settings)
    return _rate_accuracy.evaluate(code, classify, clouds, codec.points, "lambda", lambdas)
