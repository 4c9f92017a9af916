"""Where the clouds of a run lie."""

from pathlib import Path

from lcpc.config import Config, Dataset, data_root
from lcpc.errors import ConfigError


def dataset_of(config: Config) -> Dataset:
    """The run's data set. Raises ConfigError for a run that has none."""
    if config.dataset is None:
        raise ConfigError(f"run {config.run} measures nothing: "
                          f"config/{config.run}.yaml names no dataset")
    return config.dataset


def place_of(config: Config, root: Path) -> Path:
    """The folder of the run's data set below the data root."""
    return data_root(root) / dataset_of(config).folder


def made_file(root: Path, run: str, split: str) -> Path:
    """Where `lcpc data` puts the clouds of a data set that lcpc makes itself."""
    return root / "data" / run / f"{split}.npz"
