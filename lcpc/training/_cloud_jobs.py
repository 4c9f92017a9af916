"""What the trainings on point clouds share in their jobs: the clouds' settings, and how much work they are."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from lcpc.config import Config, Training, plain

Settings = TypeVar("Settings")


def cloud_values(config: Config) -> dict[str, Any]:
    """Settings that every training on point clouds depends on."""
    dataset = plain(config.dataset) if config.dataset else {}
    return {"seed": config.seed, "dataset": dataset}


def lasting(training: Training) -> dict[str, Any]:
    """The settings of a training that change its result: how often it saves does not."""
    return {name: value for name, value in plain(training).items() if name != "checkpoint_minutes"}


def cloud_work(config: Config, training: Training, points: int) -> float:
    """Epochs x clouds x P, a guide to the time of a training; clouds count as one where their number is not known."""
    return float(training.epochs * training_clouds(config) * points)


def training_clouds(config: Config) -> int:
    """Training clouds of a run, or 1 where that is not known before they are read."""
    dataset = config.dataset
    if dataset is not None and dataset.name == "modelnet40":
        from lcpc.data.modelnet40 import CLOUDS

        return CLOUDS["train"][0]
    if dataset is not None and dataset.name == "shapes40":
        from lcpc.data.shapes40 import BUILDERS

        return len(BUILDERS) * dataset.train_per_class
    return 1


def changed(settings: Settings, **values: Any) -> Settings:
    """A copy of settings with other values."""
    update = getattr(settings, "model_copy", None)
    return update(update=values) if update else dataclasses.replace(settings, **values)  # type: ignore[type-var]


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """`values` without some names."""
    return {name: value for name, value in values.items() if name not in names}
