"""The clouds of a run, whichever data set its configuration names: one interface for all of them."""

from pathlib import Path

from lcpc.config import Config, Dataset, data_root
from lcpc.data import folder, modelnet40, modelnet40_source, sampling, shapes40, store
from lcpc.data.base import SPLITS, PointClouds
from lcpc.errors import ConfigError, MissingData
from lcpc.results.provenance import file_digest

MADE = ("shapes40", "folder")
"""Data sets whose clouds `lcpc data` keeps in data/<run>/; the others are read where they lie."""


def made_file(root: Path, run: str, split: str) -> Path:
    """Where `lcpc data` puts the clouds of a data set that lcpc makes itself."""
    return root / "data" / run / f"{split}.npz"


def dataset_of(config: Config) -> Dataset:
    """The run's data set. Raises ConfigError for a run that has none."""
    if config.dataset is None:
        raise ConfigError(f"run {config.run} measures nothing: config/{config.run}.yaml names no dataset")
    return config.dataset


def place_of(config: Config, root: Path) -> Path:
    """The folder of the run's data set below the data root."""
    return data_root(root) / dataset_of(config).folder


def missing(config: Config, root: Path) -> str:
    """Why the run's clouds can neither be read nor made, with the way out, or ""."""
    dataset, place = dataset_of(config), place_of(config, root)
    if dataset.name == "shapes40":
        return sampling.missing()
    if dataset.name == "folder":
        return folder.missing(place)
    reason = modelnet40.missing(place)
    return f"{reason} Or make it: `lcpc data --run {config.run}`." if reason and dataset.source else reason


def load(config: Config, root: Path, split: str) -> PointClouds:
    """Clouds of one split. Raises MissingData with the command that makes them, or DataError for broken files."""
    dataset, place = dataset_of(config), place_of(config, root)
    made = made_file(root, config.run, split)
    if dataset.name in MADE and not made.is_file():
        raise MissingData(f"{made} is not there. Run `lcpc data --run {config.run}`.")
    if dataset.name == "folder":
        return folder.load(split, place, config.seed, dataset.stored_points, made)
    if dataset.name == "shapes40":
        return store.read(made)
    if reason := missing(config, root):
        raise MissingData(reason)
    held = modelnet40.load(split, place, config.seed)
    modelnet40.check_counts(str(place), split, modelnet40.counts_of(held), modelnet40.official_counts(root))
    return held


def recorded_as(config: Config, root: Path) -> str:
    """SHA-256 of the file that holds the run's test clouds, by which facts recorded elsewhere name them; "" without one."""
    file = place_of(config, root) / "test.npz"
    return file_digest(file) if dataset_of(config).name == "modelnet40" and file.is_file() else ""


def make(config: Config, root: Path, threads: int = 1, download: bool = False) -> dict[str, str]:
    """Make the clouds of both splits where lcpc makes them, or check those that are there; the digest of each split.

    `threads` processes sample meshes; an archive is fetched only where `download` says so. What is there already is kept,
    and what was interrupted is gone on with.
    """
    dataset = dataset_of(config)
    if dataset.source:
        modelnet40_source.make(dataset, data_root(root), root, config.run, config.seed, threads, download)
    return {split: _made(config, root, split, threads).digest for split in SPLITS}


def _made(config: Config, root: Path, split: str, threads: int) -> PointClouds:
    dataset, made = dataset_of(config), made_file(root, config.run, split)
    if dataset.name == "folder":
        return folder.make(split, place_of(config, root), config.seed, dataset.stored_points, made, threads)
    if dataset.name == "shapes40":
        counts = {"train": dataset.train_per_class, "test": dataset.test_per_class}
        clouds = shapes40.load(split, root, config.seed, per_class=counts[split], points=dataset.stored_points)
        store.save(clouds, made)
        return clouds
    return load(config, root, split)
