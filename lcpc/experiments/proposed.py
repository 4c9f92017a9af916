"""Rate and accuracy of the proposed codec: real streams of test clouds, decoded and classified.

The codec is measured as it is shipped: its rows come with its weights and with all streams.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import jobs as job_files
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.config import Config
from lcpc.data.point_clouds import cloud_count
from lcpc.experiments import Context, Rows, _shipped
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import COLUMNS, KIND, summarise
from lcpc.jobs import Job

if TYPE_CHECKING:
    from lcpc.codecs.shipped.base import ShippedCodec

__all__ = ["COLUMNS", "FILES", "KIND", "jobs", "run", "ship", "summarise"]

FILES = ("csv", "json")
SAMPLES = True
SHIPPED = ("weights.npz", "streams.npz")


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
                    inputs=(*point_clouds.inputs_of(config, root, name),
                            *job_files.clouds(config, root, "train")),
                    values=point_clouds.settings_of(config),
                    modules=("lcpc.codecs.point_clouds.proposed",
                             "lcpc.codecs.shipped.proposed"),
                    options={"size": size, "points": points}, work=float(work))


def run(job: Job, context: Context) -> Rows:
    """One row a lambda."""
    size, points = job.options["size"], job.options["points"]
    clouds = context.clouds("test")
    codec, content = ship(context, size, points)
    samples, streams = _shipped.evaluate(codec, clouds)
    columns = point_clouds.shared_columns(context, clouds, points, codec="proposed", size=size,
                                          scale=None, setting="")
    rows = summarise(samples, "lambda").assign(**columns)
    return Rows(rows, samples, provenance=point_clouds.origin(clouds, content),
                inputs=(context.weights(job.name),),
                shipped=_shipped.files(codec, clouds, streams))


def ship(context: Context, size: str, points: int) -> "tuple[ShippedCodec, dict[str, Any]]":
    """The codec of a size at P as it is shipped, and the content of its checkpoint."""
    from lcpc.codecs.shipped import proposed

    clouds = context.clouds("train")
    codec, content = codec_of(context, size, points, clouds)
    weights = context.weights(curve_name(size, points))
    training = _shipped.origin(context, clouds, content, weights)
    return proposed.ship(codec, clouds, training), content
