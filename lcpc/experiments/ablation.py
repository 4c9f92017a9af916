"""Rate and accuracy of the recipes of `ablation:`, one row a seed and lambda: real streams of test
clouds, decoded and classified, as for `proposed`.

Weights and streams are not shipped: what counts is how far the recipes lie apart.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from lcpc import jobs as job_files
from lcpc.codecs.point_clouds import proposed as trained
from lcpc.codecs.shipped import proposed as shipped
from lcpc.codecs.trained import weights_of
from lcpc.config import Ablation, Config
from lcpc.config.ablation import label_of
from lcpc.data.base import PointClouds
from lcpc.data.point_clouds import cloud_count
from lcpc.errors import ConfigError
from lcpc.experiments import CURVE, TRAINED, JobContext, Rows, _shipped
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import SAMPLES, summarise
from lcpc.jobs import Job
from lcpc.metrics.architectures import encoder_activations
from lcpc.results.frames import DataFrame, concat
from lcpc.results.schema import Column

__all__ = ["COLUMNS", "FILES", "KIND", "SAMPLES", "jobs", "run", "summarise"]

KIND = "ablation"
FILES = ("csv", "json")
COLUMNS: Mapping[str, Column] = {
    **CURVE,
    "recipe": Column("string", "all, or without_ and the setting that the training lacks"),
    "rate_bits": Column("float", "mean bits a cloud by the model's estimate"),
    "stream_bits": Column("float", "mean bits a cloud, 8 x bytes of the real stream, decoded again "
                                   "and checked"),
    "top1_percent": Column("float", "top-1 accuracy of the decoded stream, %"),
    **TRAINED,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each size, P and recipe that the run trains."""
    for ablation in config.ablation:
        for size, points, recipe in product(ablation.sizes, ablation.points, ablation.recipes):
            yield _job(config, root, ablation, size, points, recipe)


def _job(
    config: Config, root: Path, ablation: Ablation, size: str, points: int, recipe: str
) -> Job:
    name = ablation.name_of(size, points, recipe)
    networks = len(ablation.lambdas) * len(ablation.seeds)
    work = encoder_activations(size, points) * cloud_count(config, "test") * networks
    return Job(
        config.run, __name__, job_files.rows(config.run, KIND, name.removeprefix("ablation_")),
        f"rows of {size} at P={points}, {label_of(recipe)}",
        inputs=(*point_clouds.inputs_of(config, root, name),
                *job_files.clouds(config, root, "train")),
        values=point_clouds.settings_of(config),
        modules=("lcpc.codecs.point_clouds.proposed", "lcpc.codecs.shipped.proposed"),
        options={"size": size, "points": points, "recipe": recipe}, work=float(work))


def run(job: Job, context: JobContext) -> Rows:
    """One row a seed and lambda."""
    size, points, recipe = (job.options[name] for name in ("size", "points", "recipe"))
    test, training = context.clouds("test"), context.clouds("train")
    ablation = context.config.ablation_of(size, points)
    weights = context.weights(ablation.name_of(size, points, recipe))
    content = checked_weights(context, size, points, recipe, training)
    about = _shipped.origin(context, training, content, weights)
    shared = point_clouds.shared_columns(context, test, points, codec="proposed", size=size,
                                         recipe=recipe)
    rows, samples = [], []
    for seed in ablation.seeds:
        of_seed = _samples(content, str(weights), seed, training, test, about)
        samples.append(of_seed.assign(seed=seed))
        rows.append(summarise(of_seed).assign(**shared | {"seed": seed}))
    return Rows(concat(rows), concat(samples),
                provenance=point_clouds.origin(test, content), inputs=(weights,))


def checked_weights(context: JobContext, size: str, points: int, recipe: str,
                    training: PointClouds) -> dict[str, Any]:
    """Content of the weights of a recipe. Raises ConfigError where they are of other settings."""
    ablation = context.config.ablation_of(size, points)
    curve, name = ablation.curve(size, points, recipe), ablation.name_of(size, points, recipe)
    content = weights_of(context, name, points, training, curve)
    for key, wanted in (("head_norm", curve.head_norm), ("seeds", list(curve.seeds))):
        if content.get(key) != wanted:
            raise ConfigError(f"{context.weights(name)} was trained with other settings ({key} "
                              f"{content.get(key)}, not {wanted}) than "
                              f"config/{context.config.run}.yaml has; delete it and train again")
    return content


def _samples(content: Mapping[str, Any], where: str, seed: int, training: PointClouds,
             test: PointClouds, about: Mapping[str, Any]) -> DataFrame:
    """Rows of each cloud at each lambda, of the networks of one seed."""
    codec = shipped.ship(trained.load(content, where, seed), training, about)
    samples, _ = _shipped.evaluate(codec, test)
    return samples
