"""Trains IPDAE for patches of one size: Chamfer distance, and bits from half of training on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.codecs.point_clouds.ipdae import NAME, weights_name
from lcpc.config import Config, plain
from lcpc.data.seeds import seed_of
from lcpc.jobs import Job, JobContext, clouds, weights
from lcpc.trainer.settings import cloud_values, without
from lcpc.training import write_weights

if TYPE_CHECKING:
    from lcpc.config import IpdaeTraining
    from lcpc.data.base import PointClouds

THREADS = 2


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each patch size that codes clouds of the run."""
    inputs = config.input_compression
    if inputs is None or inputs.ipdae is None or NAME not in inputs.codecs:
        return
    settings = inputs.ipdae
    for patch in settings.patches:
        points = settings.points_of(patch, inputs.points)
        if points:
            yield Job(
                run=config.run,
                plugin=__name__,
                output=weights(config.run, weights_name(patch)),
                title=f"IPDAE of patches of {patch} points",
                inputs=clouds(config, root, "train"),
                values=cloud_values(config)
                | {"ipdae": lasting_settings(settings), "points": points},
                options={"patch": patch, "points": points},
                threads=THREADS,
                work=float(settings.steps * settings.batch * points[0]),
            )


def lasting_settings(settings: "IpdaeTraining") -> dict[str, Any]:
    """The settings that change a network."""
    return without(plain(settings), "patches", "most_patches", "checkpoint_minutes")


def run(job: Job, context: JobContext) -> None:
    """Train the network of a patch size and write it."""
    inputs = context.config.input_compression
    assert inputs is not None
    assert inputs.ipdae is not None
    patch, points = int(job.options["patch"]), list(job.options["points"])
    seed = seed_of(context.config.seed, NAME, patch) % 2**31
    content, seconds = train(inputs.ipdae, patch, points, context.clouds("train"), seed,
                             context.resume(job.name), context.device)
    write_weights(job, context, content, seconds)


def train(settings: "IpdaeTraining", patch: int, points: list[int], clouds: "PointClouds",
          seed: int, resume: Path, device: str = "cpu") -> tuple[dict[str, Any], float]:
    """(content of the checkpoint, seconds)."""
    import torch

    from lcpc.trainer.kept import in_half_precision
    from lcpc.training._patch_clouds import PatchClouds, octree_counts
    from lcpc.training._patch_steps import PatchTraining, drawn_network

    identity = {"kind": NAME, "patch": patch, "points": points, "seed": seed,
                "training": lasting_settings(settings),
                "dataset": clouds.name, "dataset_digest": clouds.digest}
    data = [PatchClouds.of(torch.from_numpy(clouds.points), count, patch) for count in points]
    network = drawn_network(patch, seed)
    seconds = PatchTraining(network, data, settings, seed, identity, resume, device).fit()
    counts = torch.from_numpy(octree_counts(data)).int()
    model = in_half_precision(network.state_dict())
    return {**identity, "model": model, "occupancies": counts}, seconds
