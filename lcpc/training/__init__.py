"""Trainings: one file a training, each with `jobs(config, root)` and `run(job, context)`;
`trainer.py` is the one loop.

    $ lcpc train proposed_micro_P64 --run demo

Helpers of this room start with `_`. A training imports torch when it runs, not before.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lcpc import config as configs
from lcpc import registry
from lcpc.config import Config
from lcpc.context import Context
from lcpc.jobs import Job, job_named

ROOM = "lcpc.training"


def jobs(config: Config, root: Path) -> list[Job]:
    """All weights that a run's config asks for, training by training."""
    listed: list[Job] = []
    for name in registry.names(ROOM):
        listed.extend(registry.load(ROOM, name).jobs(config, root))
    return listed


def train(root: Path, run: str, name: str, threads: int = 1, device: str = "cpu") -> Path:
    """Train the weights `name` of a run, such as `proposed_micro_P64`, on from where they were
    killed; their path.

    Raises ConfigError where the run's config asks for no such weights, or where torch has no such
    device.
    """
    from lcpc.training._process import prepare_process, usable_device

    config = configs.load(root, run)
    job = job_named(jobs(config, root), name, run)
    context = Context(root, config, max(1, threads), usable_device(device))
    prepare_process(context.threads)
    registry.load(ROOM, job.plugin.rsplit(".", 1)[1]).run(job, context)
    return root / job.output


def write_weights(job: Job, context: Context, content: Mapping[str, Any], seconds: float) -> None:
    """Write the weights of a job, and beside them what their training took and on which machine."""
    from lcpc import checkpoints
    from lcpc.training._process import training_stats

    weights = context.root / job.output
    checkpoints.save(weights, content)
    training_stats(weights, seconds, context.device)
    context.resume(job.name).unlink(missing_ok=True)
