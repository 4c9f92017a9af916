"""The clouds of a run, whichever data set its configuration names."""

from pathlib import Path

from lcpc.config import Config, Dataset, data_root
from lcpc.data import modelnet40, shapes40, store
from lcpc.data.base import SPLITS, PointClouds
from lcpc.errors import ConfigError
from lcpc.results.provenance import file_digest


def made_file(root: Path, run: str, split: str) -> Path:
    """Where `lcpc data` puts the clouds of a data set that lcpc makes itself."""
    return root / "data" / run / f"{split}.npz"


def dataset_of(config: Config) -> Dataset:
    """The run's data set. Raises ConfigError for a run that has none."""
    if config.dataset is None:
        raise ConfigError(f"run {config.run} measures nothing: config/{config.run}.yaml names no dataset")
    return config.dataset


def load(config: Config, root: Path, split: str) -> PointClouds:
    """Clouds of one split. Raises MissingData with the command that makes them, or DataError for broken files."""
    dataset = dataset_of(config)
    if dataset.name == "modelnet40":
        return modelnet40.load(split, data_root(root) / dataset.folder, config.seed)
    return store.read(made_file(root, config.run, split))


def recorded_as(config: Config, root: Path) -> str:
    """SHA-256 of the file that holds the run's test clouds, by which facts recorded elsewhere name them; "" without one."""
    dataset = dataset_of(config)
    file = data_root(root) / dataset.folder / "test.npz"
    return file_digest(file) if dataset.name == "modelnet40" and file.is_file() else ""


def make(config: Config, root: Path) -> dict[str, str]:
    """Make the clouds of both splits where lcpc makes the data set itself, or check those that are there; digests."""
    dataset = dataset_of(config)
    if dataset.name != "shapes40":
        return {split: load(config, root, split).digest for split in SPLITS}
    counts = {"train": dataset.train_per_class, "test": dataset.test_per_class}
    digests = {}
    for split in SPLITS:
        clouds = shapes40.load(split, root, config.seed, per_class=counts[split], points=dataset.stored_points)
        store.save(clouds, made_file(root, config.run, split))
        digests[split] = clouds.digest
    return digests
