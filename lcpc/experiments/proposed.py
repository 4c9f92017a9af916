"""Rate and accuracy of the proposed codec: real streams of test clouds, decoded and classified.

The codec is measured as it is shipped: its rows come with its weights and with all streams.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from lcpc import jobs as job_files
from lcpc.codecs.shipped import proposed
from lcpc.codecs.shipped.base import ShippedCurve
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config, Curve
from lcpc.data.point_clouds import cloud_count
from lcpc.experiments import JobContext, Rows, _shipped
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import COLUMNS, KIND, SAMPLES, summarise
from lcpc.jobs import Job
from lcpc.metrics.architectures import encoder_activations

__all__ = ["COLUMNS", "FILES", "KIND", "SAMPLES", "jobs", "lambdas", "run", "ship", "summarise"]

FILES = ("csv", "json")
SHIPPED = ("weights.npz", "streams.npz")


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size, P and seed that the run trains."""
    for curve in config.proposed:
        for size, points, seed in product(curve.sizes, curve.points, curve.seeds):
            yield _job(config, root, curve, size, points, seed)


def _job(config: Config, root: Path, curve: Curve, size: str, points: int, seed: int) -> Job:
    name, count = curve_name(size, points), cloud_count(config, "test")
    work = encoder_activations(size, points) * count * len(curve.lambdas)
    values = point_clouds.settings_of(config)
    if seed != curve.seeds[0]:
        values["seed_of_curve"] = seed
    output = job_files.rows(config.run, KIND, rows_name(curve, size, points, seed))
    return Job(
        config.run, __name__, output,
        f"rows of {size} at P={points}, seed {seed}",
        inputs=(*point_clouds.inputs_of(config, root, name),
                *job_files.clouds(config, root, "train")),
        values=values,
        modules=("lcpc.codecs.point_clouds.proposed", "lcpc.codecs.shipped.proposed"),
        options={"size": size, "points": points, "seed": seed}, work=float(work))


def lambdas(job: Job, config: Config) -> Sequence[float]:
    """The lambdas of a curve."""
    return config.curve(job.options["size"], job.options["points"]).lambdas


def rows_name(curve: Curve, size: str, points: int, seed: int) -> str:
    """Name of the rows of a seed; those of the first seed are named as the weights."""
    name = curve_name(size, points)
    return name if seed == curve.seeds[0] else f"{name}_seed{seed}"


def run(job: Job, context: JobContext) -> Rows:
    """One row a lambda. Weights and streams are shipped for the first seed of a curve."""
    size, points, seed = job.options["size"], job.options["points"], job.options["seed"]
    clouds = context.clouds("test")
    codec, content = ship(context, size, points, seed)
    samples, streams = _shipped.evaluate(codec, clouds)
    columns = point_clouds.shared_columns(context, clouds, points, codec="proposed", size=size,
                                          scale=None, setting="", seed=seed)
    rows = summarise(samples).assign(**columns)
    is_first = seed == context.config.curve(size, points).seeds[0]
    shipped = _shipped.files(codec, clouds, streams) if is_first else {}
    return Rows(rows, samples, provenance=point_clouds.origin(clouds, content),
                inputs=(context.weights(curve_name(size, points)),), shipped=shipped)


def ship(context: JobContext, size: str, points: int,
         seed: int = 0) -> tuple[ShippedCurve, dict[str, Any]]:
    """The codec of a size at P and a seed (0: the first) as shipped, and its checkpoint."""
    clouds = context.clouds("train")
    codec, content = codec_of(context, size, points, clouds, seed)
    weights = context.weights(curve_name(size, points))
    training = _shipped.origin(context, clouds, content, weights)
    return proposed.ship(codec, clouds, training), content
