"""The clouds of a run. A data set is one file of this package, found by its name in the config.

`lcpc/data/base.py` says what such a file holds.
"""

from pathlib import Path
from types import ModuleType

from lcpc import registry
from lcpc.config import Config
from lcpc.data.base import SPLITS, PointClouds
from lcpc.data.listing import as_inputs
from lcpc.data.places import dataset_of, made_file, place_of
from lcpc.errors import MissingData
from lcpc.results.provenance import file_digest

__all__ = [
    "class_count",
    "cloud_count",
    "dataset_of",
    "input_files",
    "is_made",
    "load",
    "made_file",
    "make",
    "may_be_passed_on",
    "missing",
    "place_of",
    "recorded_as",
]


def _plugin(config: Config) -> ModuleType:
    return registry.load(__name__, dataset_of(config).name)


def missing(config: Config, root: Path) -> str:
    """Why the run's clouds can neither be read nor made, with the way out, or ""."""
    reason: str = _plugin(config).missing(config, root)
    return reason


def is_made(config: Config) -> bool:
    """Whether `lcpc data` keeps the run's clouds in data/<run>/; others are read where they lie."""
    return bool(_plugin(config).MADE)


def may_be_passed_on(dataset: str) -> bool:
    """Whether results may hold coordinates of a data set's clouds; where its terms forbid it, they
    hold names of clouds and numbers of points instead."""
    if dataset not in registry.names(__name__):
        return True
    return bool(getattr(registry.load(__name__, dataset), "MAY_BE_PASSED_ON", True))


def cloud_count(config: Config, split: str, unknown: int = 1000) -> int:
    """Clouds of a split, for estimates of work; `unknown` if the set has to be read first."""
    if config.dataset is None:
        return unknown
    count = getattr(_plugin(config), "cloud_count", None)
    return unknown if count is None else int(count(config, split))


def class_count(config: Config, root: Path, unknown: int = 40) -> int:
    """Number of classes of the run's data set; `unknown` without one, or before it can be read."""
    if config.dataset is None:
        return unknown
    count = getattr(_plugin(config), "class_count", None)
    return unknown if count is None else int(count(config, root)) or unknown


def load(config: Config, root: Path, split: str) -> PointClouds:
    """Clouds of one split.

    Raises MissingData with the command that makes them, or DataError for broken files.
    """
    made = made_file(root, config.run, split)
    if is_made(config) and not made.is_file():
        raise MissingData(f"{made} is not there. Run `lcpc data --run {config.run}`.")
    clouds: PointClouds = _plugin(config).load(config, root, split)
    return clouds


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> dict[str, str]:
    """Make the clouds of both splits, or check those that are there; the digest of each split.

    `threads` processes sample meshes; an archive is downloaded only if `download` is set. Files
    that are there already are kept, and interrupted work goes on.
    """
    _plugin(config).make(config, root, threads, download)
    return {split: load(config, root, split).digest for split in SPLITS}


def input_files(config: Config, root: Path) -> list[str]:
    """The user's own files that the run's clouds come from, sorted; hidden files are left out.

    Paths inside the project are relative to it. Files that are not there are left out.
    """
    return as_inputs(_plugin(config).input_files(config, root), root)


def recorded_as(config: Config, root: Path) -> str:
    """SHA-256 of the file of the test clouds, by which recorded facts name them, or ""."""
    file = place_of(config, root) / "test.npz"
    is_recorded = dataset_of(config).name == "modelnet40" and file.is_file()
    return file_digest(file) if is_recorded else ""
