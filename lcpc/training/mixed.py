"""Trains the codecs `mixed` of one curve and seed: all lambdas of one size and P, stacked on a
lambda axis. Those of the size local share their encoder."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import Config, MixedCurve, plain
from lcpc.data.seeds import seed_of
from lcpc.errors import DataError
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.metrics.architectures import LOCAL, encoder_activations
from lcpc.trainer.settings import cloud_values, cloud_work, lasting, without
from lcpc.training import write_weights

if TYPE_CHECKING:
    from lcpc.trainer.curve_training import StartWeights

SHAPE = ("latents", "mixing", "context", "entropy_hidden", "mixtures")
"""Settings of a curve that say what its network is."""
OPTIONAL = ("variant", "axis_scale_jitter", "shift", "label_smoothing")
"""Settings that are no part of a job, or of a training's identity, where they are off."""


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job a size, P and seed."""
    for curve in config.mixed:
        for size, points, seed in product(curve.sizes, curve.points, curve.seeds):
            yield _job(config, root, curve, size, points, seed)


def _job(
    config: Config, root: Path, curve: MixedCurve, size: str, points: int, seed: int
) -> Job:
    inputs = clouds(config, root, "train")
    if curve.start_points:
        start = curve.name_of(size, curve.start_points, seed)
        inputs = (*inputs, weights(config.run, start))
    settings = without(plain(curve), "sizes", "points", "seeds", "measured", *OPTIONAL)
    settings |= {"training": lasting(curve.training)} | optional_settings(curve)
    options = {"size": size, "points": points, "seed": seed}
    if curve.variant:
        options["variant"] = curve.variant
    work = cloud_work(config, curve.training, points) * encoder_activations(size, points) / points
    return Job(
        run=config.run, plugin=__name__,
        output=weights(config.run, curve.name_of(size, points, seed)),
        title=f"mixed {curve.label_of(size)} at P={points}, seed {seed}", inputs=inputs,
        values=cloud_values(config) | settings,
        options=options, work=work * (1 if size == LOCAL else len(curve.lambdas)),
    )


def optional_settings(curve: MixedCurve) -> dict[str, Any]:
    """Those of `OPTIONAL` that are on."""
    values = {name: getattr(curve, name) for name in OPTIONAL}
    return {name: value for name, value in values.items() if value}


def run(job: Job, context: JobContext) -> None:
    """Train a curve and write its networks."""
    from lcpc.training._mixed_training import MixedTraining

    size, points, seed = str(job.options["size"]), job.options["points"], job.options["seed"]
    curve = context.config.mixed_curve(size, points, seed, job.options.get("variant", ""))
    start = start_of(context, size, curve, seed) if curve.start_points else None
    training = MixedTraining(
        curve, size, points, context.clouds("train"),
        seed_of(context.config.seed, "mixed", size, points, seed) % 2**31,
        context.resume(job.name), context.device, start,
    )
    content = training.run()
    write_weights(job, context, content, training.seconds)


def start_of(context: JobContext, size: str, curve: MixedCurve, seed: int) -> "StartWeights":
    """The weights that a curve starts from. Raises MissingData or DataError unless they are of
    the same lambdas."""
    from lcpc.models.mixed_codec import network_of
    from lcpc.results.provenance import file_digest
    from lcpc.trainer.curve_training import StartWeights

    name = curve.name_of(size, curve.start_points, seed)
    content, path = context.checkpoint(name), context.weights(name)
    if tuple(content.get("lambdas", ())) != tuple(curve.lambdas):
        raise DataError(
            f"{path} holds other lambdas than the curve that starts from it; "
            "delete it and train again"
        )
    models = [network_of(content, lambda_, str(path)) for lambda_ in curve.lambdas]
    return StartWeights([model.requires_grad_(True) for model in models], file_digest(path))
