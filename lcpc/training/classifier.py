"""Trains the PointNet of one P on uncompressed clouds; it classifies what input codecs decode."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import Config, Training
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.trainer.settings import cloud_values, cloud_work, lasting
from lcpc.training import write_weights

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.data.base import PointClouds
    from lcpc.fast.random_numbers import RandomSource

THREADS = 2


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job a P of the input codecs."""
    settings = config.input_compression
    if settings is None:
        return
    for points in settings.points:
        yield Job(
            run=config.run,
            plugin=__name__,
            output=weights(config.run, f"pointnet_P{points}"),
            title=f"PointNet at P={points}",
            inputs=clouds(config, root, "train"),
            values=cloud_values(config) | {"training": lasting(settings.classifier)},
            options={"points": points},
            threads=THREADS,
            work=cloud_work(config, settings.classifier, points),
        )


def run(job: Job, context: JobContext) -> None:
    """Train the PointNet of one P and write it."""
    points, settings = int(job.options["points"]), context.config.input_compression
    if settings is None or points not in settings.points:
        raise ConfigError(f"run {context.config.run} measures no input compression at P={points}; "
                          "see input_compression: points")
    seed = seed_of(context.config.seed, "pointnet", points) % 2**31
    resume = context.resume(job.name)
    content, seconds = train(
        settings.classifier, points, context.clouds("train"), seed, resume, context.device
    )
    write_weights(job, context, content, seconds)


def train(training: Training, points: int, clouds: "PointClouds", seed: int, resume: Path,
          device: str = "cpu") -> tuple[dict[str, Any], float]:
    """(content of the checkpoint, its matrices in 16 bits; seconds)."""
    from lcpc import fast
    from lcpc.models.point_codec import PointClassifier
    from lcpc.trainer.cloud_training import CloudTraining, check_points, description
    from lcpc.trainer.kept import in_half_precision
    from lcpc.trainer.losses import cross_entropy, top1_percent

    check_points(points, clouds)
    network = fast.stack([PointClassifier(len(clouds.classes), seed=seed)])

    def loss(
        x: "Tensor", label: "Tensor", source: "RandomSource"
    ) -> "tuple[Tensor, dict[str, Tensor]]":
        """Cross-entropy in nats, and what the log shows."""
        logits = network(x, source)
        nats = cross_entropy(logits, label)
        return nats, {"nats": nats, "top-1 %": top1_percent(logits, label)}

    identity = description("pointnet", points, (), training, seed, clouds)
    seconds = CloudTraining(
        network=network,
        loss=loss,
        clouds=clouds,
        points=points,
        networks=1,
        training=training,
        seed=seed,
        resume=resume,
        identity=identity,
        device=device,
    ).fit()
    return {**identity, "model": in_half_precision(network.unstack()[0].state_dict())}, seconds
