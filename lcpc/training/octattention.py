"""Trains OctAttention on octrees of the training clouds: all P and S of the run, no test data."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc.config import Config, plain
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError
from lcpc.jobs import Job, clouds, weights
from lcpc.trainer.settings import cloud_values, without
from lcpc.training import write_weights

if TYPE_CHECKING:
    from lcpc.jobs import JobContext

NAME = "octattention"
THREADS = 2


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job, where the run's input codecs ask for it."""
    inputs = config.input_compression
    if inputs is None or inputs.octattention is None:
        return
    training = without(plain(inputs.octattention), "checkpoint_minutes")
    yield Job(
        run=config.run,
        plugin=__name__,
        output=weights(config.run, NAME),
        title="OctAttention",
        inputs=clouds(config, root, "train"),
        values=cloud_values(config) | {
            "training": training, "points": list(inputs.points), "scales": list(inputs.scales)},
        threads=THREADS,
        work=float(inputs.octattention.rounds * inputs.octattention.trees),
    )


def run(job: Job, context: "JobContext") -> None:
    """Train the network and write it in whole numbers."""
    from lcpc.training._octrees import train

    inputs = context.config.input_compression
    if inputs is None or inputs.octattention is None:
        raise ConfigError(f"run {context.config.run} trains no OctAttention; "
                          "see input_compression: octattention")
    split = context.clouds("train")
    seed = seed_of(context.config.seed, NAME) % 2**31
    content, seconds = train(
        job.values, split, seed, context.resume(job.name), context.device,
        inputs.octattention.checkpoint_minutes)
    write_weights(job, context, content, seconds)
