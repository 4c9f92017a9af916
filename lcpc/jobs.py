"""A job: one file of weights or of rows that a run asks for, and all that it depends on."""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lcpc.config import Config
from lcpc.errors import ConfigError, LcpcError, did_you_mean

DATA_SETS = "lcpc.data.point_clouds"
"""A higher room, so it is looked up by name."""


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
    point_clouds = importlib.import_module(DATA_SETS)
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
