"""Trains the auxiliary decoders of a trained curve on Chamfer distance; the codec is frozen, its
y_hat detached."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.config import Config, Reconstruction
from lcpc.data.seeds import seed_of
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.trainer.settings import cloud_values, cloud_work, lasting
from lcpc.training import write_weights
from lcpc.training.proposed import name_of

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.data.base import PointClouds
    from lcpc.fast.random_numbers import RandomSource
    from lcpc.models.point_codec import PointCodec


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job a size and P that the run reconstructs."""
    settings = config.reconstruction
    if settings is None:
        return
    for size, points in config.curves_of(settings):
        codec = weights(config.run, name_of(size, points))
        yield Job(
            run=config.run,
            plugin=__name__,
            output=weights(config.run, f"reconstruction_{size}_P{points}"),
            title=f"auxiliary decoders of {size} at P={points}",
            inputs=(*clouds(config, root, "train"), codec),
            values=cloud_values(config)
            | {"training": lasting(settings.training), "lambdas": list(settings.lambdas)},
            options={"size": size, "points": points},
            work=cloud_work(config, settings.training, points) * len(settings.lambdas),
        )


def run(job: Job, context: JobContext) -> None:
    """Train one decoder for each lambda of the run's `reconstruction:`, and write them."""
    from lcpc.codecs.point_clouds.proposed import load
    from lcpc.results.provenance import file_digest

    settings = context.config.reconstruction
    assert settings is not None
    size, points = str(job.options["size"]), int(job.options["points"])
    name = name_of(size, points)
    codec = load(context.checkpoint(name), str(context.weights(name)))
    models = [codec.model(lambda_) for lambda_ in settings.lambdas]
    seed = seed_of(context.config.seed, "reconstruction", size, points) % 2**31
    digest = file_digest(context.weights(name))
    content, seconds = train(
        settings, models, points, context.clouds("train"), seed, context.resume(job.name), digest
    )
    write_weights(job, context, content, seconds)


def train(
    settings: Reconstruction,
    models: "Sequence[PointCodec]",
    points: int,
    clouds: "PointClouds",
    seed: int,
    resume: Path,
    codec_digest: str,
) -> tuple[dict[str, Any], float]:
    """(content of the checkpoint, seconds) of one decoder for each of `models`; `codec_digest`
    names their weights."""
    from lcpc import fast
    from lcpc.models.reconstruction import ReconstructionDecoder
    from lcpc.trainer.cloud_training import CloudTraining, description
    from lcpc.trainer.losses import chamfer

    size = models[0].size
    codec = fast.stack(models).requires_grad_(False).eval()
    decoder = fast.stack([ReconstructionDecoder(size, points, seed)] * len(models))

    def loss(
        x: "Tensor", label: "Tensor", source: "RandomSource"
    ) -> "tuple[Tensor, dict[str, Tensor]]":
        """Chamfer distance from the decoded latent, and what the log shows."""
        bottleneck = codec.entropy_bottleneck
        y_hat = bottleneck.dequantise(bottleneck.symbols(codec.analyse(x)))
        distance = chamfer(decoder(y_hat), x.transpose(1, 2))
        return distance, {"Chamfer x 1000": 1000 * distance}

    about = description("reconstruction", points, settings.lambdas, settings.training, seed, clouds)
    identity = {**about, "size": size, "codec_digest": codec_digest}
    seconds = CloudTraining(
        network=decoder, loss=loss, clouds=clouds, points=points, networks=len(models),
        training=settings.training, seed=seed, resume=resume, identity=identity,
    ).fit()
    return {**identity, "models": [model.state_dict() for model in decoder.unstack()]}, seconds
