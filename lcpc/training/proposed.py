"""Trains the proposed codecs: all lambdas and seeds of one size and P together."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc.config import Config, Curve, plain
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.metrics.architectures import POINT_ENCODERS
from lcpc.trainer.settings import cloud_values, cloud_work, lasting, without
from lcpc.training import write_weights

if TYPE_CHECKING:
    from lcpc.trainer.curve_training import StartWeights

THREADS = {"full": 2}
"""The matrices of micro and lite are too small to share between cores: two curves side by side use
them better."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job a size and P."""
    for curve in config.proposed:
        for size, points in product(curve.sizes, curve.points):
            yield _job(config, root, curve, size, points)


def _job(config: Config, root: Path, curve: Curve, size: str, points: int) -> Job:
    inputs = clouds(config, root, "train")
    if curve.start_points:
        inputs = (*inputs, weights(config.run, name_of(size, curve.start_points)))
    settings = without(plain(curve), "sizes", "points") | {"training": lasting(curve.training)}
    widths = sum(width for width, _ in POINT_ENCODERS[size])
    return Job(
        run=config.run, plugin=__name__, output=weights(config.run, name_of(size, points)),
        title=f"{size} at P={points}", inputs=inputs, values=cloud_values(config) | settings,
        options={"size": size, "points": points}, threads=THREADS.get(size, 1),
        work=cloud_work(config, curve.training, points) * widths * len(curve.lambdas),
    )


def name_of(size: str, points: int) -> str:
    """Name of the weights of a curve."""
    return f"proposed_{size}_P{points}"


def run(job: Job, context: JobContext) -> None:
    """Train a curve and write its networks, with the integer tables that code their streams."""
    size, points = str(job.options["size"]), int(job.options["points"])
    curve = context.config.curve(size, points)
    start = start_of(context, size, curve) if curve.start_points else None
    train_curve(job, context, curve, size, points, start)


def train_curve(job: Job, context: JobContext, curve: Curve, size: str, points: int,
                start: "StartWeights | None" = None) -> None:
    """Train a curve of a size at P, from the networks of `start` if there are any, and write its
    networks."""
    from lcpc.trainer.curve_training import CurveTraining

    seed = seed_of(context.config.seed, "proposed", size, points) % 2**31
    training = CurveTraining(curve, size, points, context.clouds("train"), seed,
                             context.resume(job.name), context.device, start, curve.seeds)
    content = training.run()
    write_weights(job, context, content, training.seconds)


def start_of(context: JobContext, size: str, curve: Curve) -> "StartWeights":
    """The weights that a curve starts from. Raises MissingData or DataError unless they are of
    the same lambdas."""
    from lcpc.codecs.point_clouds.proposed import load
    from lcpc.results.provenance import file_digest
    from lcpc.trainer.curve_training import StartWeights

    name = name_of(size, curve.start_points)
    content, path = context.checkpoint(name), context.weights(name)
    if tuple(content.get("lambdas", ())) != tuple(curve.lambdas):
        raise DataError(
            f"{path} holds other lambdas than the curve that starts from it; "
            "delete it and train again"
        )
    codecs = [load(content, str(path), seed) for seed in curve.seeds]
    models = [codec.models[value] for codec in codecs for value in codec.settings]
    return StartWeights(models, file_digest(path))
