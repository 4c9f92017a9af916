"""Trains the proposed codec by a recipe, and without one of its settings at a time: all lambdas and
seeds of one size, P and recipe together, as `proposed` trains them.

The whole recipe and those without a setting begin with the same weights, and draw the same random
numbers as long as the setting is not one that draws.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from lcpc.config import Ablation, Config, plain
from lcpc.config.ablation import label_of
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.metrics.architectures import POINT_ENCODERS
from lcpc.trainer.settings import cloud_values, cloud_work, lasting, without
from lcpc.training.proposed import train_curve


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job a size, P and recipe."""
    for ablation in config.ablation:
        for size, points, recipe in product(ablation.sizes, ablation.points, ablation.recipes):
            yield _job(config, root, ablation, size, points, recipe)


def _job(
    config: Config, root: Path, ablation: Ablation, size: str, points: int, recipe: str
) -> Job:
    curve = ablation.curve(size, points, recipe)
    settings = without(plain(curve), "sizes", "points") | {"training": lasting(curve.training)}
    widths = sum(width for width, _ in POINT_ENCODERS[size])
    networks = len(curve.lambdas) * len(curve.seeds)
    return Job(
        run=config.run, plugin=__name__,
        output=weights(config.run, ablation.name_of(size, points, recipe)),
        title=f"{size} at P={points}, {label_of(recipe)}", inputs=clouds(config, root, "train"),
        values=cloud_values(config) | settings,
        options={"size": size, "points": points, "recipe": recipe},
        work=cloud_work(config, curve.training, points) * widths * networks,
    )


def run(job: Job, context: JobContext) -> None:
    """Train the curve of a recipe and write its networks, as `proposed` does.

    Its seed is that of `proposed`, so that the whole recipe trains what `proposed` would.
    """
    size, points = str(job.options["size"]), int(job.options["points"])
    ablation = context.config.ablation_of(size, points)
    curve = ablation.curve(size, points, str(job.options["recipe"]))
    train_curve(job, context, curve, size, points)
