"""Trainings: one file a training, each with `jobs(config, root)` and `run(job, context)`; `trainer.py` is the one loop.

    $ lcpc train proposed_micro_P64 --run demo

Helpers of this room start with `_`. A training imports torch when it runs, not before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import config, registry
from lcpc.config import Config
from lcpc.errors import ConfigError, MissingData, did_you_mean
from lcpc.jobs import Job

if TYPE_CHECKING:
    from lcpc.data.base import PointClouds


@dataclass(frozen=True)
class Context:
    """What a training works with: the project's folder, the run's config, cores, and a torch device."""

    root: Path
    config: Config
    threads: int = 1
    device: str = "cpu"

    def clouds(self, split: str) -> "PointClouds":
        """The run's point clouds of a split, `train` or `test`."""
        from lcpc.data import point_clouds

        return point_clouds.load(self.config, self.root, split)

    def checkpoint(self, name: str) -> dict[str, Any]:
        """Content of the run's weights `name`. Raises MissingData with the command that trains them."""
        from lcpc import checkpoints

        path = self.weights(name)
        if not path.is_file():
            raise MissingData(f"{path} is not there; train it first: lcpc train {name} --run {self.config.run}")
        return checkpoints.read(path)

    def weights(self, name: str) -> Path:
        """The file of the run's weights `name`."""
        return self.root / "checkpoints" / self.config.run / f"{name}.pt"

    def resume(self, job: Job) -> Path:
        """The state in the middle of a job. `write` deletes it."""
        path = self.root / job.output
        return path.parent / "resume" / path.name

    def write(self, job: Job, content: Mapping[str, Any], seconds: float) -> None:
        """Write the weights of a job, and beside them what the training took and on which machine."""
        from lcpc import checkpoints
        from lcpc.training._process import training_stats

        weights = self.root / job.output
        checkpoints.save(weights, content)
        training_stats(weights, seconds, self.device)
        self.resume(job).unlink(missing_ok=True)


def jobs(settings: Config, root: Path) -> Iterator[Job]:
    """All trainings that a run asks for."""
    for name in registry.names(__name__):
        plugin = registry.load(__name__, name)
        if hasattr(plugin, "jobs"):
            yield from plugin.jobs(settings, root)


def train(root: Path, run: str, name: str, threads: int = 1, device: str = "cpu") -> None:
    """Train the weights `name` of a run, such as `proposed_micro_P64`, on from where they were killed."""
    settings = config.load(root, run)
    known = {job.name: job for job in jobs(settings, root)}
    if name not in known:
        raise ConfigError(f"run {run} trains no {name!r}. {did_you_mean(name, list(known))}")
    job = known[name]
    from lcpc.training._process import prepare_process, usable_device

    prepare_process(threads)
    context = Context(root, settings, threads, usable_device(device))
    registry.load(__name__, job.plugin.rpartition(".")[2]).run(job, context)
