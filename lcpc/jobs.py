"""A job: one file of weights or of rows that a run asks for, what it depends on and works with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from lcpc.config import Config
from lcpc.errors import ConfigError, LcpcError, MissingData, did_you_mean

if TYPE_CHECKING:
    from lcpc.data.base import PointClouds


@dataclass(frozen=True)
class Job:
    """One training or one evaluation of a run; paths are relative to the project's folder.

    The workflow makes one Snakemake job of it; `lcpc train` and `lcpc evaluate` do it by hand.
    """

    run: str
    plugin: str
    """Module that does it: a file of `lcpc.training` or of `lcpc.experiments`."""
    output: str
    """Its file: `checkpoints/<run>/<name>.pt` or `results/<run>/<kind>/<name>.csv`."""
    title: str
    """What it is, in words, such as `rows of micro at P=64`."""
    inputs: tuple[str, ...] = ()
    """Files that it reads: weights, clouds, and the user's own files."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Every setting and constant that its result depends on, defaults included, as plain values."""
    modules: tuple[str, ...] = ()
    """Modules of lcpc that it finds by name, such as a codec, so that their code counts too."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Which of the plug-in's jobs it is, such as `size` and `points`."""
    threads: int = 1
    work: float = 1.0
    """How much work it is, in a unit that all jobs of one plug-in share: times scale with it."""

    @property
    def name(self) -> str:
        """Name of the file without ending, such as `proposed_micro_P64`."""
        return PurePosixPath(self.output).stem

    @property
    def kind(self) -> str:
        """Folder of the file: a kind of rows, such as `rate_accuracy`, or the run's name."""
        return PurePosixPath(self.output).parent.name


@dataclass(frozen=True)
class JobContext:
    """What one job works with: the project's folder, the run's config, its data and its weights.

    `device` is in torch's words and counts for trainings only.
    """

    root: Path
    config: Config
    threads: int = 1
    device: str = "cpu"

    def clouds(self, split: str) -> "PointClouds":
        """The run's clouds of one split, `train` or `test`. Raises MissingData or DataError."""
        from lcpc.data import point_clouds

        return point_clouds.load(self.config, self.root, split)

    def weights(self, name: str) -> Path:
        """The file of the weights `name`, such as `proposed_micro_P64`."""
        return self.root / weights(self.config.run, name)

    def resume(self, name: str) -> Path:
        """The state of a training that is not done; it is removed when the training is done."""
        return self.root / "checkpoints" / self.config.run / "resume" / f"{name}.pt"

    def checkpoint(self, name: str) -> dict[str, Any]:
        """Content of the weights `name`. Raises MissingData with the command that trains them."""
        from lcpc import checkpoints

        path = self.weights(name)
        if not path.is_file():
            command = f"lcpc train {name} --run {self.config.run}"
            raise MissingData(f"{path} is not there; train it first: {command}")
        return checkpoints.read(path)


def weights(run: str, name: str) -> str:
    """Where the weights `name` of a run are, such as `proposed_micro_P64`."""
    return f"checkpoints/{run}/{name}.pt"


def rows(run: str, kind: str, name: str) -> str:
    """Where the rows `name` of a kind are."""
    return f"results/{run}/{kind}/{name}.csv"


def clouds(config: Config, root: Path, split: str) -> tuple[str, ...]:
    """Files that the clouds of a split are read from: made ones, or the user's own."""
    if config.dataset is None:
        return ()
    from lcpc.data import point_clouds

    if point_clouds.is_made(config):
        return (f"data/{config.run}/{split}.npz",)
    try:
        return tuple(point_clouds.input_files(config, root))
    except LcpcError:
        return ()  # the verb that reads the clouds says what is wrong with them


def job_named(listed: Iterable[Job], name: str, run: str) -> Job:
    """The job that makes `name`, such as `latency/micro_P64`.

    Raises ConfigError naming the nearest.
    """
    known = {job.output.split("/", 2)[2].rsplit(".", 1)[0]: job for job in listed}
    if name not in known:
        none = f"config/{run}.yaml asks for none; --run NAME names another run."
        hint = did_you_mean(name, list(known)) if known else none
        raise ConfigError(f"run {run} makes no {name!r}. {hint}")
    return known[name]
